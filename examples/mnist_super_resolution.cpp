// Enlarges images of 7×7 or 14×14 pixels to 28×28: by a network that learns squared errors alone, and by
// one that goes on from there against a discriminator. Both beside bicubic enlargement, by what they get
// back and by how real it looks.

#include <eigenerate/data/resize.hpp>
#include <eigenerate/layers/pixel_shuffle.hpp>
#include <eigenerate/layers/prelu.hpp>
#include <eigenerate/metrics/psnr.hpp>
#include <eigenerate/metrics/ssim.hpp>
#include <eigenerate/models/regression.hpp>

#include "support/fit_phase.hpp"

using namespace examples;

namespace {

struct SuperResolutionOptions : MnistOptions {
  Index factor = 4;
  Index game_epochs = 3;
  Index channels = 24;
  Index blocks = 3;
  double content_weight = 50;
  double feature_weight = 0.1;
};

void add(CLI::App& app, SuperResolutionOptions& o) {
  add_data_options(app, o);
  add_training_options(app, o);
  app.add_option("--factor", o.factor, "By which images were made smaller, and are to be enlarged")
      ->check(CLI::IsMember({2, 4}))
      ->capture_default_str();
  app.get_option("--epochs")->description("Passes over the data with squared errors alone");
  app.add_option("--game-epochs", o.game_epochs, "And then against the discriminator")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  app.add_option("--channels", o.channels, "Width of the network")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--blocks", o.blocks, "Residual blocks of the network")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  app.add_option("--content-weight", o.content_weight, "In the game, of the mean absolute error")
      ->check(number_not_negative())
      ->capture_default_str();
  app.add_option("--feature-weight", o.feature_weight, "And of the error in the discriminator's features")
      ->check(number_not_negative())
      ->capture_default_str();
}

/// The generator of Ledig et al. 2017 in small: residual blocks between a convolution and a sum over all,
/// then sub-pixel convolutions (Shi et al. 2016). No batch norm, as in Lim et al. 2017, and a last layer
/// without bounds, in which black pixels could get lost.
AnyLayer<float> enlarger(const SuperResolutionOptions& o) {
  const Index c = o.channels;
  const Conv2dOptions same{.kernel = 3, .padding = 1};
  LayerList blocks, all;
  for (Index i = 0; i < o.blocks; ++i)
    blocks.add(Residual{Sequential{Conv2d{c, c, same}, PRelu{}, Conv2d{c, c, same}}});
  all.add(Conv2d{1, c, same}).add(PRelu{});
  if (o.blocks > 0) all.add(Residual{Sequential{blocks.sequential(), Conv2d{c, c, same}}});
  for (Index factor = o.factor; factor > 1; factor /= 2)
    all.add(Conv2d{c, 4 * c, same}).add(PixelShuffle{2}).add(PRelu{});
  return all.add(Conv2d{c, 1, same}).sequential();
}

constexpr Index features = 64 * 7 * 7;

/// Sees the small image beside the large one, each of its pixels as often as there are pixels of the
/// other. Spectral normalization keeps its features, by which images are compared, from growing.
AnyLayer<float> judge(const SuperResolutionOptions& o) {
  return WithCondition{Upsample{o.factor},
                       Sequential{JoinCondition{}, SpectralNorm{Conv2d{infer, 32, halving}}, LeakyRelu{0.2},
                                  SpectralNorm{Conv2d{32, 64, halving}}, LeakyRelu{0.2}, Flatten{},
                                  Concat{SpectralNorm{Linear{features, 1}}, Identity{}}}};
}

/// Nothing is blacker than black.
Matrix<float> in_range(const Matrix<float>& images) {
  return images.cwiseMax(0.0f).cwiseMin(1.0f);
}

/// Images, each with a small one as its condition.
Dataset with_small_ones(const Dataset& images, Index factor) {
  return images.with_conditions(data::resize(images, 28 / factor, data::Resampling::area));
}

/// Images that are compared with the true ones.
class Table {
 public:
  Table(const SuperResolutionOptions& o, const Dataset& test)
      : truth_(all_of(test)), classifier_(o.dataset == "fashion" ? fashion_features() : digit_features()) {
    report("{} test images; features: {}", test.size(), classifier_.name());
    report("{:<18}{:>18}{:>18}{:>18}{:>18}{:>18}", "", "PSNR, dB", "SSIM", "class told, %",
           "Fréchet distance", "sharpness");
    real_features_ = classifier_.features(truth_.pixels);
  }
  void row(const std::string& name, const std::string& key, const Matrix<float>& images) {
    const Matrix<float> seen = classifier_.features(images);
    const Estimate accuracy = classifier_accuracy(classifier_.probabilities(seen), truth_.labels);
    const bool is_truth = images == truth_.pixels;
    const Estimate of_noise = is_truth ? Estimate{} : psnr(images, truth_.pixels);
    const Estimate structure = ssim(images, truth_.pixels, {1, 28, 28}),
                   distance = frechet_distance(real_features_, seen), edges = sharpness(images, {1, 28, 28});
    report("{:<18}{:>18}{:>18}{:>18}{:>18}{:>18}", name, is_truth ? "" : to_string(of_noise),
           to_string(structure), to_string(Estimate{100 * accuracy.value, 100 * accuracy.standard_error}),
           to_string(distance, 3), to_string(edges, 3));
    for (const auto& [measure, e] : {std::pair{"psnr", of_noise},
                                     {"ssim", structure},
                                     {"accuracy", accuracy},
                                     {"frechet", distance},
                                     {"sharpness", edges}})
      json_[key][measure] = {e.value, e.standard_error};
  }
  void row_of_truth() { row("true images", "truth", truth_.pixels); }
  void write(const fs::path& path) const { write_line(path, json_); }

