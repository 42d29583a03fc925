#include "eigenerate/kernels/convolution.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernel_test.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate::kernels;
using namespace kernel_test;
using eigenerate::testing::tolerance::rounding;

namespace {

/// Calls f(place in x, place in w, place in y) for every product that the convolution is the sum of: its
/// definition.
template <class F>
void for_each_term(const ConvolutionGeometry& g, Index batch, const F& f) {
  for (Index s = 0; s < batch; ++s)
    for (Index oh = 0; oh < g.out_height; ++oh)
      for (Index ow = 0; ow < g.out_width; ++ow)
        for (Index kh = 0; kh < g.kernel_h; ++kh)
          for (Index kw = 0; kw < g.kernel_w; ++kw) {
            const Index ih = oh * g.stride_h + kh - g.pad_h, iw = ow * g.stride_w + kw - g.pad_w;
            if (ih < 0 || ih >= g.in_height || iw < 0 || iw >= g.in_width) continue;
            for (Index ci = 0; ci < g.in_channels; ++ci)
              for (Index co = 0; co < g.out_channels; ++co)
                f(((s * g.in_height + ih) * g.in_width + iw) * g.in_channels + ci,
                  ((co * g.kernel_h + kh) * g.kernel_w + kw) * g.in_channels + ci,
                  ((s * g.out_height + oh) * g.out_width + ow) * g.out_channels + co);
          }
}

/// Expected values, and the sums of magnitudes that bound their errors.
struct Sums {
  explicit Sums(Index size) : value(static_cast<std::size_t>(size)), magnitude(value.size()) {}
  void add(Index place, double term) {
    value[static_cast<std::size_t>(place)] += term;
    magnitude[static_cast<std::size_t>(place)] += std::abs(term);
  }
  template <class S>
  bool bound(const Island<S>& got, Index terms) const {
    bool within = got.sea_is_untouched();
    for (std::size_t i = 0; i < value.size(); ++i) {
      const double error = std::abs(static_cast<double>(got.at(static_cast<Index>(i), 0)) - value[i]);
      within = within && error <= rounding<S>(terms + 4) * magnitude[i];
    }
    return within;
  }
  std::vector<double> value, magnitude;
};

/// What an epilogue does to a result, element by element and to the bit.
template <class S>
bool is_activated(const Island<S>& got, const Island<S>& plain, Activation activation, const S* activated) {
  bool same = got.sea_is_untouched();
  for (Index i = 0; i < plain.rows(); ++i) {
    const S value = plain.at(i, 0), sign = activated != nullptr ? activated[i] : value;
    same = same && got.at(i, 0) == (sign > S(0) ? value : static_cast<S>(activation.slope) * value);
  }
  return same;
}

/// `y` and `dx` are right without an activation.
template <class S>
void check_activations(const ConvolutionGeometry& g, Index batch, const Island<S>& x, const Island<S>& w,
                       const Island<S>& dy, const Island<S>& y, const S* out_bias, const Island<S>& dx,
                       const S* in_bias) {
  Island<S> got_y(y.rows(), 1, 0), got_dx(dx.rows(), 1, 0),
      scratch(convolution_scratch_size<S>(g, batch), 1, 0);
  for (const auto activation : {Activation::relu(), Activation::leaky_relu(0.25)}) {
    for (const bool chain : {false, true}) {
      CAPTURE(activation.slope, chain);
      const S *const above = chain ? dy.data() : nullptr, *const below = chain ? x.data() : nullptr;
      got_y.fill(Island<S>::poison());
      got_dx.fill(Island<S>::poison());
      convolution_forward(got_y.data(), x.data(), w.data(), {out_bias, activation, above}, g, batch);
      CHECK(is_activated(got_y, y, activation, above));
      convolution_input_gradient(got_dx.data(), dy.data(), w.data(), {in_bias, activation, below}, g, batch,
                                 scratch.data());
      CHECK(is_activated(got_dx, dx, activation, below));
    }
  }
}

template <class S>
void check(const ConvolutionGeometry& g, Index batch, bool with_bias) {
  CAPTURE(sizeof(S), batch, with_bias);
  CAPTURE(g.in_channels, g.in_height, g.in_width, g.out_channels, g.out_height, g.out_width);
  CAPTURE(g.kernel_h, g.kernel_w, g.stride_h, g.stride_w, g.pad_h, g.pad_w);
  const Index in = g.in_size() * batch, out = g.out_size() * batch, weights = g.patch_size() * g.out_channels;
  const Island<S> x(in, 1, 0, 1), w(weights, 1, 0, 2), dy(out, 1, 0, 3);
  const Island<S> out_bias(g.out_channels, 1, 0, 4), in_bias(g.in_channels, 1, 0, 5);
  Island<S> y(out, 1, 0), dx(in, 1, 0), dw(weights, 1, 0, 6),
      scratch(convolution_scratch_size<S>(g, batch), 1, 0);
  const Island<S> dw_before = dw;
  y.fill(Island<S>::poison());
  dx.fill(Island<S>::poison());

  convolution_forward(y.data(), x.data(), w.data(), {with_bias ? out_bias.data() : nullptr}, g, batch);
  scratch.fill(Island<S>::poison());
  convolution_input_gradient(dx.data(), dy.data(), w.data(), {with_bias ? in_bias.data() : nullptr}, g, batch,
                             scratch.data());
  CHECK(scratch.sea_is_untouched());
  convolution_weight_gradient(dw.data(), x.data(), dy.data(), g, batch);

  Sums expected_y(out), expected_dx(in), expected_dw(weights);
  for (Index i = 0; i < weights; ++i) expected_dw.add(i, static_cast<double>(dw_before.at(i, 0)));
  if (with_bias) {
    for (Index i = 0; i < out; ++i)
      expected_y.add(i, static_cast<double>(out_bias.at(i % g.out_channels, 0)));
    for (Index i = 0; i < in; ++i) expected_dx.add(i, static_cast<double>(in_bias.at(i % g.in_channels, 0)));
  }
  for_each_term(g, batch, [&](Index xi, Index wi, Index yi) {
    const double xv = static_cast<double>(x.at(xi, 0)), wv = static_cast<double>(w.at(wi, 0));
    const double dyv = static_cast<double>(dy.at(yi, 0));
    expected_y.add(yi, xv * wv);
    expected_dx.add(xi, dyv * wv);
    expected_dw.add(wi, dyv * xv);
  });
  CHECK(expected_y.bound(y, g.patch_size()));
  CHECK(expected_dx.bound(dx, g.kernel_h * g.kernel_w * g.out_channels));
  CHECK(expected_dw.bound(dw, g.out_height * g.out_width * batch));
  check_activations(g, batch, x, w, dy, y, with_bias ? out_bias.data() : nullptr, dx,
                    with_bias ? in_bias.data() : nullptr);
}

/// A geometry whose output's extents follow from the rest; none where the kernel does not fit.
ConvolutionGeometry geometry(Index cin, Index h, Index w, Index cout, Index kh, Index kw, Index sh, Index sw,
                             Index ph, Index pw) {
  return {cin, h, w, cout, (h + 2 * ph - kh) / sh + 1, (w + 2 * pw - kw) / sw + 1, kh, kw, sh, sw, ph, pw};
}

}  // namespace

