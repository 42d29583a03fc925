// The suite finds every planted error in a test-only term, and none in a right one.

#include "eigenerate/testing/adversary_term_conformance.hpp"

#include "support/catch.hpp"

using namespace eigenerate;

namespace {

enum class Fault {
  none,
  unwritten,
  added,
  hidden_state,
  threads,
  allocation,
  swallows_nan,
  float_rounding,
  no_weight
};

/// A zero-centered penalty at the samples' middle; every line that a fault changes is marked by its name.
struct Middle {
  static constexpr std::string_view kind = "Middle";
  static constexpr std::string_view figure = "middle_penalty";
  static constexpr bool of_each_sample = false;
  Fault fault = Fault::none;

  void validate() const {}

  template <Scalar S>
  void place(ConstView<S> real, ConstView<S> fake, const RandomStream&, View<S> x_hat) const {
    for (Index j = 0; j < real.cols(); ++j)
      for (Index i = 0; i < real.rows(); ++i) {
        S value = (real(i, j) + fake(i, j)) / S(2);
        if (fault == Fault::unwritten && i == 1 && j == 1) continue;
        if (fault == Fault::swallows_nan && is_nan(value)) value = 0;
        if (fault == Fault::float_rounding && sizeof(S) == 4) value *= S(1.01);
        if (fault == Fault::threads) value += static_cast<S>(num_threads());
        x_hat(i, j) = fault == Fault::added ? x_hat(i, j) + value : value;
      }
    if (fault == Fault::hidden_state) x_hat(0, 0) += S(1e-3) * static_cast<S>(calls()++);
    if (fault == Fault::allocation) std::vector<int>(100).swap(keep());
  }
  GradientPenalty of_gradients() const {
    return {.weight = fault == Fault::no_weight ? 0.0 : 2.0, .target = 0};
  }

 private:
  static int& calls() {
    static int count = 0;
    return count;
  }
  static std::vector<int>& keep() {
    static std::vector<int> kept;
    return kept;
  }
};

std::string failures(Fault fault) {
  std::string all;
  for (const auto& failure : testing::check_adversary_term(Middle{fault})) all += failure + "; ";
  return all;
}

}  // namespace

TEST_CASE("the suite of adversary terms passes a right one", "[conformance]") {
  CHECK(failures(Fault::none) == "");
}

TEST_CASE("the suite of adversary terms reports each planted error", "[conformance][mutation]") {
  const auto [fault, words] = GENERATE(table<Fault, std::string>({
      {Fault::unwritten, "the gradient: relative error 1.80e+308"},
      {Fault::added, "the gradient: relative error 1.80e+308"},
      {Fault::hidden_state, "a second call gives other bits"},
      {Fault::threads, "three threads give other bits than one"},
      {Fault::swallows_nan, "a NaN among the samples does not reach the value"},
      {Fault::float_rounding, "float differs from double"},
      {Fault::no_weight, "the logit gets no gradient"},
  }));
  INFO(failures(fault));
  CHECK(failures(fault).find(words) != std::string::npos);
}

TEST_CASE("the suite of adversary terms reports a heap allocation", "[conformance][mutation]") {
  if (!testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  CHECK(failures(Fault::allocation).find("it allocates on the heap") != std::string::npos);
}