 private:
  Images truth_;
  FeatureClassifier classifier_;
  Matrix<float> real_features_;
  nlohmann::ordered_json json_;
};

ExitCode run(const SuperResolutionOptions& o) {
  for (const char* file : {"measures.json", "enlarged.png"}) prepare_output_file(o.file(file));
  const data::Mnist images = load_data(o, data::PixelRange::unit);
  const data::Mnist pairs{with_small_ones(images.train, o.factor), with_small_ones(images.test, o.factor)};
  const Shape small{1, 28 / o.factor, 28 / o.factor};
  report_setting(o, images);
  report("from {} to 28×28 pixels", to_string(HeightWidth(small.height)));
  const Matrix<float> sources = all_of(pairs.test.conditions()).pixels,
                      bicubic = in_range(data::resize(sources, small, 28, data::Resampling::bicubic));

  Regression<float> by_error{enlarger(o), {.source = small, .optimizer = Adam{1e-3}, .seed = o.seed}};
  FitResult result =
      fit_phase(by_error, o, o.epochs, o.file("error"), Resume::required, pairs.train, pairs.test);
  Pix2Pix<float> by_game{enlarger(o),
                         judge(o),
                         {.source = small,
                          .l1_weight = o.content_weight,
                          .loss = Hinge{},
                          .terms = {FeatureReconstruction{.weight = o.feature_weight, .features = features}},
                          .generator_optimizer = Adam{2e-4, 0.5},
                          .ema_decay = 0.99,
                          .seed = o.seed}};
  save_weights(o.file("error/weights.safetensors"), by_error.network());
  load_weights(o.file("error/weights.safetensors"), by_game.generator());
  const bool plays = o.game_epochs > 0 && !was_interrupted(result);
  if (plays)
    result =
        fit_phase(by_game, o, o.game_epochs, o.file("game"), Resume::if_present, pairs.train, pairs.test);
  save_weights(o.weights_file(), by_game, {{"model", "super-resolution"}});

  const Matrix<float> of_error = in_range(by_error.translate(sources)),
                      of_game = in_range(by_game.translate(sources));
  Table table(o, images.test);
  table.row("bicubic", "bicubic", bicubic);
  table.row("squared error", "error", of_error);
  if (plays) table.row("and a game", "game", of_game);
  table.row_of_truth();
  table.write(o.file("measures.json"));

  // Rows: the small images, bicubic, both networks, the truth.
  const Index columns = std::min<Index>(12, sources.cols());
  Matrix<float> tiles(784, 5 * columns);
  tiles << Network<float>(Upsample{o.factor}, small).predict(sources.leftCols(columns)),
      bicubic.leftCols(columns), of_error.leftCols(columns), of_game.leftCols(columns),
      all_of(images.test).pixels.leftCols(columns);
  write_image_grid(o.file("enlarged.png"), as_const(tiles), {1, 28, 28}, {.columns = columns});
  for (const fs::path& file : {o.weights_file(), o.file("measures.json"), o.file("enlarged.png")})
    report("{}", file.string());
  return ending(result);
}

}  // namespace

int main(int argc, char** argv) {
  SuperResolutionOptions options;
  options.out = "out/mnist_super_resolution";
  options.epochs = 6;
  options.batch_size = 32;
  options.architecture = "conv";
  return run_mnist_program(argc, argv,
                           "Enlarges images of MNIST or Fashion-MNIST from a fraction of their pixels.",
                           options, add, [](const SuperResolutionOptions& o) { return run(o); });
}
