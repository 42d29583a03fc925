// Repairs images of which a square, a half or most pixels are hidden, or that are full of noise: by a VAE and
// by a GAN, with several plausible answers for each image, and by a network that learns squared errors.
// Beside mean filling and a median filter.

#include <eigenerate/models/complete.hpp>
#include <eigenerate/models/complete_by_search.hpp>
#include <eigenerate/models/regression.hpp>

#include "support/damage.hpp"
#include "support/fit_phase.hpp"
#include "support/gan_recipe.hpp"
#include "support/repair_table.hpp"

using namespace examples;

namespace {

struct RepairOptions : MnistOptions {
  Index vae_epochs = 20;
  Index gan_epochs = 6;
  Index network_epochs = 8;
  Index train_images = 0;
  Index images = 200;
  Index answers = 4;
  Index draws = 64;
  Index search_steps = 200;
  DamageOptions damage;
  bool full = false;
};

void add(CLI::App& app, RepairOptions& o) {
  add_data_options(app, o);
  for (const auto& [name, epochs, help] : {std::tuple{"--vae-epochs", &o.vae_epochs, "Of the VAE's training"},
                                           {"--gan-epochs", &o.gan_epochs, "Of the GAN's"},
                                           {"--network-epochs", &o.network_epochs, "Of the network's"}})
    app.add_option(name, *epochs, help)->check(CLI::Range(1, 1000000))->capture_default_str();
  app.add_option("--train-images", o.train_images, "At most so many training images, the first; 0: all")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  app.add_option("--images", o.images, "Test images that are repaired, the first")
      ->check(CLI::Range(12, 10000))
      ->capture_default_str();
  app.add_option("--answers", o.answers, "Of the VAE and of the GAN for each image")
      ->check(CLI::Range(2, 64))
      ->capture_default_str();
  app.add_option("--draws", o.draws,
                 "Latent vectors of the VAE from which its answers for an image are drawn")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
  app.add_option("--search-steps", o.search_steps, "Of the search for each answer")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--square", o.damage.square, "Side of the hidden square, in pixels")
      ->check(CLI::Range(1, 28))
      ->capture_default_str();
  app.add_option("--hidden", o.damage.hidden, "The share of pixels that are hidden at random")
      ->check(number_in(0.01, 0.99))
      ->capture_default_str();
  app.add_option("--noise", o.damage.noise, "Standard deviation of the noise; white is 1")
      ->check(positive_number())
      ->capture_default_str();
  app.add_flag("--full", o.full, "1,000 images, and training of three times the length")
      ->excludes(app.get_option("--images"));
  add_training_options(app, o);
  for (const char* not_here : {"--epochs", "--save"}) app.remove_option(app.get_option(not_here));
}

/// A level of a U-Net around the next one: half as many pixels there.
AnyLayer<float> level(Index in, Index width, Index out, const AnyLayer<float>& inner, Index inner_channels) {
  return Concat{Identity{}, Sequential{Conv2d{in, width, halving}, Relu{}, inner,
                                       ConvTranspose2d{inner_channels, out, doubling}, Relu{}}};
}

/// Takes an image and what is seen of it. At 7×7 pixels everything is connected with everything.
AnyLayer<float> mender() {
  const AnyLayer<float> whole = Concat{
      Identity{},
      Sequential{Flatten{}, Linear{32 * 49, 128}, Relu{}, Linear{128, 32 * 49}, Relu{}, Reshape{32, 7, 7}}};
  return Sequential{level(2, 16, 16, level(16, 32, 16, whole, 64), 32),
                    Conv2d{18, 1, {.kernel = 3, .padding = 1}}};
}

/// The models, as they repair.
class Repair {
 public:
  /// `decoder` has the VAE's weights, and puts out gray levels.
  Repair(const RepairOptions& o, const Vae<>& vae, const Network<float>& decoder, const Gan<>& gan,
         const Regression<float>& network, const Matrix<float>& mean)
      : o_(o), vae_(vae), decoder_(decoder), gan_(gan), network_(network), mean_(mean) {}

