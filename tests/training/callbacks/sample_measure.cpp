#include "eigenerate/training/callbacks/sample_measure.hpp"

#include "eigenerate/metrics/density_coverage.hpp"
#include "eigenerate/metrics/frechet_distance.hpp"
#include "eigenerate/metrics/kernel_distance.hpp"
#include "eigenerate/metrics/precision_recall.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("sample measures are those of metrics/, the smaller the better", "[sample measure]") {
  Matrix<float> real(3, 60), made(3, 60);
  fill_normal(real.data(), real.size(), RandomStream{1});
  fill_normal(made.data(), made.size(), RandomStream{2});
  made *= 1.5f;
  const auto check = [&](const SampleMeasure& measure, std::string_view name, double expected) {
    CHECK(measure.name.view() == name);
    CHECK(measure.of(real, made) == expected);
  };
  check(SampleMeasure::frechet(), "frechet_distance", frechet_distance(real, made, {.groups = 0}).value);
  check(SampleMeasure::kernel(), "kernel_distance", kernel_distance(real, made, {.blocks = 1}).value);
  check(SampleMeasure::precision_error(), "precision_error",
        1 - precision_recall(real, made).precision.value);
  check(SampleMeasure::recall_error(), "recall_error", 1 - precision_recall(real, made).recall.value);
  check(SampleMeasure::coverage_error(), "coverage_error", 1 - density_coverage(real, made).coverage.value);
}
