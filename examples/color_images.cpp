// Trains a VAE and a GAN on images in color, 3×32×32: those of a folder, as examples/fetch_emoji.sh fills
// one, or colored shapes that it makes. Says how like the images their samples are, and whether they are
// copies.

#include <eigenerate/data/load_images.hpp>
#include <eigenerate/layers/random_contrast.hpp>
#include <eigenerate/layers/random_saturation.hpp>
#include <eigenerate/metrics/nearest_neighbors.hpp>
#include <eigenerate/metrics/psnr.hpp>

#include "support/colored_shapes.hpp"
#include "support/fit_phase.hpp"

using namespace examples;

namespace {

constexpr Index side = 32;
const Shape image{3, side, side};

struct ColorOptions : MnistOptions {
  std::string images;
  Index count = 4000;
  Index gan_epochs = 20;
  Index channels = 32;
  std::optional<bool> augment;

  bool augments() const { return augment.value_or(!images.empty()); }
};

void add(CLI::App& app, ColorOptions& o) {
  app.add_option("--images", o.images,
                 "Folder of PNGs and JPEGs, made square and white where they are transparent (default: "
                 "colored shapes)");
  app.add_option("--count", o.count, "Colored shapes to learn from")
      ->check(CLI::Range(100, 1000000))
      ->capture_default_str()
      ->excludes("--images");
  app.add_option("--latent", o.latent, "Size of the latent vectors")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--channels", o.channels, "Of the networks at half the resolution")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  add_training_options(app, o);
  app.get_option("--epochs")->description("Passes over the images by the VAE");
  app.add_option("--gan-epochs", o.gan_epochs, "And by the GAN; 0: no GAN")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  app.add_flag(
      "--augment,!--no-augment", o.augment,
      "Show the GAN's discriminator real and generated images disturbed alike (DiffAugment; default: "
      "those of a folder)");
}

/// Images of [-1, 1]; a fifth of a folder's is kept for tests.
data::Mnist load(const ColorOptions& o) {
  const Dataset all =
      o.images.empty()
          ? colored_shapes(o.count + 1000, side, o.seed)
          : data::load_images(o.images, side, {.range = data::PixelRange::signed_unit, .background = 255})
                .images;
  if (all.size() < 400)
    throw ConfigError(fmt::format("{}: expected at least 400 images, got {}", all.name(), all.size()));
  const double kept = o.images.empty() ? 1000.0 / static_cast<double>(all.size()) : 0.2;
  const auto [train, test] = all.split(kept, o.seed);
  std::vector<Index> order(static_cast<std::size_t>(test.size()));  // files have one
  random_permutation(order, RandomStream{o.seed, Purpose::split});
  return {train, test.subset(order)};
}

/// 32×32 pixels → 4×4, of four times as many channels. With `statistics` it sees how much images differ, as
/// the discriminator of Karras et al. 2018 does.
LayerList down(const ColorOptions& o, LayerList layers, bool statistics) {
  const Index c = o.channels;
  layers.add(Conv2d{infer, c, halving})
      .add(LeakyRelu{0.2})
      .add(Conv2d{c, 2 * c, halving})
      .add(LeakyRelu{0.2});
  if (statistics) layers.add(MinibatchStd{});
  return layers.add(Conv2d{infer, 4 * c, halving}).add(LeakyRelu{0.2}).add(Flatten{});
}
/// And back, from latent vectors, to values of (-1, 1).
LayerList up(const ColorOptions& o, bool batch_norm) {
  const Index c = o.channels;
  LayerList layers;
  const auto norm = [&](Index channels) {
    if (batch_norm) layers.add(BatchNorm{channels});
    layers.add(Relu{});
  };
  layers.add(Linear{o.latent, 4 * c * 16}).add(Reshape{4 * c, 4, 4});
  norm(4 * c);
  layers.add(ConvTranspose2d{4 * c, 2 * c, doubling});
  norm(2 * c);
  layers.add(ConvTranspose2d{2 * c, c, doubling});
  norm(c);
  return layers.add(ConvTranspose2d{c, 3, doubling}).add(Tanh{});
}

/// Features of convolutions that nobody trained, always the same: no model has an advantage. Distances in
/// them compare models, and mean nothing beside others' figures.
class RandomFeatures {
 public:
  RandomFeatures()
      : network_(Sequential{Conv2d{3, 32, halving}, LeakyRelu{0.2}, Conv2d{32, 64, halving}, LeakyRelu{0.2},
                            Conv2d{64, 64, halving}, AveragePool{2}},
                 image, {.initializer = HeInit{}, .seed = 1}) {}
  Matrix<float> operator()(const Matrix<float>& images) const { return network_.predict(images); }

 private:
  Network<float> network_;
};

/// What samples are like, beside test images against others.
class Table {
 public:
  Table(const Dataset& train, const Dataset& test)
      : train_(all_of(train).pixels), test_(all_of(test).pixels) {
    report("samples: {} of each model; real: test images against others; features: convolutions at random",
           count());
    report("{:<22}{:>20}{:>20}{:>20}{:>20}{:>20}", "", "Fréchet distance", "nearer than test", "sharpness",
           "saturation", "PSNR, dB");
  }
  Index count() const { return test_.cols() / 2; }
  /// `again` are reconstructions of all test images, of models that have some.
  void row(const std::string& name, const std::string& key, const Matrix<float>& samples,
           const Matrix<float>& again) {
    const Matrix<float> real = extract_(test_), made = extract_(samples);
    const NearestNeighbors near = nearest_neighbors(samples, train_, test_);
    std::vector<std::pair<const char*, Estimate>> figures{{"frechet", frechet_distance(real, made)},
                                                          {"closer", near.closer},
                                                          {"sharpness", sharpness(samples, image)},
                                                          {"saturation", saturation(samples)}};
    if (again.cols() > 0) figures.emplace_back("psnr", psnr(again, test_));
    print(name, key, figures);
  }
  void row_of_real_images() {
    const Matrix<float> half = test_.leftCols(count());
    print("test images", "real",
          {{"frechet", real_floor(extract_(test_), count(),
                                  [](const auto& a, const auto& b) { return frechet_distance(a, b); })},
           {"closer", nearest_neighbors(half, train_, test_.rightCols(count())).closer},
           {"sharpness", sharpness(test_, image)},
           {"saturation", saturation(test_)}});
  }
  /// The images of the training set that are nearest.
  Matrix<float> nearest(const Matrix<float>& samples) const {
    return train_(Eigen::all, nearest_neighbors(samples, train_, test_.leftCols(1)).neighbor);
  }
  void write(const fs::path& path) const { write_line(path, json_); }

