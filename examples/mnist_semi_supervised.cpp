// Learns digits of which a few have labels: a VAE of the images (M1), and on its codes one of codes and
// classes (M2). Kingma, Rezende, Mohamed & Welling 2014.

#include <eigenerate/data/draw_per_class.hpp>
#include <eigenerate/metrics/linear_classifier.hpp>
#include <eigenerate/models/draw_codes.hpp>
#include <eigenerate/models/embed_dataset.hpp>
#include <eigenerate/models/semi_supervised_vae.hpp>

#include "support/mnist_program.hpp"

using namespace examples;

namespace {

struct SemiSupervisedOptions : MnistOptions {
  Index labels_per_class = 10;
  Index images = 0;  // 0: all
  Index first_epochs = 30;
  Index hidden = 500;
  double learning_rate = 1e-3;
  double classification_weight = 0.1;
  std::string first_weights;  // empty: M1 is trained
};

void add(CLI::App& app, SemiSupervisedOptions& o) {
  add_options(app, o, {}, {});
  app.add_option("--labels", o.labels_per_class, "Images of each class that have a label")
      ->check(CLI::Range(1, 6000))
      ->capture_default_str();
  app.add_option("--images", o.images, "Training images, the first ones; 0: all")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  app.add_option("--m1-epochs", o.first_epochs, "Passes over the training data for M1")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--m1", o.first_weights, "An M1 that was trained before, m1.safetensors of another --out");
  app.add_option("--hidden", o.hidden, "Width of the networks' hidden layers")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app.add_option("--learning-rate", o.learning_rate, "Of Adam, for M2")
      ->check(positive_number())
      ->capture_default_str();
  app.add_option("--classification-weight", o.classification_weight,
                 "Of the labelled images' cross-entropy, times images / labels")
      ->check(number_not_negative())
      ->capture_default_str();
}

/// M1: images and latent vectors.
Vae<> make_first(const SemiSupervisedOptions& o, const Shape& image) {
  return Vae<>{Sequential{Flatten{}, Linear{image.size(), o.hidden}, Softplus{}, Linear{o.hidden, o.hidden},
                          Softplus{}, Linear{o.hidden, 2 * o.latent}},
               Sequential{Linear{o.latent, o.hidden}, Softplus{}, Linear{o.hidden, o.hidden}, Softplus{},
                          Linear{o.hidden, image.size()}, Reshape{image.channels, image.height, image.width}},
               {.optimizer = Adam{1e-3}, .seed = o.seed}};
}

/// M2: codes of M1, classes, and what of the codes is not the class.
SemiSupervisedVae<> make_second(const SemiSupervisedOptions& o, Index images, Index labels) {
  const Index code = o.latent, classes = 10;
  return SemiSupervisedVae<>{
      Sequential{Linear{code, o.hidden}, Softplus{}, Linear{o.hidden, classes}},
      Sequential{Linear{code + classes, o.hidden}, Softplus{}, Linear{o.hidden, 2 * o.latent}},
      Sequential{Linear{o.latent + classes, o.hidden}, Softplus{}, Linear{o.hidden, 2 * code}},
      {.classes = classes,
       .classification_weight =
           o.classification_weight * static_cast<double>(images) / static_cast<double>(labels),
       .likelihood = DiagonalNormal{},
       .optimizer = Adam{o.learning_rate},
       .seed = o.seed}};
}

/// The share of wrong ones, with its standard error.
Estimate error_of(const std::vector<int>& found, const std::vector<int>& labels) {
  double wrong = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) wrong += found[i] != labels[i] ? 1 : 0;
  const double n = static_cast<double>(labels.size()), share = wrong / n;
  return {share, std::sqrt(share * (1 - share) / n)};
}

/// A row for a test image of each class: itself, and the ten classes in its style.
void write_analogies(const fs::path& path, const Vae<>& first, const SemiSupervisedVae<>& second,
                     const Dataset& test) {
  Matrix<float> images(test.sample_shape().size(), 11 * 10);
  for (const Index i : data::draw_per_class(test, 1, 0)) {
    const Index row = test.label(i);
    const Matrix<float> x = test.sample(i);
    const std::vector<int> label{test.label(i)};
    const Matrix<float> style = second.embed(first.embed(x), label).replicate(1, 10);
    std::vector<int> classes(10);
    std::iota(classes.begin(), classes.end(), 0);
    images.col(11 * row) = x;
    images.middleCols(11 * row + 1, 10) = first.decode(second.decode(style, classes));
  }
  write_image_grid(path, as_const(images), test.sample_shape(), {.columns = 11});
}

