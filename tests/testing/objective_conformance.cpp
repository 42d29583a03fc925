// The suite that proves objectives is itself proved here: a correct one passes, and each planted error is
// reported.

#include "eigenerate/testing/objective_conformance.hpp"

#include <cmath>

#include "eigenerate/latent/elbo.hpp"
#include "eigenerate/latent/iwae.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

enum class Fault {
  none,
  weight_factor,
  density_weight,
  kl_weight,
  kl_unwritten,
  value_without_weights,
  hidden_state,
  order,
  shift,
  path_not_squared,
  path_score,
  falsely_uniform,
  float_rounding,
  allocation,
  reads_kl,
};

std::vector<int>& kept() {
  static std::vector<int> numbers;
  return numbers;
}

/// The ELBO or the doubly-reparameterized importance-weighted bound, spoiled where its fault says so.
struct Faulty {
  static constexpr std::string_view kind = "Faulty";
  Fault fault = Fault::none;
  bool importance_weighted = false;

  ObjectiveNeeds needs() const {
    ObjectiveNeeds n = importance_weighted ? Iwae{true}.needs() : Elbo{}.needs();
    if (fault == Fault::path_score) n.score = true;
    if (fault == Fault::falsely_uniform) n.uniform = true;
    return n;
  }
  template <Scalar S>
  ObjectiveValue evaluate(const ObjectiveTerms<S>& t, const ObjectiveWeights<S>& w) const {
    static int calls = 0;
    ObjectiveValue value = importance_weighted ? Iwae{true}.evaluate(t, w) : Elbo{}.evaluate(t, w);
    const bool weights = !w.parameters.empty();
    if (fault == Fault::weight_factor)
      for (S& x : w.parameters) x *= S(1.00001);
    if (fault == Fault::density_weight) value.density_weight += 0.1;
    View<S> d_kl = w.kl;
    if (fault == Fault::kl_weight && weights) d_kl *= S(2);
    if (fault == Fault::kl_unwritten && weights) d_kl(0, 0) = std::numeric_limits<S>::quiet_NaN();
    if (fault == Fault::value_without_weights && !weights) value.loss += 1e-9;
    if (fault == Fault::hidden_state && weights) w.parameters[0] += static_cast<S>(1e-12 * (++calls));
    if (fault == Fault::order)
      value.loss -= 0.1 * static_cast<double>(t.log_px[0]),
          weights ? void(w.parameters[0] -= S(0.1)) : void();
    if (fault == Fault::shift) value.loss = std::log(std::exp(value.loss));
    if (fault == Fault::path_not_squared && weights)
      for (std::size_t j = 0; j < w.path.size(); ++j) w.path[j] = w.parameters[j];
    if (fault == Fault::float_rounding && sizeof(S) == 4) value.loss *= 1.001;
    if (fault == Fault::allocation) std::vector<int>(100).swap(kept());
    if (fault == Fault::reads_kl) value.loss += static_cast<double>(t.kl[0]);
    return value;
  }
};

std::vector<double> squared_shares(const ObjectiveTerms<double>& t) {
  std::vector<double> shares(t.log_px.size()), unused(shares.size());
  Iwae{}.evaluate(t, ObjectiveWeights<double>{shares, unused});
  for (double& s : shares) s = -s * s * static_cast<double>(t.inputs);
  return shares;
}

std::string failures(Fault fault, bool importance_weighted) {
  testing::ObjectiveConformanceOptions options;
  if (importance_weighted) options.path_weights = squared_shares;
  std::string all;
  for (const auto& failure : testing::check_objective(Faulty{fault, importance_weighted}, options))
    all += failure + "; ";
  return all;
}

}  // namespace

TEST_CASE("the suite passes correct objectives", "[conformance]") {
  CHECK(failures(Fault::none, false) == "");
  CHECK(failures(Fault::none, true) == "");
}

TEST_CASE("the suite of objectives reports each planted error", "[conformance][mutation]") {
  const auto [fault, importance_weighted, words] = GENERATE(table<Fault, bool, std::string>({
      {Fault::weight_factor, true, "the weights of log p(x|z): relative error"},
      {Fault::density_weight, true, "the weights of log p(z): relative error"},
      {Fault::density_weight, false, "the weights of log q(z|x): relative error"},
      {Fault::kl_weight, false, "the weights of the KL: relative error"},
      {Fault::kl_unwritten, false, "the weights of the KL: relative error 1.80e+308"},
      {Fault::value_without_weights, false, "the loss without weights differs"},
      {Fault::hidden_state, true, "two evaluations give other weights"},
      {Fault::order, true, "another order of an input's samples"},
      {Fault::shift, true, "likelihoods e^2000 times as large"},
      {Fault::path_not_squared, true, "the weights of the path: relative error"},
      {Fault::path_not_squared, true, "the estimated gradient is biased"},
      {Fault::path_score, true, "the estimated gradient is biased"},
      {Fault::falsely_uniform, true, "says that its weights are uniform"},
      {Fault::float_rounding, false, "float against double, loss"},
      {Fault::reads_kl, true, "reads a KL that it does not need"},
  }));
  INFO(failures(fault, importance_weighted));
  CHECK(failures(fault, importance_weighted).find(words) != std::string::npos);
}

TEST_CASE("the suite of objectives reports a heap allocation", "[conformance][mutation]") {
  if (!testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  CHECK(failures(Fault::allocation, false).find("allocates on the heap") != std::string::npos);
}
