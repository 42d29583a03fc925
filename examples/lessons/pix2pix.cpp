// Translation of images, learned from pairs (Isola et al. 2017): outlines of rectangles become filled ones.
// What is inside an outline is no local question, so the generator is a U-Net: at every level a `Concat` of
// the image as it is (`Identity`) and of what half its resolution knows of it. The discriminator sees sample
// and source together and gives a logit for every patch.
//
//     eigenerate/models/pix2pix.hpp   the model: a generator, an Adversary and an L1 term
//     eigenerate/models/players.hpp   the step of the two

#include <fmt/core.h>

#include <eigenerate/eigenerate.hpp>
#include <utility>

using namespace eigenerate;

namespace {

constexpr Index side = 16;

/// Filled rectangles, each with its outline as the condition; values in [-1, 1].
Dataset rectangles(Index n, std::uint64_t seed) {
  Matrix<float> filled = Matrix<float>::Constant(side * side, n, -1), outlines = filled;
  for (Index i = 0; i < n; ++i) {
    const auto words = RandomStream{seed, Purpose::user}.words(static_cast<std::uint64_t>(i));
    const Index width = 4 + words[0] % 9, height = 4 + words[1] % 9;
    const Index left = words[2] % (side - width + 1), top = words[3] % (side - height + 1);
    for (Index y = top; y < top + height; ++y)
      for (Index x = left; x < left + width; ++x) {
        const bool edge = y == top || y == top + height - 1 || x == left || x == left + width - 1;
        filled(y * side + x, i) = 1;
        outlines(y * side + x, i) = edge ? 1 : -1;
      }
  }
  const Shape shape{1, side, side};
  return Dataset("filled", shape, std::move(filled))
      .with_conditions({"outlines", shape, std::move(outlines)});
}

/// One level of a U-Net around the next one: `channels` go in, twice as many come out.
template <class Inner>
auto level(Index channels, Index width, Inner inner) {
  return Concat{Identity{},
                Sequential{Conv2d{channels, width, {.kernel = 4, .stride = 2, .padding = 1}},
                           BatchNorm{width}, LeakyRelu{0.2}, std::move(inner),
                           ConvTranspose2d{infer, channels, {.kernel = 4, .stride = 2, .padding = 1}},
                           BatchNorm{channels}, Relu{}}};
}

void print_row(const char* symbols, const Matrix<float>& image, Index y) {
  for (Index x = 0; x < side; ++x) fmt::print("{}", image(y * side + x) > 0 ? symbols[1] : symbols[0]);
  fmt::print("   ");
}

}  // namespace

int main() {
  const Dataset train = rectangles(512, 1), test = rectangles(128, 2);

  Pix2Pix model{Sequential{level(1, 16, level(16, 32, level(32, 64, Identity{}))),
                           Conv2d{infer, 1, {.kernel = 3, .padding = 1}}, Tanh{}},
                Sequential{Conv2d{infer, 16, {.kernel = 4, .stride = 2, .padding = 1}}, LeakyRelu{0.2},
                           Conv2d{16, 32, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{32},
                           LeakyRelu{0.2}, Conv2d{32, 1, {.kernel = 3, .padding = 1}}},
                {.source = Shape{1, side, side}, .generator_optimizer = Adam{1e-3, 0.5}}};

  const double before = evaluate(model, test)["l1"];
  Trainer trainer{{.epochs = 40, .batch_size = 16, .seed = 7}};
  trainer.fit(model, train, test);
  fmt::print("mean absolute difference on new outlines: {:.3f} before training, {:.3f} after\n\n", before,
             evaluate(model, test)["l1"]);

  const Matrix<float> source = test.conditions().sample(0), translated = model.translate(source);
  for (Index y = 0; y < side; ++y) {
    print_row(".#", source, y);
    print_row(".#", translated, y);
    print_row(".#", test.sample(0), y);
    fmt::print("\n");
  }
}
