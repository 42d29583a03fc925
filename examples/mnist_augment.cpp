// What generated images are worth to a classifier that has few real ones: how many test images it tells
// that has learned from 10, 50, 100 or 500 labelled images of each class, from these and distorted copies,
// and from these and samples of a conditional VAE and a conditional GAN that have seen the same few images
// and no others.

#include <eigenerate/data/draw_per_class.hpp>
#include <eigenerate/data/random_affine.hpp>
#include <ranges>

#include "support/classifier.hpp"
#include "support/mnist_program.hpp"
#include "support/result_lines.hpp"
#include "support/small_networks.hpp"

using namespace examples;

namespace {

struct AugmentOptions : MnistOptions {
  std::vector<Index> sizes{10};
  Index seeds = 2;
  Index generator_epochs = 8;
  Index pool = 12800;
  bool plain_generators = false;
  bool full = false;
};

void add(CLI::App& app, AugmentOptions& o) {
  add_data_options(app, o);
  app.add_option("--labels", o.sizes, "Labelled images of each class, one number or several")
      ->check(CLI::Range(1, 6000))
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--seeds", o.seeds, "Draws of these images, each with networks of its own")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  app.add_flag("--full", o.full, "What the README shows: --labels 10,50,100,500 --seeds 5")
      ->excludes(app.get_option("--labels"), app.get_option("--seeds"));
  app.add_option("--epochs", o.epochs, "Of each classifier: passes over --pool images")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--generator-epochs", o.generator_epochs, "The same of the VAE and of the GAN")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--pool", o.pool,
                 "Images of an epoch, as many of everything that is learned from: copies of the few, half of "
                 "them samples where there are any")
      ->check(CLI::Range(64, 1000000))
      ->capture_default_str();
  app.add_flag("--plain-generators", o.plain_generators,
               "Let the VAE and the GAN learn from the images as they are, not from distorted copies");
  app.add_option("--seed", o.seed, "The first one")->capture_default_str();
  app.add_option("--threads", o.threads, "Threads; 0 is one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--resume", o.resume, "Go on after the results that are in --out");
  app.add_option("--out", o.out, "Folder for results and the picture")->capture_default_str();
  app.add_flag("--quiet", o.quiet, "Say nothing before the tables");
}

/// What a classifier learns from: shares of each batch that are generated, and whether all of it is
/// distorted.
struct Kind {
  const char* key;
  const char* name;
  bool distorted;
  Index quarters_of_vae, quarters_of_gan;
};
constexpr std::array kinds{
    Kind{"real", "real images", false, 0, 0},      Kind{"classical", "and distorted", true, 0, 0},
    Kind{"vae", "and the VAE's", false, 2, 0},     Kind{"gan", "and the GAN's", false, 0, 2},
    Kind{"both", "and both models'", false, 1, 1}, Kind{"all", "and both, distorted", true, 1, 1}};

constexpr Index batch_size = 32;
const Shape image_shape{1, 28, 28};

/// An epoch of `pool` images: the few over and over, and samples in the place of some.
Dataset epoch_of(const Images& few, const Images& vae, const Images& gan, const Kind& kind, Index pool) {
  Matrix<float> pixels(image_shape.size(), pool);
  std::vector<int> labels;
  const auto fill = [&](const Images& from, Index n) {
    for (Index i = 0; i < n; ++i) {
      const Index chosen = i % from.pixels.cols();
      pixels.col(static_cast<Index>(labels.size())) = from.pixels.col(chosen);
      labels.push_back(from.labels[static_cast<std::size_t>(chosen)]);
    }
  };
  const Index quarter = pool / 4;
  fill(vae, kind.quarters_of_vae * quarter);
  fill(gan, kind.quarters_of_gan * quarter);
  fill(few, pool - static_cast<Index>(labels.size()));
  return Dataset(kind.name, image_shape, std::move(pixels), std::move(labels), 10, ValueRange{0, 1});
}

Dataset distorted(const Dataset& images, const AugmentOptions& o, std::uint64_t seed) {
  return data::random_affine(images, seed, {.mirrored = o.dataset == "fashion" ? 0.5 : 0});
}

/// Whether it came to the end.
template <class M>
bool learn(M& model, const Dataset& images, Index epochs, const Schedule& schedule, std::uint64_t seed) {
  Trainer trainer{{.epochs = epochs, .batch_size = batch_size, .seed = seed, .schedule = schedule},
                  StopOnInterrupt{}};
  return trainer.fit(model, images).stop_reason != StopOnInterrupt::reason;
}

