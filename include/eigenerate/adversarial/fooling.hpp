#pragma once

namespace eigenerate {

/// Who learns to fool a discriminator: who made the fakes, so that they are taken for real, or who made the
/// real side, so that it is taken for the fakes, as the encoder of a `Bigan`.
enum class Maker { of_fakes, of_real };

/// Who learns from a discriminator, and what of it.
struct Fooling {
  Maker maker = Maker::of_fakes;
  double game = 1;    ///< weight of the loss beside the terms
  bool terms = true;  ///< whether the terms take part
};

}  // namespace eigenerate
