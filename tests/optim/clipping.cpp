#include "eigenerate/optim/clipping.hpp"

#include <cmath>
#include <limits>

#include "eigenerate/testing/gradient_check.hpp"
#include "support/arenas.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

template <Scalar S>
Arena<S> arena_of(const Golden& c, const std::string& key) {
  const auto values = c.batch<S>(key);
  Arena<S> arena(make_table({values.size()}));
  arena["0"] = values.transpose();
  return arena;
}

}  // namespace

TEMPLATE_TEST_CASE("clipping by the global norm agrees with PyTorch", "", float, double) {
  const double tolerance = std::same_as<TestType, float> ? tolerance::golden_float : tolerance::golden;
  for (const char* name : {"above the limit", "below the limit"}) {
    const Golden c = load_golden("optim/clipping")[name];
    CAPTURE(c.path());
    auto first = arena_of<TestType>(c, "first"), second = arena_of<TestType>(c, "second");
    const double norm = clip_by_global_norm({&first, &second}, c.number("max_norm"));
    CHECK(std::abs(norm / c.number("norm") - 1) <= tolerance);
    CHECK(relative_error(memory_of(first), memory_of(arena_of<double>(c, "clipped_first"))) <= tolerance);
    CHECK(relative_error(memory_of(second), memory_of(arena_of<double>(c, "clipped_second"))) <= tolerance);
  }
}

TEST_CASE("clipping by value agrees with PyTorch, and NaN stays NaN") {
  const Golden c = load_golden("optim/clipping")["by value"];
  auto gradients = arena_of<double>(c, "first");
  clip_by_value(gradients, c.number("limit"));
  CHECK(relative_error(memory_of(gradients), memory_of(arena_of<double>(c, "clipped_first"))) == 0);
  gradients.data()[2] = std::numeric_limits<double>::quiet_NaN();
  clip_by_value(gradients, 0.1);
  CHECK(std::isnan(gradients.data()[2]));
}

TEST_CASE("one network's norm, huge gradients, and gradients that are not finite") {
  Arena<float> gradients(make_table({3000}));
  gradients["0"].setConstant(3e30f);  // its square is not a float
  const double norm = clip_by_global_norm(gradients, 2);
  CHECK(std::abs(norm / (3e30 * std::sqrt(3000.0)) - 1) <= tolerance::golden_float);
  CHECK(std::abs(clip_by_global_norm(gradients, 100) - 2) <= tolerance::golden_float);

  gradients.data()[5] = std::numeric_limits<float>::infinity();
  const float neighbour = gradients.data()[4];
  CHECK(!is_finite(clip_by_global_norm(gradients, 1)));
  CHECK(gradients.data()[4] == neighbour);
}

TEST_CASE("clipping refuses limits that are not positive") {
  Arena<float> gradients(make_table({3}));
  CHECK_THROWS_AS(clip_by_value(gradients, 0), ConfigError);
  CHECK_THROWS_AS(clip_by_value(gradients, std::nan("")), ConfigError);
  CHECK_THROWS_AS(clip_by_global_norm(gradients, -1), ConfigError);
}
