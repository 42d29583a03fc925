// An image has fewer pixels than its picture needs. Bicubic interpolation enlarges it smoothly, and
// knows nothing of what is in it; a network that has seen small and large images side by side knows
// (Dong et al. 2016). Its convolutions work on the small image, and the last one puts out four
// channels, of which `PixelShuffle` makes an image of twice the extents (Shi et al. 2016). Squared
// errors are all that it learns here; `mnist_super_resolution` goes on from there with a discriminator.
//
// Pairs are a dataset with conditions: what is wanted, and what is given for it.
//
//     eigenerate/models/regression.hpp    a network that learns pairs by their error
//     eigenerate/data/resize.hpp          images made smaller and larger, as Pillow does

#include <fmt/core.h>

#include <eigenerate/data/mnist.hpp>
#include <eigenerate/data/resize.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/layers/pixel_shuffle.hpp>
#include <eigenerate/layers/prelu.hpp>
#include <eigenerate/metrics/psnr.hpp>
#include <eigenerate/metrics/ssim.hpp>
#include <eigenerate/models/regression.hpp>

using namespace eigenerate;

constexpr Shape small{1, 14, 14}, large{1, 28, 28};

int main() {
  const data::Mnist digits = data::load_mnist(EIGENERATE_EXAMPLE_DATA_DIR);
  const auto pairs_of = [](const Dataset& images) {
    return images.with_conditions(data::resize(images, small.height, data::Resampling::area));
  };
  const Dataset train = pairs_of(digits.train), test = pairs_of(digits.test);

  const Conv2dOptions same{.kernel = 3, .padding = 1};
  Regression<float> enlarger{
      Sequential{Conv2d{1, 16, same}, PRelu{},
                 Residual{Sequential{Conv2d{16, 16, same}, PRelu{}, Conv2d{16, 16, same}}},
                 Conv2d{16, 64, same}, PixelShuffle{2}, PRelu{}, Conv2d{16, 1, same}},
      {.source = small, .optimizer = Adam{2e-3}, .seed = 1}};
  Trainer trainer{{.epochs = 2, .batch_size = 32, .seed = 7, .schedule = CosineSchedule{}}, ProgressBar{}};
  trainer.fit(enlarger, train, test);

  const Matrix<float> truth = test.samples(), given = test.conditions().samples(),
                      bicubic = data::resize(given, small, large.height, data::Resampling::bicubic),
                      learned = enlarger.translate(given);
  const auto say = [&](const char* how, const Matrix<float>& images) {
    const Matrix<float> seen = images.cwiseMax(0.0f).cwiseMin(1.0f);
    fmt::print("{}: {:.1f} dB, structural similarity {:.3f}\n", how, psnr(seen, truth).value,
               ssim(seen, truth, large).value);
  };
  say("bicubic", bicubic);
  say("learned", learned);
}