  std::vector<Answers> operator()(const Damaged& damaged) const {
    std::vector<Answers> all;
    if (damaged.is_noise) {
      all.push_back({"as it is", "damaged", damaged.pixels});
      all.push_back({"median filter", "median", median_filter(damaged.pixels)});
    } else {
      all.push_back({"mean filling", "mean", damaged.filled(mean_.replicate(1, damaged.pixels.cols()))});
    }
    const Matrix<float> mended = network_.translate(damaged.both()).cwiseMax(0.0f).cwiseMin(1.0f);
    all.push_back({"squared error", "network", damaged.filled(mended)});
    // Of an image under noise, the most probable latent vector.
    const double variance = o_.damage.noise * o_.damage.noise;
    if (damaged.is_noise) {
      all.push_back({"VAE, encoded", "vae_encoded", vae_.reconstruct(damaged.pixels)});
      all.push_back({"VAE", "vae", searched(vae_.latent_size(), variance, [&](const InversionOptions& how) {
                       FoundCompletion<float> found{invert<float>(decoder_, damaged.pixels, {}, how), {}};
                       found.x = decoder_.predict(found.z);
                       return found;
                     })});
    } else {
      const auto found = complete(vae_, damaged.pixels, damaged.mask,
                                  {.draws = o_.draws, .completions = o_.answers, .seed = o_.seed});
      all.push_back({"VAE", "vae", found.x});
      all.push_back({"VAE, mean of answers", "vae_mean", found.mean});
    }
    // Black and white are -1 and 1 to a GAN. With a variance much below 1 for what is hidden, latent vectors
    // are found that explain what is seen and are none of a digit.
    const Matrix<float> x = 2 * damaged.pixels.array() - 1;
    const auto search = [&](const InversionOptions& how) {
      FoundCompletion<float> found = complete_by_search(gan_, x, damaged.mask, {}, how);
      if (damaged.is_noise) found.x = gan_.decode(found.z);
      return found;
    };
    const Matrix<float> of_gan = searched(gan_.latent_size(), damaged.is_noise ? 4 * variance : 1, search);
    all.push_back({"GAN", "gan", (of_gan.array() + 1) / 2});
    return all;
  }

 private:
  /// By searches from different places; the one that explains best what is seen comes first.
  template <class Search>
  Matrix<float> searched(Index latent, double variance, Search&& search) const {
    std::vector<FoundCompletion<float>> found;
    for (Index k = 0; k < o_.answers; ++k)
      found.push_back(search({.starts = 1,
                              .steps = o_.search_steps,
                              .learning_rate = 0.1,
                              .prior_weight = variance * static_cast<double>(latent) / 784,
                              .seed = o_.seed + static_cast<std::uint64_t>(k)}));
    const Index n = found.front().x.cols();
    Matrix<float> answers(784, n * o_.answers);
    for (Index i = 0; i < n; ++i) {
      std::ranges::sort(found, {}, [&](const auto& f) { return f.error(i); });
      for (Index k = 0; k < o_.answers; ++k)
        answers.col(i * o_.answers + k) = found[static_cast<std::size_t>(k)].x.col(i);
    }
    return answers;
  }

