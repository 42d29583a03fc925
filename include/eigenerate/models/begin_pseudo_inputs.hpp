#pragma once

#include <algorithm>
#include <cmath>

#include "eigenerate/latent/autoencoder.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/optim/cosine_schedule.hpp"

namespace eigenerate {

/// Has the pseudo-inputs of a model's `VampPrior` begin as samples, so that its components differ from the
/// first step on: fits the layer that makes them by least squares, whatever it consists of.
///
///     begin_pseudo_inputs(vae, digits.train.take(50).samples());
///
/// Where the layer bounds its outputs, samples are kept a twentieth of the interval from its ends: there,
/// where the pixels of digits are, a sigmoid is so flat that pseudo-inputs would learn little more.
///
/// Returns the root of the mean square of what the pseudo-inputs differ by from the samples so bounded: near
/// 0 unless the layer cannot make such pseudo-inputs. Only the prior's own network changes; a moving average
/// of it begins anew.
///
/// **Shapes** samples: features × as many as there are pseudo-inputs.
/// **Cost** 200 passes of all pseudo-inputs each way, through the prior's own network.
/// **Errors** `ConfigError` for a model without a `VampPrior`, `ShapeError` for samples that do not fit.
/// **Source** Tomczak & Welling 2018, whose program can begin so (`use_training_data_init`); it copies the
/// images, as a linear layer that is cut off to [0, 1] allows.
template <Model M>
requires requires(const M& model) {
  model.parts().prior();
}
double begin_pseudo_inputs(M& model, ConstView<typename M::scalar_type> samples) {
  using S = typename M::scalar_type;
  Learner<S>* prior = nullptr;
  const Autoencoder<S>& parts = model.parts();
  if (parts.prior().kind() == "VampPrior")
    for (Learner<S>* learner : model.learners())
      if (learner == parts.prior_learner()) prior = learner;
  if (!prior)
    fail<ConfigError>("begin_pseudo_inputs: expected a model with a VampPrior, this one's prior is {}",
                      parts.prior().kind());
  const LayerPlan& plan = prior->network.plan();
  const Index k = plan.input.size(), features = plan.output.size();
  if (samples.rows() != features || samples.cols() != k)
    fail<ShapeError>("begin_pseudo_inputs: expected {} × {} samples, one for each pseudo-input, got {} × {}",
                     features, k, samples.rows(), samples.cols());

  // What weights come to: 3 are as far as a sigmoid needs, an unbounded layer's are as large as its outputs.
  double reach = 3;
  Matrix<S> target = samples;
  if (plan.output_range && plan.output_range->is_bounded()) {
    const double low = plan.output_range->low, high = plan.output_range->high, margin = 0.05 * (high - low);
    target = target.cwiseMax(static_cast<S>(low + margin)).cwiseMin(static_cast<S>(high - margin));
  } else {
    reach = std::max(reach, static_cast<double>(target.cwiseAbs().maxCoeff()));
  }
  // Adam moves a weight by about its rate while the gradient is what it lately was (a short memory of it, for
  // it shrinks on the way): by 5/3 of the reach in all.
  constexpr int steps = 200;
  Learner<S> fitted(prior->network, {.optimizer = Adam{.learning_rate = reach / 60, .beta2 = 0.9}});
  Workspace<S> workspace = fitted.network.make_workspace(k);
  const Matrix<S> unit = Matrix<S>::Identity(k, k);
  Matrix<S> difference(features, k);
  for (int step = 0;; ++step) {
    const RandomStream random = RandomStream{0, Purpose::initialization}.at(static_cast<std::uint64_t>(step));
    difference =
        fitted.network.forward({.x = unit, .mode = Mode::train, .random = random}, workspace) - target;
    if (step == steps) break;
    fitted.network.backward(as_const(difference), workspace, {.parameters = &fitted.gradients});
    fitted.step(CosineSchedule{}(step, steps));
  }
  prior->network.parameters() = fitted.network.parameters();
  prior->network.restart_average();
  return std::sqrt(difference.template cast<double>().squaredNorm() / static_cast<double>(difference.size()));
}

}  // namespace eigenerate
