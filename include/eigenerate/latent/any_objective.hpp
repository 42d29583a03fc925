#pragma once

#include <memory>
#include <utility>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/latent/objective.hpp"

namespace eigenerate {

/// Any objective behind one type. Copies share the wrapped value, which is immutable.
///
/// **Errors** `evaluate`: `ShapeError` for terms or weights that it needs and that have another size.
template <Scalar S = float>
class AnyObjective {
 public:
  template <class O>
  requires(!std::same_as<O, AnyObjective> && ObjectiveOf<O, S>) AnyObjective(O objective)
      : objective_(hold(std::move(objective))) {}

  std::string_view kind() const { return held().kind(); }
  /// The KL of each dimension comes with that of the whole.
  ObjectiveNeeds needs() const {
    ObjectiveNeeds needs = held().needs();
    needs.closed_form_kl = needs.closed_form_kl || needs.kl_by_dimension;
    return needs;
  }
  void validate() const { held().validate(); }

  ObjectiveValue evaluate(const ObjectiveTerms<S>& t, const ObjectiveWeights<S>& w = {}) const {
    const ObjectiveNeeds needs = this->needs();
    if (t.inputs < 1 || t.samples < 1)
      fail<ShapeError>("{}: expected inputs and samples, got {} and {}", kind(), t.inputs, t.samples);
    if (t.samples % needs.groups != 0)
      fail<ShapeError>("{}: {} samples of an input cannot be cut into {} groups of one size", kind(),
                       t.samples, needs.groups);
    const Index n = t.inputs * t.samples;
    require("log p(x|z)", static_cast<Index>(t.log_px.size()), n);
    if (needs.densities) {
      require("log p(z)", static_cast<Index>(t.log_pz.size()), n);
      require("log q(z|x)", static_cast<Index>(t.log_qz.size()), n);
    }
    if (needs.closed_form_kl) require("KL divergences", static_cast<Index>(t.kl.size()), t.inputs);
    if (needs.kl_by_dimension) require("columns of KL divergences", t.kl_by_dimension.cols(), t.inputs);
    if (!w.parameters.empty()) {
      require("weights", static_cast<Index>(w.parameters.size()), n);
      if (needs.path_weights) require("weights of the path", static_cast<Index>(w.path.size()), n);
      if (needs.closed_form_kl) require("columns of weights of the KL", w.kl.cols(), t.inputs);
      if (needs.kl_by_dimension) require("rows of weights of the KL", w.kl.rows(), t.kl_by_dimension.rows());
    }
    return held().evaluate(t, w);
  }

 private:
  struct Contract {
    virtual ~Contract() = default;
    virtual std::string_view kind() const = 0;
    virtual ObjectiveNeeds needs() const = 0;
    virtual void validate() const = 0;
    virtual ObjectiveValue evaluate(const ObjectiveTerms<S>&, const ObjectiveWeights<S>&) const = 0;
  };

  template <class O>
  struct Held final : Contract {
    explicit Held(O o) : objective(std::move(o)) {}
    std::string_view kind() const override { return objective.kind; }
    ObjectiveNeeds needs() const override { return objective.needs(); }
    void validate() const override {
      if constexpr (requires { objective.validate(); }) objective.validate();
    }
    ObjectiveValue evaluate(const ObjectiveTerms<S>& terms,
                            const ObjectiveWeights<S>& weights) const override {
      return objective.evaluate(terms, weights);
    }
    const O objective;
  };

  /// Here alone `Held` is made, so that `eigenerate::compiled` may have compiled it already.
  template <class O>
  static std::shared_ptr<const Contract> hold(O objective);

  const Contract& held() const {
    if (!objective_) fail_moved_from("objective");
    return *objective_;
  }
  void require(std::string_view what, Index got, Index expected) const {
    if (got != expected) fail<ShapeError>("{}: expected {} {}, got {}", kind(), expected, what, got);
  }

  std::shared_ptr<const Contract> objective_;
};

template <Scalar S>
template <class O>
auto AnyObjective<S>::hold(O objective) -> std::shared_ptr<const Contract> {
  return std::make_shared<const Held<O>>(std::move(objective));
}

}  // namespace eigenerate