  const RepairOptions& o_;
  const Vae<>& vae_;
  const Network<float>& decoder_;
  const Gan<>& gan_;
  const Regression<float>& network_;
  const Matrix<float>& mean_;
};

ExitCode run(const RepairOptions& o) {
  for (const char* file : {"measures.json", "repaired.png"}) prepare_output_file(o.file(file));
  const auto load = [&](data::PixelRange range) {
    data::Mnist images = load_data(o, range);
    if (o.train_images > 0) images.train = images.train.take(std::min(o.train_images, images.train.size()));
    return images;
  };
  const data::Mnist images = load(data::PixelRange::unit);
  report_setting(o, images);
  const Index longer = o.full ? 3 : 1;
  MnistNetworks networks;
  const AnyLayer<float> decoder = Sequential{Linear{20, 400}, Relu{}, Linear{400, 784}};
  Vae<> vae{Sequential{Flatten{}, Linear{784, 400}, Relu{}, Linear{400, 2 * 20}}, decoder, {.seed = o.seed}};
  networks.architecture = "conv";
  networks.latent = 64;
  Gan<> gan = make_mnist_gan(networks, options_of(stable_recipe, networks.latent, o.seed));
  Regression<float> network{mender(), {.source = Shape{2, 28, 28}, .optimizer = Adam{1e-3}, .seed = o.seed}};
  FitResult result = fit_phase(vae, o, longer * o.vae_epochs, o.file("vae"), Resume::required, images.train);
  if (!was_interrupted(result))
    result = fit_phase(gan, o, longer * o.gan_epochs, o.file("gan"), Resume::if_present,
                       load(data::PixelRange::signed_unit).train);
  if (!was_interrupted(result))
    result = fit_phase(network, o, longer * o.network_epochs, o.file("network"), Resume::if_present,
                       images.train.with_conditions(damaged_at_random(images.train, o.damage, o.seed)));
  if (was_interrupted(result)) return ending(result);
  save_weights(o.file("vae/weights.safetensors"), vae);
  save_weights(o.file("gan/weights.safetensors"), gan);
  save_weights(o.file("network/weights.safetensors"), network);

  const Dataset test = images.test.take(std::min(o.full ? Index{1000} : o.images, images.test.size()));
  const Images truth = all_of(test);
  Matrix<float> mean = all_of(images.train).pixels.rowwise().mean();
  Network<float> gray_levels(Sequential{decoder, Sigmoid{}});
  std::copy_n(vae.decoder().parameters().data(), vae.decoder().parameters().size(),
              gray_levels.parameters().data());
  const Repair repair(o, vae, gray_levels, gan, network, mean);
  RepairTable table(o.dataset, truth);
  report("{} test images; {} answers each of VAE and GAN, of which the first is judged", test.size(),
         o.answers);

  // Columns: four images of each damage. Rows: damaged, a simple repair, the network, three answers of the
  // VAE, two of the GAN, the truth.
  constexpr Index each = 4, rows = 9;
  const auto kinds = static_cast<Index>(damages.size());
  Matrix<float> tiles(784, rows * kinds * each);
  for (Index d = 0; d < kinds; ++d) {
    const Damaged damaged(test, damages[static_cast<std::size_t>(d)], o.damage, o.seed + 1);
    table.begin(damaged.name);
    const std::vector<Answers> all = repair(damaged);
    for (const Answers& a : all) table.row(a, damaged.mask);
    table.row({"true images", "truth", truth.pixels}, damaged.mask);
    const auto by = [&](const std::string& key) -> const Answers& {
      return *std::ranges::find_if(all, [&](const Answers& a) { return a.key == key; });
    };
    const std::vector<Matrix<float>> shown{damaged.pixels,
                                           by(damaged.is_noise ? "median" : "mean").images,
                                           by("network").images,
                                           answer(by("vae"), 0, test.size()),
                                           answer(by("vae"), 1, test.size()),
                                           answer(by("vae"), o.answers > 2 ? 2 : 0, test.size()),
                                           answer(by("gan"), 0, test.size()),
                                           answer(by("gan"), 1, test.size()),
                                           truth.pixels};
    for (Index r = 0; r < rows; ++r)
      tiles.middleCols((r * kinds + d) * each, each) =
          shown[static_cast<std::size_t>(r)].middleCols(d * each % (test.size() - each + 1), each);
  }
  write_image_grid(o.file("repaired.png"), as_const(tiles), {1, 28, 28}, {.columns = kinds * each});
  table.write(o.file("measures.json"));
  for (const char* file : {"measures.json", "repaired.png"}) report("{}", o.file(file).string());
  return ending(result);
}

}  // namespace

int main(int argc, char** argv) {
  RepairOptions options;
  options.out = "out/mnist_repair";
  options.batch_size = 32;
  return run_mnist_program(argc, argv,
                           "Repairs images of MNIST or Fashion-MNIST that are hidden in part, or noisy.",
                           options, add, [](const RepairOptions& o) { return run(o); });
}
