#pragma once

#include "eigenerate/core/weight_precision.hpp"

namespace eigenerate {

/// How a `Predictor` is made.
struct PredictorOptions {
  WeightPrecision weights = WeightPrecision::full;
};

}  // namespace eigenerate