Classifier make_classifier(std::uint64_t seed) {
  const Conv2dOptions same{.kernel = 3, .padding = 1};
  // No batch norm: its statistics would be those of generated images too.
  return {{Network<float>{Sequential{Conv2d{1, 8, same}, Relu{}, MaxPool{2}, Conv2d{8, 24, same}, Relu{},
                                     MaxPool{2}, Flatten{}, Dropout{0.5}, Linear{24 * 7 * 7, 10}},
                          image_shape,
                          {.initializer = HeInit{}, .seed = seed}},
           {.optimizer = AdamW{1e-3}}}};
}

/// Where it learns from plain images, its discriminator sees them and the generated ones disturbed alike
/// (DiffAugment, Zhao et al. 2020); distorted ones it need not disturb again.
MnistGan make_gan(std::uint64_t seed, bool plain) {
  LayerList judge;
  if (plain) judge.add(RandomBrightness{}).add(RandomTranslation{}).add(Cutout{});
  add_small_judge(judge).add(ProjectCondition{});
  return MnistGan{small_decoder().add(Tanh{}).sequential(), judge.sequential(), small_gan_options(10, seed)};
}

/// The ten classes in rows of ten: real ones, the VAE's, the GAN's, three of each class.
void write_picture(const fs::path& path, const Images& few, const Images& vae, const Images& gan) {
  constexpr Index rows = 3, classes = 10;
  Matrix<float> tiles = Matrix<float>::Zero(image_shape.size(), 3 * rows * classes);
  Index first = 0;
  for (const Images* from : {&few, &vae, &gan}) {
    std::array<Index, classes> found{};
    for (Index i = 0; i < from->pixels.cols(); ++i) {
      const int label = from->labels[static_cast<std::size_t>(i)];
      const Index row = found[static_cast<std::size_t>(label)]++;
      if (row < rows) tiles.col(first + row * classes + label) = from->pixels.col(i);
    }
    first += rows * classes;
  }
  write_image_grid(path, as_const(tiles), image_shape, {.columns = classes});
}

/// One draw of labelled images: what each classifier tells, and what the samples are like. None where it was
/// interrupted.
std::optional<nlohmann::ordered_json> run_once(const data::Mnist& images, Index size, std::uint64_t seed,
                                               const AugmentOptions& o, const fs::path& picture) {
  const Images few = all_of(images.train.subset(data::draw_per_class(images.train, size, seed)));
  const Images test = all_of(images.test);
  Dataset seen = epoch_of(few, {}, {}, kinds[0], o.pool);
  if (!o.plain_generators) seen = distorted(seen, o, seed + 1000);
  MnistVae vae = small_vae(10, seed);
  MnistGan gan = make_gan(seed, o.plain_generators);
  if (!learn(vae, seen, o.generator_epochs, ConstantSchedule{}, seed)) return {};
  if (!learn(gan, data::scale_to_signed(seen), o.generator_epochs, ConstantSchedule{}, seed)) return {};
  const Images of_vae = draw(vae, o.pool / 2, seed), of_gan = draw(gan, o.pool / 2, seed);
  if (!picture.empty()) write_picture(picture, few, of_vae, of_gan);

  nlohmann::ordered_json json{{"labels", size}, {"seed", seed}};
  const FeatureClassifier judge = o.dataset == "fashion" ? fashion_features() : digit_features();
  const Matrix<float> real = judge.features(test.pixels);
  for (const auto& [key, samples] : {std::pair{"vae", &of_vae}, {"gan", &of_gan}}) {
    const Matrix<float> features = judge.features(samples->pixels);
    json["told"][key] = classifier_accuracy(judge.probabilities(features), samples->labels).value;
    json["frechet"][key] = frechet_distance(real, features).value;
  }
  for (const Kind& kind : kinds) {
    Dataset mixed = epoch_of(few, of_vae, of_gan, kind, o.pool);
    if (kind.distorted) mixed = distorted(mixed, o, seed);
    Classifier classifier = make_classifier(seed);
    if (!learn(classifier, mixed, o.epochs, CosineSchedule{}, seed)) return {};
    json["accuracy"][kind.key] =
        classifier_accuracy(classifier.learner.network.predict(test.pixels), test.labels).value;
  }
  return json;
}

