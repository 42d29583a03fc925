#include "eigenerate/kernels/grouped_convolution.hpp"

#include <algorithm>
#include <cmath>

#include "eigenerate/kernels/convolution.hpp"
#include "kernels/kernel_test.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate::kernels;
using namespace kernel_test;
using eigenerate::testing::tolerance::rounding;

namespace {

/// Calls f(place in x, place in w, place in y) for every product that the convolution is the sum of: its
/// definition.
template <class F>
void for_each_term(const GroupedGeometry& g, Index batch, const F& f) {
  for (Index s = 0; s < batch; ++s)
    for (Index oh = 0; oh < g.out_height; ++oh)
      for (Index ow = 0; ow < g.out_width; ++ow)
        for (Index kh = 0; kh < g.kernel_h; ++kh)
          for (Index kw = 0; kw < g.kernel_w; ++kw) {
            const Index ih = oh * g.stride_h + kh * g.dilation_h - g.pad_h;
            const Index iw = ow * g.stride_w + kw * g.dilation_w - g.pad_w;
            if (ih < 0 || ih >= g.in_height || iw < 0 || iw >= g.in_width) continue;
            for (Index co = 0; co < g.out_channels; ++co)
              for (Index c = 0; c < g.group_in(); ++c)
                f(((s * g.in_height + ih) * g.in_width + iw) * g.in_channels +
                      co / g.group_out() * g.group_in() + c,
                  ((co * g.kernel_h + kh) * g.kernel_w + kw) * g.group_in() + c,
                  ((s * g.out_height + oh) * g.out_width + ow) * g.out_channels + co);
          }
}

/// `got` is `expected` within so many roundings of the largest number.
template <class S>
bool is_close(const Island<S>& got, const std::vector<double>& expected, Index terms) {
  double largest = 1, error = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    const double difference = static_cast<double>(got.at(static_cast<Index>(i), 0)) - expected[i];
    if (!(std::abs(difference) <= error)) error = std::abs(difference);
  }
  return got.sea_is_untouched() && error <= rounding<S>(terms + 4) * largest;
}

template <class S>
void check(const GroupedGeometry& g, Index batch) {
  CAPTURE(sizeof(S), batch, g.groups, g.dilation_h, g.dilation_w, g.kernel_h, g.stride_h, g.pad_h);
  const Index in = g.in_size() * batch, out = g.out_size() * batch,
              weights = g.group_patch() * g.out_channels;
  const Island<S> x(in, 1, 0, 1), w(weights, 1, 0, 2), dy(out, 1, 0, 3);
  const Island<S> out_bias(g.out_channels, 1, 0, 4), in_bias(g.in_channels, 1, 0, 5);
  Island<S> y(out, 1, 0), dx(in, 1, 0), dw(weights, 1, 0, 6),
      scratch(grouped_convolution_scratch_size(g, batch), 1, 0);
  std::vector<double> expected_y, expected_dx, expected_dw;
  const auto wide = [](S value) { return static_cast<double>(value); };
  for (Index i = 0; i < out; ++i) expected_y.push_back(wide(out_bias.at(i % g.out_channels, 0)));
  for (Index i = 0; i < in; ++i) expected_dx.push_back(wide(in_bias.at(i % g.in_channels, 0)));
  for (Index i = 0; i < weights; ++i) expected_dw.push_back(wide(dw.at(i, 0)));
  for_each_term(g, batch, [&](Index xi, Index wi, Index yi) {
    expected_y[static_cast<std::size_t>(yi)] += wide(x.at(xi, 0)) * wide(w.at(wi, 0));
    expected_dx[static_cast<std::size_t>(xi)] += wide(dy.at(yi, 0)) * wide(w.at(wi, 0));
    expected_dw[static_cast<std::size_t>(wi)] += wide(dy.at(yi, 0)) * wide(x.at(xi, 0));
  });
  for (double& value : expected_y) value = std::max(value, 0.0);
  for (std::size_t i = 0; i < expected_dx.size(); ++i)  // the chain rule of what x is the value of
    if (!(x.at(static_cast<Index>(i), 0) > S(0))) expected_dx[i] *= 0.25;

  const auto poison = [&] {
    for (Island<S>* island : {&y, &scratch}) island->fill(Island<S>::poison());
  };
  poison();
  dx.fill(Island<S>::poison());
  grouped_convolution_forward(y.data(), x.data(), w.data(), {out_bias.data(), Activation::relu()}, g, batch,
                              scratch.data());
  CHECK(is_close(y, expected_y, g.group_patch()));
  poison();
  grouped_convolution_input_gradient(dx.data(), dy.data(), w.data(),
                                     {in_bias.data(), Activation::leaky_relu(0.25), x.data()}, g, batch,
                                     scratch.data());
  CHECK(is_close(dx, expected_dx, g.kernel_h * g.kernel_w * g.group_out()));
  poison();
  grouped_convolution_weight_gradient(dw.data(), x.data(), dy.data(), g, batch, scratch.data());
  CHECK(is_close(dw, expected_dw, g.out_height * g.out_width * batch));
  CHECK(scratch.sea_is_untouched());
}

