#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/training/callbacks/sample_measure.hpp"
#include "eigenerate/training/detail/held_hooks.hpp"
#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// What samples are judged by: samples × n → features × n. Of digits, `digit_features().extractor(range)`.
using FeatureExtractor = std::function<Matrix<float>(ConstView<float>)>;

/// How many samples are judged and when.
struct SampleQualityOptions {
  Index samples = 2000;    ///< of each side
  Index every = 1;         ///< epochs between measurements; a fit's last epoch is always measured
  std::uint64_t seed = 0;  ///< of the latent vectors, the same each time, and of the choice of real samples
};

/// Measures generated samples while a model trains, as figures of the epochs: curves in the records, and what
/// `EarlyStopping` and the best checkpoint follow, by name or, for a model whose loss says nothing, by being
/// the first.
///
///     Trainer{{.epochs = 20}, SampleQuality{digits.test, digit_features().extractor({-1, 1})},
///             EarlyStopping{{.metric = "frechet_distance", .patience = 5}}}
///
/// Measures are biased by the number of samples, so `floor()` holds what they say of real samples against
/// other real ones, where the data set has twice as many as are judged.
///
/// Works with any model that has `sample` (see `LatentSampler`); a conditional one makes as many samples of
/// each label.
/// **Errors** `ConfigError` for options out of range, no measures, and two of one name; before the first step
/// `ShapeError` for a data set with fewer samples than are judged and for a model whose samples are of
/// another size. `DivergenceError` later for samples that are not finite.
class SampleQuality {
 public:
  SampleQuality(const Dataset& real, FeatureExtractor features, SampleQualityOptions options = {},
                std::vector<SampleMeasure> measures = {SampleMeasure::frechet()});

  /// What each measure says of real samples, in the measures' order; empty where there are too few.
  const std::vector<double>& floor() const { return floor_; }

  std::vector<MetricName> measured_figures() const;

  template <class M>
  void on_fit_begin(const FitPlan& plan, M& model, StopRequest&) {
    last_epoch_ = plan.epochs;
    begin(model.sample_shape());
  }
  template <class M>
  void on_evaluate(const EpochRecord& record, M& model, StepMetrics& figures) {
    if (record.epoch % options_.every != 0 && record.epoch != last_epoch_) return;
    measure(samples_of(model), figures);
  }

 private:
  template <class M>
  Matrix<float> samples_of(const M& model) const {
    const RandomStream random{options_.seed, Purpose::sampling};
    if (model.classes() == 0) return model.sample(options_.samples, random).template cast<float>();
    std::vector<int> labels(static_cast<std::size_t>(options_.samples));
    for (std::size_t i = 0; i < labels.size(); ++i)
      labels[i] = static_cast<int>(static_cast<Index>(i) % model.classes());
    return model.sample(labels, random).template cast<float>();
  }
  void begin(const Shape& made);
  void measure(const Matrix<float>& samples, StepMetrics& figures) const;
  Matrix<float> real_features(Index first) const;

  Dataset real_;
  FeatureExtractor features_;
  SampleQualityOptions options_;
  std::vector<SampleMeasure> measures_;
  Matrix<float> real_features_;
  std::vector<double> floor_;
  Index last_epoch_ = 0;
};

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE SampleQuality::SampleQuality(const Dataset& real, FeatureExtractor features,
                                               SampleQualityOptions options,
                                               std::vector<SampleMeasure> measures)
    : real_(real), features_(std::move(features)), options_(options), measures_(std::move(measures)) {
  if (options_.samples < 1 || options_.every < 1)
    fail<ConfigError>("SampleQuality: samples and every must be at least 1, got {} and {}", options_.samples,
                      options_.every);
  if (measures_.empty() || !features_)
    fail<ConfigError>("SampleQuality: needs a function that makes features, and at least one measure");
  for (std::size_t i = 0; i < measures_.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (measures_[i].name.view() == measures_[j].name.view())
        fail<ConfigError>("SampleQuality: two measures are named '{}'", measures_[i].name.view());
}

EIGENERATE_INLINE std::vector<MetricName> SampleQuality::measured_figures() const {
  std::vector<MetricName> names;
  for (const SampleMeasure& m : measures_) names.push_back(m.name);
  return names;
}

EIGENERATE_INLINE Matrix<float> SampleQuality::real_features(Index first) const {
  std::vector<Index> order(static_cast<std::size_t>(real_.size()));
  random_permutation(order, RandomStream{options_.seed, Purpose::evaluation});
  Matrix<float> samples(real_.sample_shape().size(), options_.samples);
  real_.gather<float>(
      std::span(order).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(options_.samples)),
      as_view(samples));
  return features_(samples);
}

EIGENERATE_INLINE void SampleQuality::begin(const Shape& made) {
  if (made.size() != real_.sample_shape().size())
    fail<ShapeError>("SampleQuality: the model makes samples of {} values (shape {}), {} has {} (shape {})",
                     made.size(), to_string(made), real_.name(), real_.sample_shape().size(),
                     to_string(real_.sample_shape()));
  if (real_.size() < options_.samples)
    fail<ShapeError>("SampleQuality: {} samples are to be judged, {} has {}", options_.samples, real_.name(),
                     real_.size());
  if (real_features_.size() > 0) return;  // of an earlier fit
  real_features_ = real_features(0);
  if (real_.size() < 2 * options_.samples) return;
  const Matrix<float> others = real_features(options_.samples);
  for (const SampleMeasure& m : measures_) floor_.push_back(m.of(real_features_, others));
}

EIGENERATE_INLINE void SampleQuality::measure(const Matrix<float>& samples, StepMetrics& figures) const {
  const Matrix<float> features = features_(samples);
  if (!kernels::all_finite(features.data(), features.size()))
    fail<DivergenceError>("SampleQuality: the features of the model's samples are not finite");
  for (const SampleMeasure& m : measures_) figures.set(m.name, m.of(real_features_, features));
}

#endif

}  // namespace eigenerate

#if defined(EIGENERATE_COMPILED)
#if EIGENERATE_DEFINES(TRAINING)
EIGENERATE_HELD_HOOKS_OF_SAMPLERS(, SampleQuality)
#else
EIGENERATE_HELD_HOOKS_OF_SAMPLERS(extern, SampleQuality)
#endif
#endif
