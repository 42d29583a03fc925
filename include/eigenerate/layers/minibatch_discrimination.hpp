#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/layers/infer.hpp"
#include "eigenerate/layers/layer.hpp"

namespace eigenerate {

/// How close each sample is to the others of its batch, as further features: `y = (x, o)`, and
/// `o_b(xᵢ) = Σⱼ exp(−‖M_b(xᵢ) − M_b(xⱼ)‖₁)`, where `M(x) = Wᵀ x` are `features` rows of `numbers` each. A
/// discriminator sees by it when generated samples are all alike.
///
/// The sum goes over all samples of the pass, xᵢ itself included, and so grows with the batch. Evaluating
/// passes do the same, so that what they give for a sample depends on those around it, and where many are
/// predicted in portions, on the portions. In PyTorch, with the weight of a Linear without bias, from `in` to
/// `features * numbers`:
///
///     m = F.linear(x, weight).view(-1, features, numbers)
///     o = torch.exp(-(m[:, None] - m[None]).abs().sum(3)).sum(1)
///     y = torch.cat([x, o], 1)
///
/// **Shapes** x: in × B, y: (in + features) × B, W: in × features·numbers. `in` may be left open.
/// **Backward** with e = exp(−‖…‖) and the signs s of the differences, which are constants, `dM_ibc` is
/// `−Σⱼ (do_ib + do_jb) e_ijb s_ijbc`; `dx = dy of x + W dM`, `dW += x dMᵀ`.
/// **Cost** two products of x and W, and features·numbers·B² differences, in every pass.
/// **Init** uniform in ±1/√in.
/// **Errors** `ConfigError` for less than one feature, or numbers that are not 1 to 64. It couples samples:
/// R1 and R2 pass it (the gradient of the summed logits), WGAN-GP and DRAGAN refuse it.
/// **Numerics** sums over the batch in double.
/// **Source** Salimans et al. 2016, section 3.2.
struct MinibatchDiscrimination {
  Index in_features, features, numbers;

  constexpr MinibatchDiscrimination(Index in, Index features_, Index numbers_)
      : in_features(in), features(features_), numbers(numbers_) {}

  std::optional<Shape> input_shape() const {
    if (in_features == infer) return std::nullopt;
    return Shape{in_features};
  }

  LayerPlan plan(const Shape& input, const Place& place) const;

  template <Scalar S>
  void forward(const Pass<S>& pass, ConstView<S> x, View<S> y) const {
    const S* const m = project(pass, x, pass.cache_slot(Cache::m));
    copy_rows(x, y);
    for_each_feature(pass, [&](Index b) {
      for (Index i = 0; i < pass.batch; ++i) {
        double sum = 0;
        for (Index j = 0; j < pass.batch; ++j) sum += closeness(at(m, i, b), at(m, j, b));
        y(x.rows() + b, i) = static_cast<S>(sum);
      }
    });
  }

  template <Scalar S>
  void backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> dy, View<S> dx) const {
    const S* const m = pass.cache_slot(Cache::m);
    S* const dm = pass.scratch_slot(Scratch::dm);
    for_each_feature(pass, [&](Index b) {
      for_each_sample(pass, dm, b, [&](Index i, Index j, double* sums) {
        const double e = closeness(at(m, i, b), at(m, j, b));
        add_signs(sums, at(m, i, b), at(m, j, b), -(gradient(dy, b, i) + gradient(dy, b, j)) * e);
      });
    });
    add_gradients(pass, x, dm);
    if (wanted(dx)) to_input(pass, dy, dm, dx);
  }

  template <Scalar S>
  void tangent(const Pass<S>& pass, ConstView<S>, ConstView<S>, ConstView<S> tx, View<S> ty) const {
    const S* const m = pass.cache_slot(Cache::m);
    const S* const tm = project(pass, tx, pass.tangent_slot(Tangent::m));
    copy_rows(tx, ty);
    for_each_feature(pass, [&](Index b) {
      for (Index i = 0; i < pass.batch; ++i) {
        double sum = 0;
        for (Index j = 0; j < pass.batch; ++j)
          sum -= closeness(at(m, i, b), at(m, j, b)) * distance_tangent(m, tm, i, j, b);
        ty(tx.rows() + b, i) = static_cast<S>(sum);
      }
    });
  }