/// A table with a column for each number of labels: `of(line)` is averaged over the draws.
template <class Of>
void report_row(const AugmentOptions& o, const ResultLines& results, nlohmann::ordered_json& json,
                const std::string& name, const std::string& table, const std::string& key, Of&& of) {
  std::string line = fmt::format("{:<28}", name);
  for (const Index size : o.sizes) {
    std::vector<double> values;
    for (Index i = 0; i < o.seeds; ++i)
      values.push_back(
          of(*results.find({{"labels", size}, {"seed", o.seed + static_cast<std::uint64_t>(i)}})));
    const Estimate e = mean_of(values);
    line += fmt::format("{:>18}", fmt::format("{:.2f} ± {:.2f}", e.value, e.standard_error));
    json[std::to_string(size)][table][key] = {e.value, e.standard_error};
  }
  report("{}", line);
}

void report_tables(const AugmentOptions& o, const ResultLines& results) {
  nlohmann::ordered_json json;
  std::string head = fmt::format("{:<28}", "labelled images of a class");
  for (const Index size : o.sizes) head += fmt::format("{:>18}", size);
  const auto accuracy = [](const nlohmann::ordered_json& line, const char* key) {
    return 100 * line.at("accuracy").at(key).get<double>();
  };
  report("{}\n\ntest images told, %", head);
  for (const Kind& kind : kinds)
    report_row(o, results, json, kind.name, "accuracy", kind.key,
               [&](const auto& line) { return accuracy(line, kind.key); });
  report("\nmore than by real images alone, of the same draw, %");
  for (const Kind& kind : kinds | std::views::drop(1))
    report_row(o, results, json, kind.name, "gain", kind.key,
               [&](const auto& line) { return accuracy(line, kind.key) - accuracy(line, "real"); });
  report("\nsamples: the class asked for, %, and their Fréchet distance from test images");
  for (const auto& [key, name] : {std::pair{"vae", "VAE"}, {"gan", "GAN"}}) {
    report_row(o, results, json, fmt::format("{}, class told", name), "told", key,
               [&](const auto& line) { return 100 * line.at("told").at(key).template get<double>(); });
    report_row(o, results, json, fmt::format("{}, distance", name), "frechet", key,
               [&](const auto& line) { return line.at("frechet").at(key).template get<double>(); });
  }
  write_line(o.file("measures.json"), json);
}

ExitCode run(AugmentOptions o) {
  if (o.full) {
    o.sizes = {10, 50, 100, 500};
    o.seeds = 5;
  }
  std::sort(o.sizes.begin(), o.sizes.end());
  if (20 * o.sizes.back() > o.pool)
    throw ConfigError(
        fmt::format("--labels {}: half of --pool has to hold the {} images, expected at least {}, got {}",
                    o.sizes.back(), 10 * o.sizes.back(), 20 * o.sizes.back(), o.pool));
  for (const char* file : {"results.jsonl", "measures.json", "samples.png"})
    prepare_output_file(o.file(file));
  const data::Mnist images = load_data(o, data::PixelRange::unit);
  report("data: {} training and {} test images from {}", images.train.size(), images.test.size(),
         fs::path(images.train.name()).parent_path().string());
  ResultLines results(o.file("results.jsonl"),
                      {{"dataset", o.dataset},
                       {"images", fmt::format("{:016x}", images.train.fingerprint())},
                       {"epochs", o.epochs},
                       {"generator_epochs", o.generator_epochs},
                       {"pool", o.pool},
                       {"plain_generators", o.plain_generators}},
                      o.resume);
  for (Index i = 0; i < o.seeds; ++i)
    for (const Index size : o.sizes) {
      const std::uint64_t seed = o.seed + static_cast<std::uint64_t>(i);
      if (results.find({{"labels", size}, {"seed", seed}})) continue;
      const bool drawn = size == o.sizes.front() && i == 0;
      auto line = run_once(images, size, seed, o, drawn ? o.file("samples.png") : fs::path());
      if (!line) {
        fmt::print(stderr, "interrupted; --resume goes on after the results that are there\n");
        return interrupted;
      }
      if (!o.quiet) report("{} of each class, seed {}: {}", size, seed, line->at("accuracy").dump());
      results.add(std::move(*line));
    }
  report_tables(o, results);
  for (const char* file : {"results.jsonl", "measures.json", "samples.png"})
    report("{}", o.file(file).string());
  return success;
}

}  // namespace

int main(int argc, char** argv) {
  AugmentOptions options;
  options.out = "out/mnist_augment";
  options.epochs = 3;
  return run_mnist_program(argc, argv,
                           "Trains classifiers on few labelled images, and on generated ones beside them.",
                           options, add, [](const AugmentOptions& o) { return run(o); });
}