TEST_CASE("a convolution and its gradients are right for every kind of geometry", "[convolution]") {
  for_each_isa([] {
    for (const Index channels : {1, 3, 16, 18}) {
      for (const Index kernel : {1, 2, 3, 4, 5}) {
        for (const Index stride : {1, 2, 3}) {
          for (const Index pad : {0, 1, 2}) {
            if (5 + 2 * pad < kernel) continue;
            // Height and width differ in everything, so that no exchange of the two goes unseen.
            const auto g = geometry(channels, 5, 7, 19 - channels, kernel, std::max<Index>(1, kernel - 1),
                                    stride, 3 - stride / 2, pad, pad / 2);
            check<float>(g, 3, stride % 2 == 0);
            check<double>(g, 3, stride % 2 == 1);
          }
        }
      }
    }
  });
}

TEST_CASE("a convolution whose input is its patches needs no scratch and is right", "[convolution]") {
  for_each_isa([] {
    for (const bool bias : {false, true}) {
      const auto pointwise = geometry(5, 4, 6, 7, 1, 1, 1, 1, 0, 0);
      const auto covering = geometry(5, 4, 6, 7, 4, 6, 1, 1, 0, 0);
      const auto covering_strided = geometry(5, 4, 6, 7, 4, 6, 2, 3, 0, 0);
      for (const auto& g : {pointwise, covering, covering_strided}) {
        CHECK(convolution_scratch_size<float>(g, 3) == 0);
        check<float>(g, 3, bias);
        check<double>(g, 3, bias);
      }
      // And those that nearly are: their input has pixels in no patch, or patches that reach beyond it.
      auto cropped = pointwise, spread = pointwise, sliding = covering;
      cropped.out_width = 5;
      spread.stride_h = 2;    // its lower rows see nothing
      sliding.out_width = 2;  // its second column sees a part
      for (const auto& g : {cropped, spread, sliding, geometry(5, 4, 6, 7, 1, 1, 2, 1, 0, 0),
                            geometry(5, 4, 6, 7, 1, 1, 1, 1, 1, 0), geometry(5, 5, 6, 7, 4, 6, 2, 1, 0, 0)}) {
        CHECK(convolution_scratch_size<float>(g, 3) > 0);
        check<float>(g, 3, bias);
      }
    }
  });
}