  // With w and v the sums of do and dto of a pair and ḋ the tangent of its distance, the scalar is the sum of
  // e (w − v ḋ) over the pairs.
  template <Scalar S>
  void tangent_backward(const Pass<S>& pass, ConstView<S> x, ConstView<S>, ConstView<S> tx, ConstView<S>,
                        ConstView<S> dy, ConstView<S> dty, View<S> dx, View<S> dtx) const {
    const S *const m = pass.cache_slot(Cache::m), *const tm = pass.tangent_slot(Tangent::m);
    S *const dm = pass.scratch_slot(Scratch::dm), *const dtm = pass.scratch_slot(Scratch::dtm);
    for_each_feature(pass, [&](Index b) {
      for_each_sample(pass, dm, b, [&](Index i, Index j, double* sums) {
        const double e = closeness(at(m, i, b), at(m, j, b)), w = gradient(dy, b, i) + gradient(dy, b, j),
                     v = gradient(dty, b, i) + gradient(dty, b, j);
        add_signs(sums, at(m, i, b), at(m, j, b), -e * (w - v * distance_tangent(m, tm, i, j, b)));
      });
      for_each_sample(pass, dtm, b, [&](Index i, Index j, double* sums) {
        const double e = closeness(at(m, i, b), at(m, j, b)), v = gradient(dty, b, i) + gradient(dty, b, j);
        add_signs(sums, at(m, i, b), at(m, j, b), -e * v);
      });
    });
    add_gradients(pass, x, dm);
    add_gradients(pass, tx, dtm);
    if (wanted(dx)) to_input(pass, dy, dm, dx);
    if (wanted(dtx)) to_input(pass, dty, dtm, dtx);
  }

 private:
  // M = Wᵀ x, features·numbers × B, its tangent, and the gradients of both.
  struct Parameter {
    enum : Index { weight };
  };
  struct Cache {
    enum : Index { m };
  };
  struct Tangent {
    enum : Index { m };
  };
  struct Scratch {
    enum : Index { dm, dtm };
  };
  static constexpr Index max_numbers = 64;

  Index rows() const { return features * numbers; }
  /// Row b of sample i.
  template <class T>
  T* at(T* m, Index i, Index b) const {
    return m + i * rows() + b * numbers;
  }

  /// `exp(−‖a − b‖₁)`
  template <Scalar S>
  double closeness(const S* a, const S* b) const {
    double distance = 0;
    for (Index c = 0; c < numbers; ++c)
      distance += std::abs(static_cast<double>(a[c]) - static_cast<double>(b[c]));
    return std::exp(-distance);
  }
  template <Scalar S>
  static double sign(S a, S b) {
    return a > b ? 1 : a < b ? -1 : 0;
  }
  /// `sums += by · sign(a − b)`
  template <Scalar S>
  void add_signs(double* sums, const S* a, const S* b, double by) const {
    for (Index c = 0; c < numbers; ++c) sums[c] += by * sign(a[c], b[c]);
  }
  /// The tangent of `‖M_b(xᵢ) − M_b(xⱼ)‖₁`.
  template <Scalar S>
  double distance_tangent(const S* m, const S* tm, Index i, Index j, Index b) const {
    double sum = 0;
    for (Index c = 0; c < numbers; ++c)
      sum += sign(at(m, i, b)[c], at(m, j, b)[c]) *
             (static_cast<double>(at(tm, i, b)[c]) - static_cast<double>(at(tm, j, b)[c]));
    return sum;
  }
  template <Scalar S>
  double gradient(ConstView<S> dy, Index b, Index i) const {
    return static_cast<double>(dy(dy.rows() - features + b, i));
  }