/// Height and width differ in everything, so that no exchange of the two goes unseen.
GroupedGeometry geometry(Index in, Index out, Index groups, Index kernel, Index stride, Index pad,
                         Index dilation, Index size = 7) {
  const Index kernel_w = std::max<Index>(1, kernel - 1), dilation_w = 4 - dilation;
  const auto extent = [](Index pixels, Index k, Index step, Index padding, Index gap) {
    return (pixels + 2 * padding - gap * (k - 1) - 1) / step + 1;
  };
  return {{in, size, size + 1, out, extent(size, kernel, stride, pad, dilation),
           extent(size + 1, kernel_w, 3 - stride, pad / 2, dilation_w), kernel, kernel_w, stride, 3 - stride,
           pad, pad / 2},
          dilation,
          dilation_w,
          groups};
}

}  // namespace

TEST_CASE("grouped and dilated convolutions and their gradients are right", "[grouped_convolution]") {
  for_each_isa([] {
    for (const Index groups : {1, 2, 3, 6})  // with six each channel is by itself
      for (const Index kernel : {1, 2, 3})
        for (const Index stride : {1, 2})
          for (const Index pad : {0, 1, 2})
            for (const Index dilation : {1, 2, 3}) {
              const auto g = geometry(6, groups < 6 ? 12 : 6, groups, kernel, stride, pad, dilation);
              check<float>(g, 2);
              check<double>(g, 2);
            }
  });
}

TEST_CASE("grouped convolutions are right over the blocks of a large batch, and of none",
          "[grouped_convolution]") {
  for_each_isa([] {
    const auto g = geometry(32, 16, 4, 3, 1, 1, 2, 20);
    REQUIRE(grouped_convolution_scratch_size(g, 40) < g.patch_size() * g.out_height * g.out_width * 40 / 2);
    CHECK(grouped_convolution_scratch_size(g, 1 << 20) == grouped_convolution_scratch_size(g, 64));
    check<float>(g, 40);
    check<float>(g, 0);
    for (const Index channels : {16, 67}) {  // a whole number of registers, and more than one task takes
      check<float>(geometry(channels, channels, channels, 3, 1, 1, 2, 20), 9);
      check<double>(geometry(channels, channels, channels, 3, 2, 1, 1), 3);
    }
    check<float>(geometry(16, 16, 16, 3, 1, 1, 1), 0);
    check<float>(geometry(4, 8, 4, 3, 1, 1, 1), 3);  // two channels of each
  });
}

TEST_CASE("one group without gaps is a convolution", "[grouped_convolution]") {
  GroupedGeometry g = geometry(5, 3, 1, 3, 2, 1, 1);
  g.dilation_w = 1;
  g.out_width = (g.in_width + 2 * g.pad_w - g.kernel_w) / g.stride_w + 1;
  const auto x = random_values<double>(g.in_size() * 2, 1), w = random_values<double>(g.patch_size() * 3, 2);
  std::vector<double> y(static_cast<std::size_t>(g.out_size() * 2)), expected = y;
  std::vector<double> scratch(static_cast<std::size_t>(grouped_convolution_scratch_size(g, 2)));
  convolution_forward(expected.data(), x.data(), w.data(), {}, g, 2);
  grouped_convolution_forward(y.data(), x.data(), w.data(), {}, g, 2, scratch.data());
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::abs(y[i] - expected[i]) < 1e-13);
}

TEST_CASE("grouped convolutions have the same bits on any number of threads", "[grouped_convolution]") {
  for_each_isa([] {
    for (const Index groups : {4, 32}) {
      const auto g = geometry(groups == 4 ? 16 : 32, 32, groups, 3, 1, 1, 2, 20);
      const Index batch = 40;
      const auto x = random_values<float>(g.in_size() * batch, 1),
                 dy = random_values<float>(g.out_size() * batch, 2);
      const auto w = random_values<float>(g.group_patch() * g.out_channels, 3);
      std::vector<float> scratch(static_cast<std::size_t>(grouped_convolution_scratch_size(g, batch)));
      CHECK(same_bits_on_any_threads([&] {
        std::vector<float> y(dy.size());
        grouped_convolution_forward(y.data(), x.data(), w.data(), {w.data()}, g, batch, scratch.data());
        return y;
      }));
      CHECK(same_bits_on_any_threads([&] {
        std::vector<float> dx(x.size());
        grouped_convolution_input_gradient(dx.data(), dy.data(), w.data(), {w.data()}, g, batch,
                                           scratch.data());
        return dx;
      }));
      CHECK(same_bits_on_any_threads([&] {
        std::vector<float> dw(w.size(), 0.5f);
        grouped_convolution_weight_gradient(dw.data(), x.data(), dy.data(), g, batch, scratch.data());
        return dw;
      }));
    }
  });
}
