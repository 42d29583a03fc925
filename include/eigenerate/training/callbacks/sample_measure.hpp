#pragma once

#include <functional>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/models/model.hpp"

namespace eigenerate {

/// A figure of generated samples that a `SampleQuality` follows: its name, and a function of the features of
/// real and of generated samples, equally many. The smaller the figure, the better, so that `EarlyStopping`
/// and `Checkpoints` can follow it; of what should be large, as recall, it is what is missing from 1.
///
/// Any function can be one: `SampleMeasure{"blur", [](auto real, auto made) { return …; }}`.
struct SampleMeasure {
  MetricName name;
  std::function<double(ConstView<float> real, ConstView<float> generated)> of;

  static SampleMeasure frechet();          ///< `frechet_distance`
  static SampleMeasure kernel();           ///< `kernel_distance`
  static SampleMeasure precision_error();  ///< 1 − precision: generated samples that are off the data
  static SampleMeasure recall_error();     ///< 1 − recall: real samples that are not generated
  static SampleMeasure coverage_error();   ///< 1 − coverage: real samples without a generated one near them
};

}  // namespace eigenerate

#if EIGENERATE_DEFINES(TRAINING)

#include "eigenerate/metrics/density_coverage.hpp"
#include "eigenerate/metrics/frechet_distance.hpp"
#include "eigenerate/metrics/kernel_distance.hpp"
#include "eigenerate/metrics/precision_recall.hpp"

namespace eigenerate {

EIGENERATE_INLINE SampleMeasure SampleMeasure::frechet() {
  return {"frechet_distance", [](ConstView<float> real, ConstView<float> generated) {
            return frechet_distance(real, generated, {.groups = 0}).value;
          }};
}
EIGENERATE_INLINE SampleMeasure SampleMeasure::kernel() {
  return {"kernel_distance", [](ConstView<float> real, ConstView<float> generated) {
            return kernel_distance(real, generated, {.blocks = 1}).value;
          }};
}
EIGENERATE_INLINE SampleMeasure SampleMeasure::precision_error() {
  return {"precision_error", [](ConstView<float> real, ConstView<float> generated) {
            return 1 - precision_recall(real, generated).precision.value;
          }};
}
EIGENERATE_INLINE SampleMeasure SampleMeasure::recall_error() {
  return {"recall_error", [](ConstView<float> real, ConstView<float> generated) {
            return 1 - precision_recall(real, generated).recall.value;
          }};
}
EIGENERATE_INLINE SampleMeasure SampleMeasure::coverage_error() {
  return {"coverage_error", [](ConstView<float> real, ConstView<float> generated) {
            return 1 - density_coverage(real, generated).coverage.value;
          }};
}

}  // namespace eigenerate

#endif
