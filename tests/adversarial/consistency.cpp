#include "eigenerate/adversarial/consistency.hpp"

#include "adversarial/term_check.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

/// Normal noise on every value.
struct Shaken {
  template <Scalar S>
  void operator()(ConstView<S> x, const RandomStream& random, View<S> out) const {
    fill_normal(out.data(), out.size(), random);
    out = x + S(0.3) * out;
  }
};

}  // namespace

TEST_CASE("consistency keeps the contract of terms", "[conformance]") {
  require_term_conformance(Consistency{Shaken{}});
  require_term_conformance(Consistency{Shaken{}, 0.5});
}

TEST_CASE("a disturbance may be of one scalar alone, and a weight cannot be negative", "[adversary]") {
  const auto nothing = [](ConstView<float> x, const RandomStream&, View<float> out) { out = x; };
  static_assert(AdversaryOutputTermOf<Consistency<decltype(nothing)>, float>);
  static_assert(!AdversaryOutputTermOf<Consistency<decltype(nothing)>, double>);
  support::refuses<ConfigError>([&] { Consistency{nothing, -1}.validate(); }, {"Consistency", "got -1"});
}
