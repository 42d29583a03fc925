#pragma once

#include <cstdint>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/models/seen_values.hpp"
#include "eigenerate/network/network.hpp"

namespace eigenerate {

/// How `invert` looks for latent vectors.
struct InversionOptions {
  Index starts = 4;             ///< latent vectors from which the search for one sample begins
  Index draws = 16;             ///< random latent vectors of which each start is the best
  Index steps = 200;            ///< of Adam, from each of them
  double learning_rate = 0.05;  ///< at the first step; it falls to zero by half a cosine
  /// Of `‖z‖² / latent` beside the error: a larger one keeps to latent vectors that samples are made from.
  double prior_weight = 0;
  std::uint64_t seed = 0;  ///< of the starts

  /// Throws `ConfigError` for values out of range.
  void validate() const;
};

/// What `invert` found for each sample, one per column.
template <Scalar S>
struct Inversion {
  Matrix<S> z;           ///< latent × n
  Vector<double> error;  ///< n: the mean squared difference of the sample made from it, over its values
};

/// The latent vectors from which a generator makes samples as like as it can to those of x: by Adam along the
/// gradient of the error through the generator, from several starts, each the best of some standard normal
/// draws; of all points that any came through the best one is taken.
///
/// The generator predicts, with running statistics and averages, and so each search is for itself. Portions
/// of the samples bound the memory.
///
/// **Shapes** x: sample × n; condition: a column for each sample, where there is one; z: latent × n.
/// **Cost** starts·draws passes forward, and starts·steps forward and backward, for each sample.
/// **Errors** `ShapeError` for other extents; `ConfigError` as `InversionOptions`.
/// **Numerics** the draws depend on the seed and the sample's number alone; the same bits for any number of
/// threads. Of a sample that is not finite the error is not either, and its z is a draw.
/// **Source** Zhu et al. 2016, section 3.1; Creswell & Bharath 2018.
template <Scalar S>
Inversion<S> invert(const Network<S>& generator, ConstView<S> x, ConstView<S> condition,
                    const InversionOptions& options);

/// The same for values that are seen alone, and for decoders that put out the parameters of a likelihood: the
/// error is then −log p of the values that are seen, in nats, over their number. With a prior's weight of
/// latent / (2 · seen values) it finds the most probable latent vector under a standard normal prior.
///
/// **Shapes** as above, x: samples of the likelihood.
/// **Errors** `ConfigError` naming a likelihood whose features are not independent.
template <Scalar S>
Inversion<S> invert_seen(const Network<S>& generator, ConstView<S> x, const SeenValues& seen,
                         ConstView<S> condition, const InversionOptions& options);
template <Scalar S>
Inversion<S> invert_likelihood(const Network<S>& decoder, const AnyLikelihood<S>& likelihood, ConstView<S> x,
                               const SeenValues& seen, ConstView<S> condition,
                               const InversionOptions& options);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/inversion.hpp"
#endif
