// Translation of images, learned without pairs (Zhu et al. 2017): outlines of rectangles become filled ones, from
// outlines and filled rectangles that have nothing to do with each other. Two generators, there and back, each
// with a discriminator that knows one kind of image; what keeps a translation true to its source is that
// the way back has to end where it began.
//
//     eigenerate/models/cycle_gan.hpp            the model
//     eigenerate/adversarial/sample_history.hpp  the earlier translations that its discriminators are shown
//     eigenerate/data/unpaired.hpp               two sets as one

#include <fmt/core.h>

#include <eigenerate/data/unpaired.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/layers/instance_norm.hpp>
#include <eigenerate/models/cycle_gan.hpp>

using namespace eigenerate;

namespace {

constexpr Index side = 16;
const Shape shape{1, side, side};

/// Rectangles, filled or as outlines; values in [-1, 1].
Matrix<float> rectangles(Index n, std::uint64_t seed, bool filled) {
  Matrix<float> images = Matrix<float>::Constant(side * side, n, -1);
  for (Index i = 0; i < n; ++i) {
    const auto words = RandomStream{seed, Purpose::user}.words(static_cast<std::uint64_t>(i));
    const Index width = 4 + words[0] % 9, height = 4 + words[1] % 9;
    const Index left = words[2] % (side - width + 1), top = words[3] % (side - height + 1);
    for (Index y = top; y < top + height; ++y)
      for (Index x = left; x < left + width; ++x)
        if (filled || y == top || y == top + height - 1 || x == left || x == left + width - 1)
          images(y * side + x, i) = 1;
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
  const Dataset filled("filled", shape, rectangles(512, 1, true)),
      outlines("outlines", shape, rectangles(512, 2, false));
  CycleGan model{translator(), translator(), judge(), judge(), {.source = shape, .ema_decay = 0.99}};

  // Others, of which both kinds are known, say how true the translations are.
  const Matrix<float> sources = rectangles(128, 3, false), truth = rectangles(128, 3, true);
  const auto difference = [&](const Matrix<float>& x, const Matrix<float>& y) {
    return (x - y).cwiseAbs().mean();
  };
  Trainer trainer{{.epochs = 40, .batch_size = 16, .seed = 7}};
  trainer.fit(model, data::unpaired(filled, outlines));
  const Matrix<float> there = model.translate(sources), back = model.translate_back(there);
  fmt::print(
      "mean absolute difference from the true ones: {:.3f} of outlines as they are, {:.3f} translated\n",
      difference(sources, truth), difference(there, truth));
  fmt::print("there and back: {:.3f}\n\n", difference(back, sources));
  for (Index y = 0; y < side; ++y) {
    print_row(sources, y);
    print_row(there, y);
    print_row(back, y);
    fmt::print("\n");
  }
}
