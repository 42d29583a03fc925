#pragma once

#include <optional>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/detail/require_channels.hpp"
#include "eigenerate/layers/infer.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// Parametric rectifier, `y = x` where x > 0, otherwise `w·x` with a learned slope w: PyTorch's `PReLU`.
///
/// `PRelu{}` learns one slope, `PRelu{infer}` or `PRelu{channels}` one for each channel.
///
/// **Shapes** x and y: C×H×W; weight: the number of slopes, 1 or C.
/// **Backward** with φ' = 1 where x > 0, otherwise w (at 0 too, as PyTorch): `dx = φ' dy`, `dw += Σ x dy`
/// over samples, pixels and whatever shares the slope, where x ≤ 0. Tangent `ty = φ' tx`; its reverse has `dx
/// = φ' dy`, `dtx = φ' dty`, `dw += Σ x dy + tx dty`.
/// **Cost** one pass over memory for each of y and dx, two for dw.
/// **Init** `initial`.
/// **Errors** `ConfigError` for less than one slope and an initial one that is not finite, `ShapeError` for
/// channels that are not as many as the slopes.
/// **Numerics** dw is summed in double.
/// **Source** He et al. 2015, "Delving deep into rectifiers", eq. 1 to 3.
struct PRelu {
  Index slopes;
  double initial;

  explicit constexpr PRelu(Index slopes_ = 1, double initial_ = 0.25) : slopes(slopes_), initial(initial_) {}

  std::optional<Shape> input_shape() const { return std::nullopt; }

  LayerPlan plan(const Shape& input, const Place& place) const;

  // y = φ' x
  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    multiply_by_derivative(pass, x, x, y);
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    if (pass.wants_gradients()) {
      S* const terms = pass.scratch_slot(Scratch::gradient_terms);
      const auto term = [](S xi, S dyi) { return kernels::select(xi > S(0), S(0), xi * dyi); };
      kernels::map(terms, x.size(), term, x.data(), dy.data());
      add_gradient(pass, terms);
    }
    if (wanted(dx)) multiply_by_derivative(pass, x, dy, dx);
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    multiply_by_derivative(pass, x, tx, ty);
  }

  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    if (pass.wants_gradients()) {
      S* const terms = pass.scratch_slot(Scratch::gradient_terms);
      const auto term = [](S xi, S txi, S dyi, S dtyi) {
        return kernels::select(xi > S(0), S(0), xi * dyi + txi * dtyi);
      };
      kernels::map(terms, x.size(), term, x.data(), tx.data(), dy.data(), dty.data());
      add_gradient(pass, terms);
    }
    if (wanted(dx)) multiply_by_derivative(pass, x, dy, dx);
    if (wanted(dtx)) multiply_by_derivative(pass, x, dty, dtx);
  }

 private:
  struct Parameter {
    enum : Index { weight };
  };
  struct Scratch {
    enum : Index { gradient_terms };  // in the shape of x
  };

  template <Scalar S>
  static Index number_of_slopes(const Pass<S>& pass) {
    return pass.plan->parameters[Parameter::weight].size;
  }

  /// `out = φ'(x) v`
  template <Scalar S>
  static void multiply_by_derivative(const Pass<S>& pass, ConstView<S> x, ConstView<S> v, View<S> out) {
    const S* const w = pass.parameter(Parameter::weight);
    const Index channels = number_of_slopes(pass);
    const auto times = [](S slope, S xi, S vi) { return kernels::select(xi > S(0), vi, slope * vi); };
    if (channels == 1) {
      const auto with_one = [slope = *w, times](S xi, S vi) { return times(slope, xi, vi); };
      return kernels::map(out.data(), out.size(), with_one, x.data(), v.data());
    }
    kernels::for_each_item(x.size() / channels, channels, [&](Index pixel) {
      const Index at = pixel * channels;
      for (Index c = 0; c < channels; ++c)
        out.data()[at + c] = times(w[c], x.data()[at + c], v.data()[at + c]);
    });
  }

  template <Scalar S>
  static void add_gradient(const Pass<S>& pass, const S* terms) {
    const Index rows = number_of_slopes(pass);
    kernels::accumulate_row_sums(pass.gradient(Parameter::weight), terms, rows, rows,
                                 pass.plan->input.size() / rows * pass.batch);
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan PRelu::plan(const Shape& input, const Place& place) const {
  const Index number = detail::width_of(slopes, input.channels);
  if (number < 1) fail<ConfigError>("{} (PRelu): needs at least one slope, got {}", place, number);
  if (!is_finite(initial))
    fail<ConfigError>("{} (PRelu): needs a finite initial slope, got {}", place, initial);
  if (number != 1) detail::require_channels(place, "PRelu", number, input);
  LayerPlan plan(place, "PRelu", input, input);
  plan.add_parameter("weight", Role::scale, {number}).initial_center = initial;
  plan.scratch.add({input.size(), 0});
  plan.elementwise = number == 1;
  return plan;
}

#endif

}  // namespace eigenerate