  template <Scalar S, class F>
  void for_each_feature(const Pass<S>& pass, const F& f) const {
    kernels::for_each_item(features, pass.batch * pass.batch * numbers, f);
  }
  /// `d_ib = Σⱼ` of what f(i, j, sums) adds, for all samples i.
  template <Scalar S, class F>
  void for_each_sample(const Pass<S>& pass, S* d, Index b, const F& f) const {
    for (Index i = 0; i < pass.batch; ++i) {
      double sums[max_numbers] = {};
      for (Index j = 0; j < pass.batch; ++j) f(i, j, sums);
      for (Index c = 0; c < numbers; ++c) at(d, i, b)[c] = static_cast<S>(sums[c]);
    }
  }

  template <Scalar S>
  const S* project(const Pass<S>& pass, ConstView<S> x, S* m) const {
    using enum kernels::Transpose;
    kernels::gemm(m, rows(), pass.parameter(Parameter::weight), x.rows(), Yes, x.data(), x.rows(), No, rows(),
                  pass.batch, x.rows(), S(0), {}, pass.precision);
    return m;
  }
  template <Scalar S>
  void add_gradients(const Pass<S>& pass, ConstView<S> x, const S* dm) const {
    using enum kernels::Transpose;
    if (!pass.wants_gradients()) return;
    kernels::gemm(pass.gradient(Parameter::weight), x.rows(), x.data(), x.rows(), No, dm, rows(), Yes,
                  x.rows(), rows(), pass.batch, S(1), {}, pass.precision);
  }
  /// `dx = dy of x + W dM`
  template <Scalar S>
  void to_input(const Pass<S>& pass, ConstView<S> dy, const S* dm, View<S> dx) const {
    using enum kernels::Transpose;
    copy_rows(dy, dx);
    kernels::gemm(dx.data(), dx.rows(), pass.parameter(Parameter::weight), dx.rows(), No, dm, rows(), No,
                  dx.rows(), pass.batch, rows(), S(1), {}, pass.precision);
  }
  /// The rows that both have, from one to the other.
  template <Scalar S>
  static void copy_rows(ConstView<S> from, View<S> to) {
    const Index n = std::min(from.rows(), to.rows());
    for (Index j = 0; j < from.cols(); ++j)
      std::copy_n(from.data() + j * from.rows(), n, to.data() + j * to.rows());
  }
};

#if EIGENERATE_DEFINES(LAYERS)

EIGENERATE_INLINE LayerPlan MinibatchDiscrimination::plan(const Shape& input, const Place& place) const {
  const Index in = detail::width_of(in_features, input.channels);
  if (in < 1 || features < 1 || features > max_factor || numbers < 1 || numbers > max_numbers)
    fail<ConfigError>(
        "{} (MinibatchDiscrimination): needs at least one input, 1 to {} features and 1 to {} numbers of each, got {}, {} and {}",
        place, max_factor, max_numbers, in, features, numbers);
  if (input != Shape{in})
    fail_input(place, "MinibatchDiscrimination", in_features == infer ? "of one pixel" : to_string(Shape{in}),
               input, input.is_vector() ? "" : "put Flatten{} before it");
  LayerPlan plan(place, "MinibatchDiscrimination", input, {capped_sum(in, features)});
  auto& weight = plan.add_parameter("weight", Role::weight, {rows(), in});
  weight.fan_in = in;
  weight.fan_out = rows();
  weight.initial_bound = 1 / std::sqrt(static_cast<double>(in));
  plan.cache.add({rows(), 0});
  plan.tangents.add({rows(), 0});
  for (int slot = 0; slot < 2; ++slot) plan.scratch.add({rows(), 0});
  plan.multiply_adds = capped_product(in, rows());
  plan.couples_samples = "compares the samples of a batch";
  return plan;
}

#endif

}  // namespace eigenerate
