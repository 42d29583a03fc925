// A film that nobody shot: a closed walk through the latent space by the codes of some images, each frame
// decoded. Straight lines between codes turn abruptly at every one of them; `latent_loop` bends through
// all, and ends where it began, so that the film can play for ever.
//
// How does it move, and what does it show? From frame to frame pixels change little and steadily in a
// cross-fade too, but halfway that shows two digits over each other. The classifier that the library ships
// says how much of what is halfway is a digit.
//
//     eigenerate/latent/latent_loop.hpp            the walk
//     eigenerate/io/animated_png.hpp               frames that browsers play
//     eigenerate/metrics/frame_consistency.hpp     steps from frame to frame

#include <fmt/core.h>

#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/animated_png.hpp>
#include <eigenerate/latent/latent_loop.hpp>
#include <eigenerate/metrics/classifier_accuracy.hpp>
#include <eigenerate/metrics/digit_features.hpp>
#include <eigenerate/metrics/frame_consistency.hpp>
#include <filesystem>

using namespace eigenerate;

constexpr Index stations = 300, steps = 8, frames = stations * steps;

int main() {
  const data::Mnist digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR);
  constexpr Conv2dOptions halve{.kernel = 4, .stride = 2, .padding = 1};
  constexpr ConvTranspose2dOptions enlarge{.kernel = 4, .stride = 2, .padding = 1};
  Vae vae{Sequential{Conv2d{1, 16, halve}, Relu{}, Conv2d{16, 32, halve}, Relu{}, Flatten{},
                     Linear{32 * 7 * 7, 2 * 16}},
          Sequential{Linear{16, 32 * 7 * 7}, Relu{}, Reshape{32, 7, 7}, ConvTranspose2d{32, 16, enlarge},
                     Relu{}, ConvTranspose2d{16, 1, enlarge}},
          {.likelihood = Bernoulli{}, .optimizer = Adam{2e-3}, .seed = 1}};
  Trainer trainer{{.epochs = 8, .batch_size = 64, .seed = 7, .schedule = CosineSchedule{}}, ProgressBar{}};
  trainer.fit(vae, digits.train);

  const Matrix<float> images = digits.test.take(stations).samples();
  const Matrix<float> walk = vae.decode(latent_loop(vae.embed(images), steps));
  Matrix<float> fade(784, frames);
  for (Index i = 0; i < frames; ++i) {
    const float t = static_cast<float>(i % steps) / steps;
    fade.col(i) = (1 - t) * images.col(i / steps) + t * images.col((i / steps + 1) % stations);
  }

  const FeatureClassifier classifier = digit_features();
  const auto say = [&](const char* what, const Matrix<float>& film) {
    Matrix<float> halfway(784, stations);
    for (Index i = 0; i < stations; ++i) halfway.col(i) = film.col(i * steps + steps / 2);
    const FrameConsistency moves = frame_consistency(film, frames);
    fmt::print(
        "{}: steps of {:.3f}, the largest {:.2f} times as long; {:.0f} % of what is halfway are digits\n",
        what, moves.step.value, moves.largest.value,
        100 * recognized_share(classifier.probabilities(classifier.features(halfway))).value);
  };
  say("walk", walk);
  say("cross-fade", fade);

  const auto path = std::filesystem::temp_directory_path() / "latent_walk.png";
  write_animated_png(path, frames_of_sequences(as_const(walk), frames, {1, 28, 28}));
  fmt::print("{}\n", path.string());
}
