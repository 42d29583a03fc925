#include "eigenerate/kernels/packed_convolution.hpp"

#include <cstring>
#include <utility>
#include <vector>

#include "kernels/kernel_test.hpp"

using namespace eigenerate::kernels;
using namespace kernel_test;
using eigenerate::MatmulPrecision;

namespace {

constexpr MatmulPrecision precisions[] = {MatmulPrecision::highest, MatmulPrecision::high,
                                          MatmulPrecision::medium};

template <class S>
bool same_bits(const std::vector<S>& a, const std::vector<S>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(S)) == 0;
}

/// A convolution with numbers to compute with.
template <class S>
struct Example {
  ConvolutionGeometry g;
  Index batch;
  std::vector<S> x = random_values<S>(g.in_size() * batch, 1), dy = random_values<S>(g.out_size() * batch, 2),
                 w = random_values<S>(g.patch_size() * g.out_channels, 3);
  // One value per channel of the output, and of the input.
  std::vector<S> bias = random_values<S>(g.out_channels, 4), in_bias = random_values<S>(g.in_channels, 5);

  std::vector<S> forward(MatmulPrecision precision, const PackedConvolution<S>& packed = {}) const {
    std::vector<S> y(dy.size(), Island<S>::poison());
    convolution_forward(y.data(), x.data(), w.data(), {bias.data(), Activation::relu()}, g, batch, precision,
                        packed);
    return y;
  }
  std::vector<S> input_gradient(MatmulPrecision precision, const PackedConvolution<S>& packed = {}) const {
    std::vector<S> dx(x.size(), Island<S>::poison());
    std::vector<S> scratch(static_cast<std::size_t>(convolution_scratch_size<S>(g, batch)),
                           Island<S>::poison());
    convolution_input_gradient(dx.data(), dy.data(), w.data(), {in_bias.data(), Activation::leaky_relu(0.2)},
                               g, batch, scratch.data(), precision, packed);
    return dx;
  }
  PackedConvolution<S> packed(ConvolutionPass pass, MatmulPrecision precision) const {
    return {pass, w.data(), g, precision};
  }
};

template <class S>
void check(const ConvolutionGeometry& g, Index batch) {
  CAPTURE(sizeof(S), batch, g.in_channels, g.in_height, g.in_width, g.out_channels);
  CAPTURE(g.kernel_h, g.kernel_w, g.stride_h, g.stride_w, g.pad_h, g.pad_w, g.out_height, g.out_width);
  const Example<S> e{g, batch};
  for (const auto precision : precisions) {
    CAPTURE(eigenerate::precision_name(precision));
    const auto forward = e.packed(ConvolutionPass::Forward, precision),
               gradient = e.packed(ConvolutionPass::InputGradient, precision);
    CHECK(same_bits(e.forward(precision, forward), e.forward(precision)));
    CHECK(same_bits(e.input_gradient(precision, gradient), e.input_gradient(precision)));
  }
}

/// The extents of the output follow from the rest, for an input that has `extra` rows and columns which no
/// window reaches.
ConvolutionGeometry geometry(Index cin, Index h, Index w, Index cout, Index kernel_h, Index kernel_w,
                             Index stride, Index pad, Index extra = 0) {
  return {cin,
          h + extra,
          w + extra,
          cout,
          (h + 2 * pad - kernel_h) / stride + 1,
          (w + 2 * pad - kernel_w) / stride + 1,
          kernel_h,
          kernel_w,
          stride,
          stride,
          pad,
          pad};
}

/// Those where products read the packed weight on every instruction set: as many pixels as the frame of a
/// tile, and channels that fill registers.
const ConvolutionGeometry plain = geometry(64, 10, 10, 32, 4, 4, 2, 1);

}  // namespace

TEST_CASE("a packed weight gives the bits of the weight", "[convolution]") {
  for_each_isa([] {
    for (const Index in : {1, 3, 17, 64, 130}) {
      for (const Index out : {1, 17, 130}) {
        for (const Index stride : {1, 2, 3}) {
          const Index pad = stride - 1, extra = stride / 2;
          check<float>(geometry(in, 5, 7, out, 3, 4, stride, pad, extra), 1);
          check<double>(geometry(in, 7, 5, out, 4, 2, stride, 1), 3);
        }
      }
    }
  });
}

