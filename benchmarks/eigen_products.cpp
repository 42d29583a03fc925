// Products and convolutions as a user of Eigen writes them: the peer of the kernel ladder, and what the
// plain-Eigen training steps multiply with. Compiled with -O3 -march=native into a library of its own.

#include "support/eigen_products.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <string>
#include <vector>

namespace {

using benchmarks::HalvingConvolution;
using benchmarks::ProductKind;
using Matrix = Eigen::MatrixXf;
using View = Eigen::Map<Matrix>;
using ConstView = Eigen::Map<const Matrix>;

/// Images whose patches are gathered at a time: about 1 MiB of them, which stay in the cache until the
/// product.
long images_at_a_time(const HalvingConvolution& g, long batch) {
  return std::clamp(262144 / (g.patch() * g.out_size() * g.out_size()), 1L, batch);
}

/// Calls visit(patch, pixels) for every row of every patch: 4 neighbouring pixels of one image row, of which
/// those from `first` to `last` are inside the image.
template <class Visit>
void for_each_patch_row(const HalvingConvolution& g, long images, const Visit& visit) {
  for (long image = 0; image < images; ++image)
    for (long oy = 0; oy < g.out_size(); ++oy)
      for (long ox = 0; ox < g.out_size(); ++ox) {
        const long column = (image * g.out_size() + oy) * g.out_size() + ox, x = 2 * ox - 1;
        const long first = std::max(0L, -x), last = std::min(4L, g.in_size - x);
        for (long ky = 0; ky < 4; ++ky) {
          const long y = 2 * oy - 1 + ky;
          const bool inside = y >= 0 && y < g.in_size;
          visit(column * g.patch() + ky * 4 * g.in_channels,
                image * g.in_values() + (y * g.in_size + x) * g.in_channels, inside ? first : 0,
                inside ? last : 0);
        }
      }
}

void gather(View patches, const float* x, const HalvingConvolution& g, long images) {
  for_each_patch_row(g, images, [&](long to, long from, long first, long last) {
    const long c = g.in_channels;
    std::fill_n(patches.data() + to, first * c, 0.0f);
    std::copy_n(x + from + first * c, (last - first) * c, patches.data() + to + first * c);
    std::fill_n(patches.data() + to + last * c, (4 - last) * c, 0.0f);
  });
}

void scatter(float* x, View patches, const HalvingConvolution& g, long images) {
  for_each_patch_row(g, images, [&](long from, long to, long first, long last) {
    const long c = g.in_channels, size = (last - first) * c;
    if (size > 0)
      Eigen::Map<Eigen::ArrayXf>(x + to + first * c, size) +=
          Eigen::Map<const Eigen::ArrayXf>(patches.data() + from + first * c, size);
  });
}

/// Calls f(first image, images, patches) for groups of images; `patches` has the right shape and any content.
template <class F>
void for_each_group(const HalvingConvolution& g, long batch, const F& f) {
  static std::vector<float> memory;  // grows once, like a workspace
  const long group = images_at_a_time(g, batch), pixels = g.out_size() * g.out_size();
  memory.resize(std::max(memory.size(), static_cast<std::size_t>(g.patch() * pixels * group)));
  for (long first = 0; first < batch; first += group) {
    const long images = std::min(group, batch - first);
    f(first, images, View(memory.data(), g.patch(), pixels * images));
  }
}

}  // namespace

void eigen_product(float* c, const float* a, const float* b, const benchmarks::ProductShape& s) {
  View out(c, s.m, s.n);
  switch (s.kind) {
    case ProductKind::forward:
      out.noalias() = ConstView(a, s.k, s.m).transpose() * ConstView(b, s.k, s.n);
      break;
    case ProductKind::input_gradient:
      out.noalias() = ConstView(a, s.m, s.k) * ConstView(b, s.k, s.n);
      break;
    case ProductKind::weight_gradient:
      out.noalias() += ConstView(a, s.m, s.k) * ConstView(b, s.n, s.k).transpose();
      break;
  }
}

void eigen_convolution_forward(float* y, const float* x, const float* w, const HalvingConvolution& g,
                               long batch) {
  const ConstView weight(w, g.patch(), g.out_channels);
  for_each_group(g, batch, [&](long first, long images, View patches) {
    gather(patches, x + first * g.in_values(), g, images);
    View(y + first * g.out_values(), g.out_channels, patches.cols()).noalias() = weight.transpose() * patches;
  });
}

void eigen_convolution_input_gradient(float* dx, const float* dy, const float* w, const HalvingConvolution& g,
                                      long batch) {
  const ConstView weight(w, g.patch(), g.out_channels);
  std::fill_n(dx, g.in_values() * batch, 0.0f);
  for_each_group(g, batch, [&](long first, long images, View patches) {
    patches.noalias() = weight * ConstView(dy + first * g.out_values(), g.out_channels, patches.cols());
    scatter(dx + first * g.in_values(), patches, g, images);
  });
}

void eigen_convolution_weight_gradient(float* dw, const float* x, const float* dy,
                                       const HalvingConvolution& g, long batch) {
  View gradient(dw, g.patch(), g.out_channels);
  for_each_group(g, batch, [&](long first, long images, View patches) {
    gather(patches, x + first * g.in_values(), g, images);
    gradient.noalias() +=
        patches * ConstView(dy + first * g.out_values(), g.out_channels, patches.cols()).transpose();
  });
}

void eigen_set_threads(int threads) {
  Eigen::setNbThreads(threads);
}

int eigen_threads() {
  return Eigen::nbThreads();
}

const char* eigen_description() {
  static const std::string text =
      std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
      std::to_string(EIGEN_MINOR_VERSION) + " with " + Eigen::SimdInstructionSetsInUse();
  return text.c_str();
}