ExitCode run(const SemiSupervisedOptions& o) {
  const fs::path first_file = o.file("m1.safetensors"), pictures = o.file("analogies.png");
  for (const fs::path& file : {o.file("metrics.jsonl"), o.file("measures.json"), pictures, first_file})
    prepare_output_file(file);
  const data::Mnist digits = load_data(o, data::PixelRange::unit);
  const Dataset images = o.images > 0 ? digits.train.take(o.images) : digits.train;
  const std::vector<Index> known = data::draw_per_class(images, o.labels_per_class, o.seed);
  report_setting(o, digits);

  Vae<> first = make_first(o, images.sample_shape());
  if (!o.first_weights.empty()) {
    load_weights(o.first_weights, first);
  } else {
    prepare_output_folder(o.file("m1"));
    Trainer trainer{trainer_options(o, o.first_epochs),
                    Checkpoints{o.file("m1"), {.resume = o.resume ? Resume::required : Resume::never}},
                    StopOnInterrupt{}, ProgressBar{!o.quiet}};
    const FitResult result = trainer.fit(first, images);
    if (const ExitCode code = ending(result); code != success) return code;
  }
  save_weights(first_file, first);

  const Dataset codes = draw_codes(first, images, o.seed).labelled_at(known),
                test_codes = embed_dataset(first, digits.test);
  // Interrupted while M1 learned, there is nothing of M2 to go on from.
  const Resume resume = !o.resume                 ? Resume::never
                        : o.first_weights.empty() ? Resume::if_present
                                                  : Resume::required;
  SemiSupervisedVae<> second = make_second(o, images.size(), static_cast<Index>(known.size()));
  if (!o.weights.empty()) load_weights(o.weights, second);
  Trainer trainer{trainer_options(o, o.epochs),
                  Checkpoints{o.out, {.resume = resume, .every_steps = o.checkpoint_steps}},
                  JsonLines{o.file("metrics.jsonl")}, StopOnInterrupt{}, ProgressBar{!o.quiet}};
  const FitResult result = trainer.fit(second, codes, test_codes);
  save_weights(o.weights_file(), second);

  const Dataset few = embed_dataset(first, images.subset(known));
  const LinearClassifier linear =
      fit_linear_classifier(few.samples().cast<double>(), few.labels(), images.classes());
  const Matrix<float> seen = test_codes.samples();
  const std::vector<int> labels = digits.test.labels();
  const Estimate m1 = error_of(linear.predict(seen.cast<double>()), labels),
                 m2 = error_of(second.classify(seen), labels);
  report("{} labels, {} images", known.size(), images.size());
  report("{:<44}{} %", "M1 and logistic regression: test error",
         to_string(Estimate{100 * m1.value, 100 * m1.standard_error}));
  report("{:<44}{} %", "M1+M2: test error", to_string(Estimate{100 * m2.value, 100 * m2.standard_error}));
  nlohmann::ordered_json json{{"labels", known.size()}, {"images", images.size()}, {"seed", o.seed}};
  json["m1_error"] = {m1.value, m1.standard_error};
  json["error"] = {m2.value, m2.standard_error};
  write_line(o.file("measures.json"), json);
  write_analogies(pictures, first, second, digits.test);
  for (const fs::path& file :
       {o.file("metrics.jsonl"), o.file("measures.json"), pictures, first_file, o.weights_file()})
    report("{}", file.string());
  return ending(result);
}

}  // namespace

int main(int argc, char** argv) {
  SemiSupervisedOptions options;
  options.epochs = 60;
  options.batch_size = 100;
  options.latent = 20;
  options.out = "out/mnist_semi_supervised";
  return run_mnist_program(argc, argv, "Learns images of which a few have labels (models M1 and M2).",
                           options, add, run);
}
