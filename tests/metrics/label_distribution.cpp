#include "eigenerate/metrics/label_distribution.hpp"

#include "metrics/measure_check.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("label distributions agree with SciPy", "[golden]") {
  for (const Golden& c : load_golden("metrics/label_distribution").cases()) {
    const auto labels = c.list<int>("labels");
    const auto reference = c.contains("reference") ? c.list<double>("reference") : std::vector<double>{};
    const LabelDistribution d = label_distribution(labels, 6, reference);
    CHECK(std::abs(d.kl.value - c.number("kl")) < tolerance::golden);
    CHECK(d.counts == std::vector<Index>{2, 2, 3, 0, 5, 0});
    CHECK(d.seen == 4);
    CHECK(d.smallest_share == 0);
    CHECK(d.largest_share == 5.0 / 12);
  }
}

TEST_CASE("the divergence's error bar is its scatter over other samples") {
  std::vector<double> values, errors;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::vector<int> labels;
    for (std::uint64_t i = 0; i < 400; ++i) {
      const double u = to_unit_interval<double>(RandomStream{seed}.words(i)[0]);
      labels.push_back(u < 0.9 ? 0 : u < 0.96 ? 1 : u < 0.99 ? 2 : 3);
    }
    const Estimate kl = label_distribution(labels, 4).kl;
    values.push_back(kl.value);
    errors.push_back(kl.standard_error);
  }
  const double scatter = mean_of(values).standard_error * std::sqrt(200.0);
  CHECK(std::abs(mean_of(errors).value / scatter - 1) < 0.2);
}

TEST_CASE("what a label distribution refuses") {
  const std::vector<int> labels{0, 1, 2};
  CHECK_THROWS_AS(label_distribution({}, 3), ShapeError);
  CHECK_THROWS_AS(label_distribution(labels, 0), ShapeError);
  CHECK_THROWS_AS(label_distribution(labels, 2), ConfigError);
  CHECK_THROWS_AS(label_distribution(std::vector{-1}, 2), ConfigError);
  const auto with = [&](std::vector<double> p) { label_distribution(labels, 3, p); };
  CHECK_THROWS_AS(with({0.5, 0.5}), ShapeError);
  CHECK_THROWS_AS(with({0.5, 0.5, 0.5}), ConfigError);
  CHECK_THROWS_AS(with({-0.5, 0.5, 1}), ConfigError);
  CHECK_THROWS_AS(with({not_a_number<double>(), 0.5, 0.5}), ConfigError);
  CHECK(contains(refusal<ConfigError>([&] { with({0.5, 0.5, 0}); }), "class 2"));
}
