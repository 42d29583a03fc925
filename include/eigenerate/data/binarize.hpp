#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/sample_transform.hpp"
#include "eigenerate/kernels/kernels.hpp"

namespace eigenerate::data {

/// Throws `ConfigError` unless the samples can be read as probabilities.
void require_probabilities(const Dataset& dataset, std::string_view what);

/// Each value becomes 1 with its own value as probability, else 0, drawn anew in every epoch.
///
/// The draw depends on (seed, epoch, sample, element) alone: not on order, batch size, subset or scalar.
/// **Errors** `ConfigError` for values outside [0, 1], or when the dataset carries another transform.
/// **Numerics** probabilities are exact to 2^-24; 0 stays 0 and 1 stays 1.
/// **Source** Burda, Grosse and Salakhutdinov 2016, "Importance weighted autoencoders".
Dataset binarize_dynamic(const Dataset& dataset, std::uint64_t seed);

/// Each value becomes 1 with its own value as probability, else 0, drawn once for all epochs.
///
/// **Cost** one copy of the samples.
/// **Errors** as `binarize_dynamic`, whose epoch 0 this is.
/// **Source** Salakhutdinov and Murray 2008, "On the quantitative analysis of deep belief networks".
inline Dataset binarize_static(const Dataset& dataset, std::uint64_t seed) {
  return binarize_dynamic(dataset, seed).materialized();
}

/// Each value becomes 1 when it is above `threshold`, else 0.
///
/// **Cost** one copy of the samples.
Dataset binarize_threshold(const Dataset& dataset, float threshold = 0.5f);

#if EIGENERATE_DEFINES(DATA)

EIGENERATE_INLINE void require_probabilities(const Dataset& dataset, std::string_view what) {
  if (dataset.has_transforms())
    fail<ConfigError>("{}: {} must come before any other transform", dataset.name(), what);
  for (Index i = 0; i < dataset.size(); ++i) {
    const Vector<float> sample = dataset.stored_sample(i);
    const auto x = sample.array();
    if (!kernels::all_finite(sample.data(), sample.size()) || !((x >= 0.0f) && (x <= 1.0f)).all())
      fail<ConfigError>("{}: {} reads values as probabilities, but sample {} has one outside [0, 1]",
                        dataset.name(), what, i);
  }
}

EIGENERATE_INLINE Dataset binarize_dynamic(const Dataset& dataset, std::uint64_t seed) {
  require_probabilities(dataset, "binarization");
  return dataset.transformed(
      SampleTransform([seed](auto sample, const SampleKey& key) {
        const auto stream =
            RandomStream{seed, Purpose::binarization}.at(static_cast<std::uint64_t>(key.epoch));
        // Sample s owns the blocks [s · blocks, (s + 1) · blocks) of the epoch's stream.
        const std::size_t blocks = (sample.size() + 3) / 4;
        std::uint64_t block = static_cast<std::uint64_t>(key.sample) * blocks;
        for (std::size_t i = 0; i < sample.size(); i += 4, ++block) {
          const auto group = sample.subspan(i, std::min<std::size_t>(4, sample.size() - i));
          // Most pixels of a digit are 0 or 1 and stay so for every draw; the stream needs no drawing in
          // order.
          if (std::all_of(group.begin(), group.end(), [](auto p) { return p == 0 || p == 1; })) continue;
          const auto words = stream.words(block);
          for (std::size_t j = 0; j < group.size(); ++j)
            group[j] = to_unit_interval<float>(words[j]) < group[j] ? 1 : 0;
        }
      }),
      ValueRange{0, 1});
}

EIGENERATE_INLINE Dataset binarize_threshold(const Dataset& dataset, float threshold) {
  return dataset
      .transformed(SampleTransform([threshold](auto sample, const SampleKey&) {
                     for (auto& x : sample) x = x > threshold ? 1 : 0;
                   }),
                   ValueRange{0, 1})
      .materialized();
}

#endif

}  // namespace eigenerate::data
