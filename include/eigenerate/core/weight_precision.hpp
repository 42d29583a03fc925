#pragma once

namespace eigenerate {

/// In what a prediction keeps the weights that each call for one sample reads all of, those of `Linear`.
enum class WeightPrecision {
  full,  ///< as they were trained
  bf16,  ///< rounded to 8 significant bits when it is made, for float networks: half as much to read
};

}  // namespace eigenerate