 private:
  /// The largest of a pixel's channels less the smallest: of gray images zero.
  static Estimate saturation(const Matrix<float>& images) {
    std::vector<double> of_image;
    for (Index i = 0; i < images.cols(); ++i) {
      const Matrix<float> pixels = images.col(i).reshaped(3, side * side);
      of_image.push_back((pixels.colwise().maxCoeff() - pixels.colwise().minCoeff()).mean());
    }
    return mean_of(of_image);
  }
  void print(const std::string& name, const std::string& key,
             const std::vector<std::pair<const char*, Estimate>>& figures) {
    std::string line = fmt::format("{:<22}", name);
    for (const auto& [measure, e] : figures) {
      line += fmt::format("{:>20}", to_string(e, 3));
      json_[key][measure] = {e.value, e.standard_error};
    }
    report("{}", line);
  }

  RandomFeatures extract_;
  Matrix<float> train_, test_;
  nlohmann::ordered_json json_;
};

constexpr Index columns = 12;  // of pictures

void write_grid(const fs::path& path, const Matrix<float>& images) {
  const Matrix<float> shown = images.leftCols(std::min(5 * columns, images.cols()));
  write_image_grid(path, as_const(shown), image, {.columns = columns});
  report("{}", path.string());
}

ExitCode run(const ColorOptions& o) {
  for (const char* file :
       {"measures.json", "real.png", "vae.png", "gan.png", "reconstructions.png", "nearest.png"})
    prepare_output_file(o.file(file));
  const data::Mnist images = load(o);
  report("data: {} training and {} test images of {} from {}", images.train.size(), images.test.size(),
         to_string(image), images.train.name());
  Vae<> vae{down(o, {}, false).add(Linear{4 * o.channels * 16, 2 * o.latent}).sequential(),
            up(o, false).add(AppendParameter{1, -1}).sequential(),
            {.likelihood = Normal{{.spread = Spread::shared}},
             .optimizer = Adam{1e-3},
             .sample = image,
             .seed = o.seed}};
  FitResult result = fit_phase(vae, o, o.epochs, o.file("vae"), Resume::required, images.train, images.test);
  LayerList seen;
  if (o.augments())
    seen.add(RandomBrightness{})
        .add(RandomSaturation{})
        .add(RandomContrast{})
        .add(RandomTranslation{})
        .add(Cutout{});
  Gan<> gan{up(o, true).sequential(),
            down(o, seen, true).add(Linear{4 * o.channels * 16, 1}).sequential(),
            {.terms = {R1{.gamma = 0.1, .every = 16}},
             .generator_optimizer = Adam{1e-3, 0, 0.99},
             .discriminator_optimizer = Adam{1e-3, 0, 0.99},
             .ema_decay = 0.999,
             .ema_warm_up = true,
             .seed = o.seed}};
  const bool plays = o.gan_epochs > 0 && !was_interrupted(result);
  if (plays)
    result = fit_phase(gan, o, o.gan_epochs, o.file("gan"), Resume::if_present, images.train, images.test);
  save_weights(o.weights_file(), vae, {{"model", "color-vae"}});
  if (plays) save_weights(o.file("gan.safetensors"), gan, {{"model", "color-gan"}});

  const Matrix<float> x = images.test.samples();
  const auto unit = [](Matrix<float> pixels) {
    to_unit(pixels, {-1, 1});
    return pixels;
  };
  Table table(images.train, images.test);
  const Matrix<float> again = unit(vae.reconstruct(x)),
                      of_vae = unit(vae.sample(table.count(), Seed{o.seed}));
  const Matrix<float> of_gan = plays ? unit(gan.sample(table.count(), Seed{o.seed})) : Matrix<float>();
  table.row("VAE", "vae", of_vae, again);
  if (plays) table.row("GAN", "gan", of_gan, {});
  table.row_of_real_images();
  table.write(o.file("measures.json"));

  const Matrix<float> real = all_of(images.test).pixels;
  write_grid(o.file("real.png"), real);
  write_grid(o.file("vae.png"), of_vae);
  if (plays) write_grid(o.file("gan.png"), of_gan);
  Matrix<float> pairs(image.size(), 2 * columns);
  pairs << real.leftCols(columns), again.leftCols(columns);
  write_grid(o.file("reconstructions.png"), pairs);
  const Matrix<float> judged = (plays ? of_gan : of_vae).leftCols(columns);
  pairs << judged, table.nearest(judged);
  write_grid(o.file("nearest.png"), pairs);
  report("{}", o.file("measures.json").string());
  return ending(result);
}

}  // namespace

int main(int argc, char** argv) {
  ColorOptions options;
  options.out = "out/color_images";
  options.epochs = 12;
  options.batch_size = 16;
  options.latent = 16;
  return run_mnist_program(argc, argv, "Trains a VAE and a GAN on images in color.", options, add,
                           [](const ColorOptions& o) { return run(o); });
}
