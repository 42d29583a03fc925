// What a GAN has learned it can make again; the rest it cannot. So the error of what it makes of an image
// tells whether the image is normal (AnoGAN, Schlegl et al. 2017). The latent vector can be searched for,
// image by image, or an encoder learns afterwards to give it in one pass (f-AnoGAN, Schlegl et al. 2019),
// from the image and from what the discriminator sees in it.
//
// From which error on is an image an anomaly? A threshold from normal images that nobody has learned from
// keeps a promise, however errors are distributed: of further normal images not more than 1 % raise an
// alarm, on average.
//
// Normal images have one bright spot somewhere; anomalies have two.
//
//     eigenerate/models/gan_encoder.hpp           the encoder of a trained GAN
//     eigenerate/models/gan_residual.hpp          how images differ from what a GAN makes of them
//     eigenerate/metrics/anomaly_threshold.hpp    the threshold

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/metrics/anomaly_threshold.hpp>
#include <eigenerate/metrics/roc_auc.hpp>
#include <eigenerate/models/gan_encoder.hpp>
#include <eigenerate/models/gan_residual.hpp>

using namespace eigenerate;

constexpr Index side = 10, pixels = side * side, latent = 4, features = 64;

/// Images of so many spots whose places are uniform inside the frame.
static Matrix<float> images_of(Index n, Index spots, std::uint64_t seed) {
  Matrix<float> places(2 * spots, n), x = Matrix<float>::Zero(pixels, n);
  fill_uniform(places.data(), places.size(), RandomStream{seed});
  for (Index j = 0; j < n; ++j)
    for (Index spot = 0; spot < spots; ++spot)
      for (Index i = 0; i < pixels; ++i) {
        const float across = static_cast<float>(i % side) - 2 - 5 * places(2 * spot, j),
                    down = static_cast<float>(i / side) - 2 - 5 * places(2 * spot + 1, j);
        x(i, j) = std::max(x(i, j), std::exp(-(across * across + down * down) / 4));
      }
  return x;
}

int main() {
  const Dataset normal("spots", {1, side, side}, images_of(4096, 1, 1));
  Gan gan{Sequential{Linear{latent, 64}, BatchNorm{64}, Relu{}, Linear{64, 64}, BatchNorm{64}, Relu{},
                     Linear{64, pixels}, Sigmoid{}},
          Sequential{Flatten{}, Linear{pixels, 64}, LeakyRelu{0.2}, Linear{64, features}, LeakyRelu{0.2},
                     Concat{Linear{features, 1}, Identity{}}},
          {.terms = {R1{.gamma = 0.1, .every = 16}, FeatureMatching{.weight = 0, .features = features}},
           .generator_optimizer = Adam{1e-3, 0, 0.99},
           .discriminator_optimizer = Adam{1e-3, 0, 0.99},
           .ema_decay = 0.99,
           .seed = 1}};
  Trainer trainer{{.epochs = 60, .batch_size = 32, .seed = 7}, ProgressBar{}};
  trainer.fit(gan, normal);

  GanEncoder encoder{
      gan,
      Sequential{Flatten{}, Linear{pixels, 128}, Silu{}, Linear{128, 128}, Silu{}, Linear{128, latent}},
      {.optimizer = Adam{2e-3}, .seed = 2}};
  Trainer encoder_trainer{{.epochs = 40, .batch_size = 32, .seed = 8, .schedule = CosineSchedule{}},
                          ProgressBar{}};
  encoder_trainer.fit(encoder, normal);

  const auto scores_of = [&](const Matrix<float>& x) {
    const GanResidual residual = gan_residual(gan, x, encoder.reconstruct(x));
    const Vector<double> scores = residual.of_values + residual.of_features;
    return std::vector<double>(scores.begin(), scores.end());
  };
  const std::vector<double> held_out = scores_of(images_of(1000, 1, 2)),
                            good = scores_of(images_of(1000, 1, 3)), bad = scores_of(images_of(1000, 2, 4));
  const double threshold = anomaly_threshold(held_out, 0.99);
  const auto alarms = [&](const std::vector<double>& scores) {
    return std::count_if(scores.begin(), scores.end(), [&](double score) { return score > threshold; });
  };
  fmt::print("area under ROC {:.3f}; alarms at {} of 1000 normal images, {} of 1000 anomalies\n",
             roc_auc(good, bad).value, alarms(good), alarms(bad));
}
