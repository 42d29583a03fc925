#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/message.hpp"
#include "eigenerate/core/shape.hpp"

namespace eigenerate {

/// All that a compressed message depends on besides its bits: decoding must compute the very numbers that
/// encoding did, so whoever reads a message has the same setting, or is refused.
struct CompressionSetting {
  int scalar_bits = 0;      ///< 32 in float, 64 in double
  std::uint64_t model = 0;  ///< fingerprint of parameters and buffers
  /// Fingerprint of what the model makes of fixed inputs: it tells what else differs, such as the layers, the
  /// compiler's flags and the C library's functions.
  std::uint64_t probe = 0;
  std::string isa;        ///< instruction set of the kernels
  std::string precision;  ///< of matrix products
  std::string layout;     ///< how networks are evaluated, and the order of a sample's values
  Shape shape;            ///< of a sample
  Index levels = 0;       ///< of each of its values
  int latent_bits = 0;    ///< 2^latent_bits buckets of a latent dimension; 0: there are none
  int mass_bits = 0;      ///< probabilities of levels are multiples of 2^-mass_bits

  bool operator==(const CompressionSetting&) const = default;

  /// A line for each difference of `other`, in words; empty where there is none.
  std::string differences(const CompressionSetting& other) const {
    std::string text;
    const auto compare = [&](std::string_view what, const auto& own, const auto& others) {
      if (own != others) text += format_message("\n  {}: expected {}, got {}", what, own, others);
    };
    const auto compare_fingerprints = [&](std::string_view what, std::uint64_t own, std::uint64_t others) {
      if (own != others)
        text += format_message("\n  {}: expected the fingerprint {:016x}, got {:016x}", what, own, others);
    };
    compare("scalar", scalar_bits, other.scalar_bits);
    compare_fingerprints("weights of the model", model, other.model);
    compare("instruction set (EIGENERATE_MAX_CPU_ISA)", isa, other.isa);
    compare("precision of matrix products", precision, other.precision);
    compare("layout", layout, other.layout);
    compare("shape of a sample", to_string(shape), to_string(other.shape));
    compare("levels of a value", levels, other.levels);
    compare("bits of a latent dimension", latent_bits, other.latent_bits);
    compare("bits of a probability", mass_bits, other.mass_bits);
    if (text.empty())
      compare_fingerprints(
          "what the model computes, of the same weights (another compiler, other flags or another C library)",
          probe, other.probe);
    return text;
  }
};

}  // namespace eigenerate
