#pragma once

#include <cmath>
#include <cstdint>
#include <variant>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/network/arena.hpp"

namespace eigenerate {

/// What each layer's docstring says (PyTorch's default).
struct DefaultInit {};

/// Uniform in ±gain·√(6 / (fan_in + fan_out)). **Source** Glorot & Bengio 2010, eq. 16.
struct GlorotInit {
  double gain = 1;
};

/// Normal with variance 2 / ((1 + slope²)·fan_in), for (leaky) ReLU networks. **Source** He et al. 2015,
/// eq. 15.
struct HeInit {
  double slope = 0;
};

/// Normal with the given moments; N(0, 0.02) is the DCGAN's. **Source** Radford et al. 2016, section 4.
struct NormalInit {
  double mean = 0;
  double stddev = 0.02;
};

/// A random (semi-)orthogonal matrix: orthonormal rows or columns, whichever are fewer, of PyTorch's
/// `extent 0 × rest` view. **Source** Saxe et al. 2014.
struct OrthogonalInit {
  double gain = 1;
};

/// Every weight the same number.
struct ConstantInit {
  double value = 0;
};

using Initializer = std::variant<DefaultInit, GlorotInit, HeInit, NormalInit, OrthogonalInit, ConstantInit>;

/// Fills every tensor of an arena: weights by `initializer`, every other role by its layer's default.
///
/// Tensor `i` of the table draws from lane `i` of `stream`.
template <Scalar S>
void initialize_arena(Arena<S>& arena, const Initializer& initializer, const RandomStream& stream);

#if EIGENERATE_DEFINES(NETWORK)

namespace detail {

template <Scalar S>
void scaled_uniform(S* p, Index n, double center, double bound, const RandomStream& stream) {
  fill_uniform(p, n, stream);
  for (Index i = 0; i < n; ++i) p[i] = static_cast<S>(center + bound * (2 * static_cast<double>(p[i]) - 1));
}

template <Scalar S>
void scaled_normal(S* p, Index n, double mean, double stddev, const RandomStream& stream) {
  fill_normal(p, n, stream);
  for (Index i = 0; i < n; ++i) p[i] = static_cast<S>(mean + stddev * static_cast<double>(p[i]));
}

/// Gram and Schmidt, twice over ("twice is enough", Giraud et al. 2005), in double. Our memory holds
/// PyTorch's `extent 0` as the slowest dimension, so the tensor is a `rest × extent 0` column-major matrix; a
/// permutation of `rest` keeps rows and columns orthonormal.
template <Scalar S>
void fill_orthogonal(S* p, Index rest, Index first, double gain, const RandomStream& stream) {
  const bool tall = rest >= first;
  const Index length = tall ? rest : first, vectors = tall ? first : rest;
  Matrix<double> q(length, vectors);
  fill_normal(q.data(), q.size(), stream);
  for (Index j = 0; j < vectors; ++j) {
    for (int pass = 0; pass < 2; ++pass)
      for (Index i = 0; i < j; ++i) q.col(j) -= q.col(i).dot(q.col(j)) * q.col(i);
    q.col(j).normalize();
  }
  for (Index c = 0; c < first; ++c)
    for (Index r = 0; r < rest; ++r) p[r + rest * c] = static_cast<S>(gain * (tall ? q(r, c) : q(c, r)));
}

template <Scalar S>
struct FillWeight {
  const Segment& segment;
  S* p;
  RandomStream stream;

  double fan_in() const { return static_cast<double>(segment.fan_in); }
  double fan_out() const { return static_cast<double>(segment.fan_out); }

  void operator()(const DefaultInit&) const {
    scaled_uniform(p, segment.size, segment.initial_center, segment.initial_bound, stream);
  }
  void operator()(const GlorotInit& g) const {
    scaled_uniform(p, segment.size, 0, g.gain * std::sqrt(6 / (fan_in() + fan_out())), stream);
  }
  void operator()(const HeInit& h) const {
    scaled_normal(p, segment.size, 0, std::sqrt(2 / ((1 + h.slope * h.slope) * fan_in())), stream);
  }
  void operator()(const NormalInit& n) const { scaled_normal(p, segment.size, n.mean, n.stddev, stream); }
  void operator()(const OrthogonalInit& o) const {
    const Index first = segment.shape.front();
    fill_orthogonal(p, segment.size / first, first, o.gain, stream);
  }
  void operator()(const ConstantInit& c) const { std::fill_n(p, segment.size, static_cast<S>(c.value)); }
};

}  // namespace detail

template <Scalar S>
void initialize_arena(Arena<S>& arena, const Initializer& initializer, const RandomStream& stream) {
  std::uint64_t lane = 0;
  for_each_parameter(
      [&](const Segment& segment, S* p) {
        const detail::FillWeight<S> fill{segment, p, stream.lane(lane++)};
        if (segment.role == Role::weight)
          std::visit(fill, initializer);
        else
          fill(DefaultInit{});
      },
      arena);
}

EIGENERATE_INSTANTIATE(initialize_arena)

#endif

}  // namespace eigenerate
