// Translation of images, learned without pairs (Zhu et al. 2017): thin frames become broad ones, from thin
// and broad frames that have nothing to do with each other. Two generators, there and back, each with a
// discriminator that knows one kind of image; what keeps a translation true to its source is that the way
// back has to end where it began.
//
//     eigenerate/models/cycle_gan.hpp            the model
//     eigenerate/adversarial/sample_history.hpp  the earlier translations that its discriminators are shown
//     eigenerate/data/unpaired.hpp               two sets as one

#include <fmt/core.h>

#include <algorithm>
#include <eigenerate/data/unpaired.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/layers/instance_norm.hpp>
#include <eigenerate/models/cycle_gan.hpp>

using namespace eigenerate;

namespace {

constexpr Index side = 16;
const Shape shape{1, side, side};

/// Frames, all pixels that lie so near to a rectangle's outline; values in [-1, 1].
Matrix<float> frames(Index n, std::uint64_t seed, Index reach) {
  Matrix<float> images = Matrix<float>::Constant(side * side, n, -1);
  for (Index i = 0; i < n; ++i) {
    const auto words = RandomStream{seed, Purpose::user}.words(static_cast<std::uint64_t>(i));
    const Index width = 6 + words[0] % 9, height = 6 + words[1] % 9;
    const Index left = 1 + words[2] % (side - width - 1), top = 1 + words[3] % (side - height - 1);
    for (Index y = -reach; y < height + reach; ++y)
      for (Index x = -reach; x < width + reach; ++x)
        if (std::min({x, y, width - 1 - x, height - 1 - y}) <= reach)
          images((top + y) * side + left + x, i) = 1;
  }
  return images;
}

/// Down to a quarter of the resolution and up again, with what each level knew beside it.
auto translator() {
  const Conv2dOptions down{.kernel = 4, .stride = 2, .padding = 1};
  const ConvTranspose2dOptions up{.kernel = 4, .stride = 2, .padding = 1};
  const Concat inner{Identity{}, Sequential{Conv2d{16, 32, down}, InstanceNorm{32}, Relu{},
                                            ConvTranspose2d{32, 16, up}, InstanceNorm{16}, Relu{}}};
  const Concat outer{Identity{}, Sequential{Conv2d{1, 16, down}, InstanceNorm{16}, Relu{}, inner,
                                            ConvTranspose2d{32, 16, up}, InstanceNorm{16}, Relu{}}};
  return Sequential{outer, Conv2d{17, 1, {.kernel = 3, .padding = 1}}, Tanh{}};
}

auto judge() {
  return Sequential{Conv2d{1, 16, {.kernel = 4, .stride = 2, .padding = 1}}, LeakyRelu{0.2},
                    Conv2d{16, 32, {.kernel = 4, .stride = 2, .padding = 1}}, LeakyRelu{0.2},
                    Conv2d{32, 1, {.kernel = 3, .padding = 1}}};
}

void print_row(const Matrix<float>& image, Index y) {
  for (Index x = 0; x < side; ++x) fmt::print("{}", image(y * side + x) > 0 ? '#' : '.');
  fmt::print("   ");
}

}  // namespace

int main() {
  const Dataset broad("broad", shape, frames(512, 1, 1)), thin("thin", shape, frames(512, 2, 0));
  // The identity term leaves broad frames as they are: or else a negative there and one back would do.
  CycleGan model{translator(),
                 translator(),
                 judge(),
                 judge(),
                 {.source = shape, .identity_weight = 0.5, .ema_decay = 0.99}};

  // Others, of which both kinds are known, say how true the translations are.
  const Matrix<float> sources = frames(128, 3, 0), truth = frames(128, 3, 1);
  const auto difference = [&](const Matrix<float>& x, const Matrix<float>& y) {
    return (x - y).cwiseAbs().mean();
  };
  Trainer trainer{{.epochs = 40, .batch_size = 16, .seed = 7}};
  trainer.fit(model, data::unpaired(broad, thin));
  const Matrix<float> there = model.translate(sources), back = model.translate_back(there);
  fmt::print("mean absolute difference from the true ones: {:.3f} of thin frames, {:.3f} translated\n",
             difference(sources, truth), difference(there, truth));
  fmt::print("there and back: {:.3f}\n\n", difference(back, sources));
  for (Index y = 0; y < side; ++y) {
    print_row(sources, y);
    print_row(there, y);
    print_row(back, y);
    fmt::print("\n");
  }
}