TEST_CASE("a convolution is right over the chunks of a large batch", "[convolution]") {
  for_each_isa([] {
    const auto g = geometry(16, 14, 14, 9, 4, 4, 2, 2, 1, 1);
    REQUIRE(convolution_scratch_size<float>(g, 50) < g.patch_size() * g.out_height * g.out_width * 50 / 2);
    check<float>(g, 50, true);
  });
}

TEST_CASE("a convolution is right where frames of its windows are large", "[convolution]") {
  for_each_isa([] {
    // A block of the weight gradient is cut shorter for its frame; has none, for no length would do.
    check<float>(geometry(256, 4, 4, 3, 4, 4, 2, 2, 1, 1), 140, true);
    check<float>(geometry(2048, 4, 4, 3, 4, 4, 2, 2, 1, 1), 17, true);
    // Images of which a tile sees a few rows, and less than one.
    check<float>(geometry(8, 40, 19, 33, 3, 4, 1, 1, 1, 2), 2, true);
    check<float>(geometry(32, 3, 150, 17, 3, 2, 2, 1, 1, 1), 2, true);
    check<double>(geometry(4, 12, 11, 9, 4, 4, 2, 2, 1, 1), 30, false);
  });
}

TEST_CASE("an empty batch changes no weight gradient", "[convolution]") {
  for_each_isa([] {
    check<float>(geometry(3, 5, 5, 4, 3, 3, 1, 1, 1, 1), 0, true);
    check<float>(geometry(3, 5, 5, 4, 1, 1, 1, 1, 0, 0), 0, true);
  });
}

TEST_CASE("the scratch of a convolution is bounded for any batch", "[convolution]") {
  const auto g = geometry(64, 64, 64, 128, 4, 4, 2, 2, 1, 1);
  CHECK(convolution_scratch_size<float>(g, 1 << 20) == convolution_scratch_size<float>(g, 64));
  CHECK(convolution_scratch_size<float>(g, 1 << 20) <= Index{1} << 18);
}

TEST_CASE("the input gradient is the adjoint of the convolution", "[convolution]") {
  for_each_isa([] {
    // ⟨conv(x), dy⟩ = ⟨x, conv*(dy)⟩ = ⟨w, dw(x, dy)⟩: what a transposed convolution relies on.
    const auto g = geometry(8, 14, 14, 12, 4, 4, 2, 2, 1, 1);
    const Index batch = 5;
    const auto x = random_values<double>(g.in_size() * batch, 1),
               dy = random_values<double>(g.out_size() * batch, 2);
    const auto w = random_values<double>(g.patch_size() * g.out_channels, 3);
    std::vector<double> y(dy.size()), dx(x.size()), dw(w.size());
    std::vector<double> scratch(static_cast<std::size_t>(convolution_scratch_size<double>(g, batch)));
    convolution_forward(y.data(), x.data(), w.data(), {}, g, batch);
    convolution_input_gradient(dx.data(), dy.data(), w.data(), {}, g, batch, scratch.data());
    convolution_weight_gradient(dw.data(), x.data(), dy.data(), g, batch);
    const auto dot = [](const std::vector<double>& a, const std::vector<double>& b) {
      double sum = 0;
      for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
      return sum;
    };
    const double scale = std::sqrt(dot(y, y) * dot(dy, dy));
    CHECK(std::abs(dot(y, dy) - dot(x, dx)) <= rounding<double>(1000) * scale);
    CHECK(std::abs(dot(y, dy) - dot(w, dw)) <= rounding<double>(1000) * scale);
  });
}

TEST_CASE("convolutions have the same bits on any number of threads", "[convolution]") {
  for_each_isa([] {
    for (const auto& g :
         {geometry(16, 14, 14, 24, 4, 4, 2, 2, 1, 1), geometry(1, 28, 28, 16, 4, 4, 2, 2, 1, 1)}) {
      const Index batch = 40;
      const auto x = random_values<float>(g.in_size() * batch, 1),
                 dy = random_values<float>(g.out_size() * batch, 2);
      const auto w = random_values<float>(g.patch_size() * g.out_channels, 3);
      std::vector<float> scratch(static_cast<std::size_t>(convolution_scratch_size<float>(g, batch)));
      CHECK(same_bits_on_any_threads([&] {
        std::vector<float> y(dy.size());
        convolution_forward(y.data(), x.data(), w.data(), {w.data()}, g, batch);
        return y;
      }));
      CHECK(same_bits_on_any_threads([&] {
        std::vector<float> dx(x.size());
        convolution_input_gradient(dx.data(), dy.data(), w.data(), {w.data()}, g, batch, scratch.data());
        return dx;
      }));
      CHECK(same_bits_on_any_threads([&] {
        std::vector<float> dw(w.size(), 0.5f);
        convolution_weight_gradient(dw.data(), x.data(), dy.data(), g, batch);
        return dw;
      }));
    }
  });
}
