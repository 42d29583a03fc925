// Latent vectors that explain latent vectors (Sønderby et al. 2016). A ladder VAE has several levels of them,
// each drawn from the one above. Its encoder climbs up from the image first; then the posterior goes down as
// the decoder does, and corrects at each level what the level above expects by what the image says there.
//
// The VAE beside it has one level of 32 dimensions, the ladder's are of 32, 16 and 8, so both tell the
// decoder of images a vector of 32. The KL of a level is what it says of the image that the levels above did
// not know. Without warm-up the upper levels fall silent before they are understood.
//
// The picture has test images in its first row, below them what the ladder makes of all of its levels, and of
// the highest one alone; then samples.
//
//     eigenerate/models/ladder_vae.hpp                the model
//     eigenerate/distributions/normal_pair.hpp        how two normals become one
//     eigenerate/models/measure_log_likelihood.hpp    log p(x) by importance samples, of any of these

#include <fmt/core.h>

#include <eigenerate/data/binarize.hpp>
#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <eigenerate/models/ladder_vae.hpp>
#include <eigenerate/models/measure_log_likelihood.hpp>
#include <filesystem>

using namespace eigenerate;

constexpr Index epochs = 40, batch_size = 100;

/// A layer as the paper has them, between levels.
static auto block(Index in, Index out) {
  return Sequential{Linear{in, out}, BatchNorm{out}, LeakyRelu{0.1}};
}

static KlSchedule warm_up(const Dataset& data, Index of_epochs) {
  return KlSchedule::warm_up(static_cast<std::uint64_t>(of_epochs * data.size() / batch_size));
}

/// Trains and prints −ELBO, the KL terms and −log p(x) of test images, in nats.
template <class M>
static void train_and_report(const char* name, M& model, const data::Mnist& digits) {
  Trainer trainer{{.epochs = epochs, .batch_size = batch_size, .seed = 7, .schedule = CosineSchedule{0.02}},
                  ProgressBar{}};
  const StepMetrics held_out = *trainer.fit(model, digits.train, digits.test).last_epoch->held_out;
  fmt::print("{}: loss {:.1f}, KL {:.1f}", name, held_out["loss"], held_out["kl"]);
  for (const auto& figure : held_out)
    if (figure.name.view().starts_with("kl_")) fmt::print(" {} {:.1f}", figure.name.view(), figure.value);
  const auto found = measure_log_likelihood(model, digits.test.take(500), {.samples = 100});
  fmt::print("; -log p(x) {:.1f} ± {:.1f}\n", found.nll().value, found.nll().standard_error);
}

int main() {
  data::Mnist digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR);
  digits.train = data::binarize_dynamic(digits.train, 1);
  digits.test = data::binarize_static(digits.test, 2);

  Vae<> vae{Sequential{block(784, 256), Linear{256, 2 * 32}},
            Sequential{block(32, 256), Linear{256, 784}},
            {.objective = Elbo{.schedule = warm_up(digits.train, 10)}, .seed = 1}};
  train_and_report("VAE", vae, digits);

  // Up to the features of the level; what they say of its latent vector; down to the level below.
  LadderVae ladder{
      {LadderLevel{block(784, 256), Linear{256, 2 * 32}, Sequential{block(32, 256), Linear{256, 784}}},
       LadderLevel{block(256, 128), Linear{128, 2 * 16}, Sequential{block(16, 128), Linear{128, 2 * 32}}},
       LadderLevel{block(128, 64), Linear{64, 2 * 8}, Sequential{block(8, 64), Linear{64, 2 * 16}}}},
      {.schedule = warm_up(digits.train, 10), .seed = 1}};
  train_and_report("ladder", ladder, digits);

  const Matrix<float> x = digits.test.take(10).samples();
  Matrix<float> picture(784, 60);
  picture << x, ladder.reconstruct(x), ladder.decode(ladder.embed(x)), ladder.sample(30, Seed{42});
  const auto path = std::filesystem::temp_directory_path() / "ladder_vae.png";
  write_image_grid<float>(path, picture, {1, 28, 28}, {.columns = 10, .range = {0, 1}});
  fmt::print("{}\n", path.string());
}
