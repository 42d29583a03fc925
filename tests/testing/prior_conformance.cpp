// The suite that proves priors is itself proved here: correct ones pass, and each planted error is reported.

#include "eigenerate/testing/prior_conformance.hpp"

#include "eigenerate/latent/standard_normal_prior.hpp"
#include "eigenerate/latent/vamp_prior.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

enum class Fault {
  none,
  dz_factor,
  dz_overwritten,
  weights_exchanged,
  network_gradient,
  encoder_gradient,
  constant,
  sample_wider,
  kl_value,
  kl_dimension,
  kl_gradient,
  hidden_state,
  float_rounding,
  allocation,
};

template <class Base>
struct FormsOf {
  using type = ClosedForms<>;
};
template <class Base>
requires requires {
  typename Base::closed_forms;
}
struct FormsOf<Base> {
  using type = typename Base::closed_forms;
};

/// A prior, spoiled where its fault says so.
template <class Base>
struct Faulty {
  static constexpr std::string_view kind = "Faulty";
  using closed_forms = typename FormsOf<Base>::type;
  Base base;
  Fault fault = Fault::none;

  template <Scalar S>
  PartPlan<S> plan(Index latent, const Network<S>& encoder, const AnyPosterior<S>& posterior) const {
    if constexpr (requires { base.template plan<S>(latent, encoder, posterior); })
      return base.template plan<S>(latent, encoder, posterior);
    else
      return {};
  }
  template <Scalar S>
  void log_probability(const PriorPass<S>& pass, ConstView<S> z, Numbers<S> out) const {
    base.log_probability(pass, z, out);
    for (S& v : out) {
      if (fault == Fault::constant) v += S(0.5);
      if (fault == Fault::float_rounding && sizeof(S) == 4) v *= S(1.001);
      if (fault == Fault::hidden_state) v += S(1e-6) * static_cast<S>(++calls());
    }
    if (fault == Fault::allocation) std::vector<int>(100).swap(kept());
  }
  template <Scalar S>
  void backward(const PriorPass<S>& pass, ConstView<S> z, ConstNumbers<S> parameter_weights,
                ConstNumbers<S> path_weights, View<S> dz) const {
    if (fault == Fault::dz_overwritten) dz.setZero();
    if (fault == Fault::weights_exchanged)
      base.backward(pass, z, path_weights, parameter_weights, dz);
    else
      base.backward(pass, z, parameter_weights, path_weights, dz);
    if (fault == Fault::dz_factor) dz(0, 0) += S(1e-4);
    if (fault == Fault::network_gradient) pass.own.gradients->set_zero();
    if (fault == Fault::encoder_gradient) pass.encoder.gradients->set_zero();
  }
  template <Scalar S>
  void sample(const PriorPass<S>& pass, const RandomStream& random, View<S> z) const {
    base.sample(pass, random, z);
    if (fault == Fault::sample_wider) z *= S(1.2);
  }
  template <Scalar S, class D>
  void kl(const D& q, ConstView<S> h, Numbers<S> out) const {
    base.kl(q, h, out);
    if (fault == Fault::kl_value)
      for (S& v : out) v *= S(1.2);
  }
  template <Scalar S, class D>
  void kl_by_dimension(const D& q, ConstView<S> h, View<S> out) const {
    base.kl_by_dimension(q, h, out);
    if (fault == Fault::kl_value) out *= S(1.2);
    if (fault == Fault::kl_dimension) out(0, 0) += S(0.1);
  }
  template <Scalar S, class D>
  void kl_backward(const D& q, ConstView<S> h, ConstView<S> weights, View<S> dh) const {
    base.kl_backward(q, h, weights, dh);
    if (fault == Fault::kl_gradient) dh(1, 0) += S(1e-3);
    if (fault == Fault::kl_value) dh.array() = S(1) + S(1.2) * (dh.array() - S(1));
  }

 private:
  static std::vector<int>& kept() {
    static std::vector<int> numbers;
    return numbers;
  }
  static int& calls() {
    static int count = 0;
    return count;
  }
};

std::string failures(Fault fault, bool vamp) {
  std::string all;
  const auto list = vamp ? testing::check_prior(Faulty<VampPrior<Linear>>{VampPrior{Linear{3, 4}}, fault})
                         : testing::check_prior(Faulty<StandardNormal>{{}, fault});
  for (const auto& failure : list) all += failure + "; ";
  return all;
}

}  // namespace

TEST_CASE("the suite passes correct priors", "[conformance]") {
  CHECK(failures(Fault::none, false) == "");
  CHECK(failures(Fault::none, true) == "");
}

TEST_CASE("the suite of priors reports each planted error", "[conformance][mutation]") {
  const auto [fault, vamp, words] = GENERATE(table<Fault, bool, std::string>({
      {Fault::dz_factor, false, "dz: relative error"},
      {Fault::dz_overwritten, true, "dz: relative error"},
      {Fault::weights_exchanged, false, "dz: relative error"},
      {Fault::weights_exchanged, true, "the gradient of its network"},
      {Fault::network_gradient, true, "the gradient of its network"},
      {Fault::encoder_gradient, true, "the gradient of the encoder"},
      {Fault::constant, true, "log p is not the density of the samples"},
      {Fault::sample_wider, false, "log p is not the density of the samples"},
      {Fault::kl_value, false, "the KL is"},
      {Fault::kl_dimension, false, "the sum of the KL of the dimensions"},
      {Fault::kl_gradient, false, "the gradient of the KL"},
      {Fault::hidden_state, false, "three threads give other bits than one"},
      {Fault::float_rounding, true, "float against double"},
  }));
  INFO(failures(fault, vamp));
  CHECK(failures(fault, vamp).find(words) != std::string::npos);
}

TEST_CASE("the suite of priors reports a heap allocation", "[conformance][mutation]") {
  if (!testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  CHECK(failures(Fault::allocation, true).find("allocates on the heap") != std::string::npos);
}