TEST_CASE("a packed weight gives them for kernels of all kinds", "[convolution]") {
  for_each_isa([] {
    for (const Index batch : {1, 2, 9}) {
      check<float>(geometry(18, 4, 4, 20, 1, 1, 1, 0), batch);   // pixels are patches
      check<float>(geometry(33, 4, 6, 50, 4, 6, 1, 0), batch);   // an image is one
      check<float>(geometry(16, 6, 6, 5, 2, 2, 4, 0), batch);    // a stride leaves out whole phases
      check<double>(geometry(17, 9, 9, 6, 5, 5, 3, 2), batch);   // nine phases of unequal depth
      check<float>(geometry(5, 12, 12, 70, 4, 4, 2, 1), batch);  // patches that are added up
    }
    // Several blocks of depth, in both functions; many panels, and more rows of tiles than are few.
    check<float>(geometry(130, 5, 5, 300, 4, 4, 2, 1), 2);
    check<double>(geometry(70, 5, 5, 130, 4, 4, 1, 1), 2);
    check<float>(geometry(400, 3, 3, 420, 3, 3, 1, 1), 3);
    check<float>(geometry(64, 14, 14, 128, 4, 4, 2, 1), 40);
  });
}

TEST_CASE("a packed weight is what is read", "[convolution]") {
  for_each_isa([] {
    Example<float> e{plain, 3};
    for (const auto precision : precisions) {
      const auto y = e.forward(precision), dx = e.input_gradient(precision);
      const auto forward = e.packed(ConvolutionPass::Forward, precision),
                 gradient = e.packed(ConvolutionPass::InputGradient, precision);
      const auto w = std::exchange(e.w, std::vector<float>(e.w.size(), Island<float>::poison()));
      CHECK(same_bits(e.forward(precision, forward), y));
      CHECK(same_bits(e.input_gradient(precision, gradient), dx));
      e.w = w;
    }
  });
}

TEST_CASE("a packed weight is left alone where it was not packed for what reads it", "[convolution]") {
  const Example<float> e{plain, 3};
  for_each_isa([&] {
    for (const auto made_for : precisions) {
      const auto forward = e.packed(ConvolutionPass::Forward, made_for),
                 gradient = e.packed(ConvolutionPass::InputGradient, made_for);
      const Isa here = isa();
      for (const Isa other : all_isas) {
        if (!set_isa(other)) continue;
        for (const auto precision : precisions) {
          CAPTURE(isa_name(other), eigenerate::precision_name(made_for),
                  eigenerate::precision_name(precision));
          CHECK(same_bits(e.forward(precision, forward), e.forward(precision)));
          CHECK(same_bits(e.input_gradient(precision, gradient), e.input_gradient(precision)));
          CHECK(same_bits(e.forward(precision, gradient), e.forward(precision)));
          CHECK(same_bits(e.input_gradient(precision, forward), e.input_gradient(precision)));
        }
      }
      set_isa(here);
    }
    // The phases of another padding have other parts of the kernel.
    const Example<float> other{geometry(64, 10, 10, 32, 4, 4, 2, 0), 3};
    const auto gradient = e.packed(ConvolutionPass::InputGradient, MatmulPrecision::highest);
    CHECK(same_bits(other.input_gradient(MatmulPrecision::highest, gradient),
                    other.input_gradient(MatmulPrecision::highest)));
  });
}

TEST_CASE("products with a packed weight have the same bits on any number of threads", "[convolution]") {
  for_each_isa([] {
    const Example<float> e{geometry(64, 14, 14, 96, 4, 4, 2, 1), 9};
    const auto forward = e.packed(ConvolutionPass::Forward, MatmulPrecision::highest),
               gradient = e.packed(ConvolutionPass::InputGradient, MatmulPrecision::highest);
    CHECK(same_bits_on_any_threads([&] { return e.forward(MatmulPrecision::highest, forward); }));
    CHECK(same_bits_on_any_threads([&] { return e.input_gradient(MatmulPrecision::highest, gradient); }));
  });
}

TEST_CASE("a packed weight has the size of the weight in whole registers", "[convolution]") {
  const Example<float> e{plain, 1}, odd{geometry(17, 5, 5, 3, 4, 4, 2, 1), 1};
  CHECK(PackedConvolution<float>().size() == 0);
  for_each_isa([&] {
    for (const auto pass : {ConvolutionPass::Forward, ConvolutionPass::InputGradient}) {
      CHECK(e.packed(pass, MatmulPrecision::highest).size() == static_cast<Index>(e.w.size()));
      const Index more = odd.packed(pass, MatmulPrecision::highest).size();
      CHECK(more > static_cast<Index>(odd.w.size()));
      CHECK(more <= 16 * static_cast<Index>(odd.w.size()));
    }
  });
}
