// Translates images of one style into another: bold digits or outlines into plain ones. With pairs
// (pix2pix), or from images of both styles that have nothing to do with each other (CycleGAN), and then
// back as well.

#include <eigenerate/data/unpaired.hpp>
#include <eigenerate/layers/instance_norm.hpp>
#include <eigenerate/metrics/stroke_width.hpp>
#include <eigenerate/metrics/wasserstein_distance.hpp>
#include <eigenerate/models/cycle_gan.hpp>

#include "support/mnist_program.hpp"

using namespace examples;

namespace {

struct TranslationOptions : MnistOptions {
  std::string style = "bold";
  std::string method = "cyclegan";
  Index channels = 16;
  Index blocks = 2;
  double cycle_weight = 10;
  double identity_weight = 0;
  double l1_weight = 100;
};

void add(CLI::App& app, TranslationOptions& o) {
  add_data_options(app, o);
  add_training_options(app, o);
  app.add_option("--style", o.style, "Of the sources: strokes two pixels broader, or their outlines")
      ->check(CLI::IsMember({"bold", "outline"}))
      ->capture_default_str();
  app.add_option("--method", o.method,
                 "cyclegan learns from halves of the training images, one in each style; pix2pix from pairs")
      ->check(CLI::IsMember({"cyclegan", "pix2pix"}))
      ->capture_default_str();
  app.add_option("--channels", o.channels, "Width of the translators")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--blocks", o.blocks, "Residual blocks of the translators")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  app.add_option("--cycle-weight", o.cycle_weight, "Of the way back, in cyclegan")
      ->check(number_not_negative())
      ->capture_default_str();
  app.add_option("--identity-weight", o.identity_weight,
                 "Of leaving targets as they are, as a share of the cycle's, in cyclegan")
      ->check(number_not_negative())
      ->capture_default_str();
  app.add_option("--l1-weight", o.l1_weight, "Of the distance from the true target, in pix2pix")
      ->check(number_not_negative())
      ->capture_default_str();
}

/// The largest or the smallest of each pixel and its four neighbors.
Matrix<float> spread(ConstView<float> images, bool largest) {
  Matrix<float> out = images;
  constexpr Index side = 28;
  for (Index i = 0; i < images.cols(); ++i)
    for (Index y = 0; y < side; ++y)
      for (Index x = 0; x < side; ++x)
        for (const auto& [dy, dx] : {std::pair<Index, Index>{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
          if (y + dy < 0 || y + dy >= side || x + dx < 0 || x + dx >= side) continue;
          const float near = images((y + dy) * side + x + dx, i);
          float& here = out(y * side + x, i);
          here = largest ? std::max(here, near) : std::min(here, near);
        }
  return out;
}

/// Images of [0, 1] in the style of the sources.
Matrix<float> in_style(const std::string& style, ConstView<float> images) {
  const Matrix<float> broader = spread(images, true);
  return style == "bold" ? broader : Matrix<float>(broader - spread(images, false));
}

/// Images in the style of the sources, with their labels.
Dataset in_style(const std::string& style, const Dataset& images) {
  Matrix<float> pixels = in_style(style, as_const(all_of(images).pixels));
  return Dataset(style + " " + images.name(), images.sample_shape(), std::move(pixels), images.labels(),
                 images.classes(), ValueRange{0, 1});
}

/// Half the resolution, residual blocks, and back (Johnson et al. 2016), with the norms of Ulyanov et al.
/// 2016.
AnyLayer<float> translator(const TranslationOptions& o) {
  const Index c = o.channels;
  const Conv2dOptions same{.kernel = 3, .padding = 1};
  LayerList layers;
  layers.add(Conv2d{1, c, same}).add(InstanceNorm{c}).add(Relu{});
  layers.add(Conv2d{c, 2 * c, halving}).add(InstanceNorm{2 * c}).add(Relu{});
  for (Index i = 0; i < o.blocks; ++i)
    layers.add(Residual{Sequential{Conv2d{2 * c, 2 * c, same}, InstanceNorm{2 * c}, Relu{},
                                   Conv2d{2 * c, 2 * c, same}, InstanceNorm{2 * c}}});
  layers.add(ConvTranspose2d{2 * c, c, doubling}).add(InstanceNorm{c}).add(Relu{});
  return layers.add(Conv2d{c, 1, same}).add(Sigmoid{}).sequential();
}

/// A map of 7×7 logits, each of a patch.
AnyLayer<float> judge_of_patches() {
  return Sequential{Conv2d{infer, 32, halving}, LeakyRelu{0.2}, Conv2d{32, 64, halving},
                    InstanceNorm{64},           LeakyRelu{0.2}, Conv2d{64, 1, {.kernel = 3, .padding = 1}}};
}

/// What translations of test images are like, beside the images before and the true ones.
class Table {
 public:
  explicit Table(const TranslationOptions& o)
      : classifier_(o.dataset == "fashion" ? fashion_features() : digit_features()) {}

  void compare(const std::string& what, const std::string& key, const Images& from, const Matrix<float>& made,
               const Matrix<float>& truth) {
    report("\n{}\n{:<28}{:>20}{:>20}{:>20}", what, "", "as they were", "translated", "true ones");
    const Matrix<float> real = classifier_.features(truth);
    const auto row = [&](const char* name, const std::string& measure, const auto& of) {
      std::string line = fmt::format("{:<28}", name);
      for (const auto& [column, images] :
           {std::pair<const char*, const Matrix<float>&>{"before", from.pixels},
            {"made", made},
            {"true", truth}}) {
        const Estimate e = of(images);
        line +=
            fmt::format("{:>20}", e.standard_error > 0 ? to_string(e, 3) : fmt::format("{:.3g}", e.value));
        json_[key][measure][column] = {e.value, e.standard_error};
      }
      report("{}", line);
    };
    row("class told, %", "accuracy", [&](const Matrix<float>& images) {
      const Estimate e =
          classifier_accuracy(classifier_.probabilities(classifier_.features(images)), from.labels);
      return Estimate{100 * e.value, 100 * e.standard_error};
    });
    row("stroke width, pixels", "stroke_width", [](const Matrix<float>& images) {
      return Estimate(stroke_width(images, {1, 28, 28}));
    });
    const std::vector<double> true_widths = stroke_width(truth, {1, 28, 28}).of_image;
    row("its distance from true ones", "width_distance", [&](const Matrix<float>& images) {
      return Estimate{wasserstein_distance(stroke_width(images, {1, 28, 28}).of_image, true_widths), 0};
    });
    row("Fréchet distance", "frechet",
        [&](const Matrix<float>& images) { return frechet_distance(real, classifier_.features(images)); });
    row("mean absolute difference", "difference", [&](const Matrix<float>& images) {
      std::vector<double> of_image;
      for (Index i = 0; i < images.cols(); ++i)
        of_image.push_back((images.col(i) - truth.col(i)).cwiseAbs().cast<double>().mean());
      return mean_of(of_image);
    });
  }
  void figure(const char* name, const std::string& key, double value) {
    report("{:<28}{:>20.4f}", name, value);
    json_[key] = value;
  }
  void write(const fs::path& path) const { write_line(path, json_); }

 private:
  FeatureClassifier classifier_;
  nlohmann::ordered_json json_;
};

/// Trains, translates the sources and draws them above what becomes of them and the true targets.
template <class M, class Back>
ExitCode run(M& model, const data::Mnist& sides, const TranslationOptions& o, const Images& sources,
             const Images& targets, Back&& back) {
  Trainer trainer{
      trainer_options(o, o.epochs, CosineSchedule{}),
      Checkpoints{o.out,
                  {.resume = o.resume ? Resume::required : Resume::never, .every_steps = o.checkpoint_steps}},
      JsonLines{o.file("metrics.jsonl")}, StopOnInterrupt{}, ProgressBar{!o.quiet}};
  const FitResult result = trainer.fit(model, sides.train, sides.test);
  if (result.last_epoch)
    report("{} epochs, {:.0f} images/s", result.epochs, result.last_epoch->images_per_second);
  save_weights(o.weights_file(), model, {{"model", o.method}, {"style", o.style}});
  Table table(o);
  const Matrix<float> made = model.translate(sources.pixels);
  table.compare(o.style + " into plain", "to_target", sources, made, targets.pixels);
  std::vector<Matrix<float>> rows{sources.pixels, made, targets.pixels};
  back(table, rows, made);
  table.write(o.file("measures.json"));
  const Index columns = std::min<Index>(16, made.cols());
  Matrix<float> tiles(784, static_cast<Index>(rows.size()) * columns);
  for (std::size_t i = 0; i < rows.size(); ++i)
    tiles.middleCols(static_cast<Index>(i) * columns, columns) = rows[i].leftCols(columns);
  write_image_grid(o.file("translations.png"), as_const(tiles), {1, 28, 28}, {.columns = columns});
  for (const char* file : {"metrics.jsonl", "measures.json", "translations.png"})
    report("{}", o.file(file).string());
  report("{}", o.weights_file().string());
  return ending(result);
}

ExitCode run(const TranslationOptions& o) {
  for (const char* file : {"metrics.jsonl", "measures.json", "translations.png"})
    prepare_output_file(o.file(file));
  const data::Mnist plain = load_data(o, data::PixelRange::unit);
  report_setting(o, plain);
  const Dataset styled_test = in_style(o.style, plain.test);
  const Images sources = all_of(styled_test), targets = all_of(plain.test);
  if (o.method == "pix2pix") {
    const data::Mnist pairs{plain.train.with_conditions(in_style(o.style, plain.train)),
                            plain.test.with_conditions(styled_test)};
    Pix2Pix<float> model{
        translator(o),
        judge_of_patches(),
        {.source = Shape{1, 28, 28}, .l1_weight = o.l1_weight, .ema_decay = 0.99, .seed = o.seed}};
    return run(model, pairs, o, sources, targets,
               [](Table&, std::vector<Matrix<float>>&, const Matrix<float>&) {});
  }
  const auto [first, second] = plain.train.split(0.5, o.seed);
  const data::Mnist sides{data::unpaired(first, in_style(o.style, second), o.seed),
                          data::unpaired(plain.test, styled_test, o.seed)};
  CycleGan<float> model{translator(o),
                        translator(o),
                        judge_of_patches(),
                        judge_of_patches(),
                        {.source = Shape{1, 28, 28},
                         .cycle_weight = o.cycle_weight,
                         .identity_weight = o.identity_weight,
                         .ema_decay = 0.99,
                         .seed = o.seed}};
  return run(
      model, sides, o, sources, targets,
      [&](Table& table, std::vector<Matrix<float>>& rows, const Matrix<float>& made) {
        const Matrix<float> again = model.translate_back(made), styled = model.translate_back(targets.pixels);
        table.figure("there and back, difference", "cycle", (again - sources.pixels).cwiseAbs().mean());
        table.compare("plain into " + o.style, "to_source", targets, styled, sources.pixels);
        table.figure("there and back, difference", "cycle_back",
                     (model.translate(styled) - targets.pixels).cwiseAbs().mean());
        rows.push_back(styled);
      });
}

}  // namespace

int main(int argc, char** argv) {
  TranslationOptions options;
  options.out = "out/mnist_translate";
  options.epochs = 6;
  options.batch_size = 16;
  options.architecture = "conv";
  return run_mnist_program(argc, argv, "Translates images of one style into another, with pairs or without.",
                           options, add, [](const TranslationOptions& o) { return run(o); });
}
