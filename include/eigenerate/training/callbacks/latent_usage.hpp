#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/models/measure_latent_usage.hpp"
#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// What a `LatentUsage` measures, and when.
struct LatentUsageOptions {
  Index samples = 1000;  ///< the first ones of the data set; the mutual information is at most their log
  Index every = 1;       ///< epochs between measurements; a fit's last epoch is always measured
  bool mutual_information = true;  ///< whether the posterior has a density to measure it by
  /// The KL of so many latent dimensions become figures, `kl_of_dimension_0` and so on; `last()` has them
  /// all.
  Index dimensions = 0;
  std::uint64_t seed = 0;  ///< of the latent vectors, the same each time
};

/// Follows how a model uses its latent dimensions while it trains, on held-out samples: `active_units`,
/// `mutual_information`, and the KL of each dimension, as figures of the epochs, which `JsonLines` writes.
///
///     Trainer{{.epochs = 20}, LatentUsage{digits.test}, JsonLines{"run.jsonl"}}
///
/// Works with any model that has a `LatentSpace`; a conditional one is shown the samples' labels. (A
/// `LadderVae` has figures of its own, the KL of each level.)
/// **Errors** `ConfigError` for options out of range; before the first step for a model whose posterior has
/// no density, where the mutual information is wanted, or no closed-form KL or too few dimensions, where
/// these are. `ShapeError` for samples of another size than the model's.
class LatentUsage {
 public:
  explicit LatentUsage(const Dataset& held_out, LatentUsageOptions options = {});

  /// The last measurement; empty before the first.
  const LatentUsageFigures& last() const { return last_; }

  std::vector<MetricName> measured_figures() const;

  template <class M>
  void on_fit_begin(const FitPlan& plan, M& model, StopRequest&) {
    static_assert(
        requires { model.parts().posterior(); },
        "LatentUsage follows models with one latent vector, a LatentSpace: Vae, VaeGan, "
        "AdversarialAutoencoder, Bigan");
    last_epoch_ = plan.epochs;
    const auto& q = model.parts().posterior();
    if (options_.mutual_information && !q.has_density())
      fail<ConfigError>(
          "LatentUsage: the mutual information needs a posterior with a density at any z, which {} is not; leave "
          "it out by .mutual_information = false",
          q.kind());
    if (options_.dimensions > model.latent_size())
      fail<ConfigError>("LatentUsage: {} dimensions are to be followed, the model has {}",
                        options_.dimensions, model.latent_size());
    if (options_.dimensions > 0 && !(q.has_log_q() && model.parts().prior().has_kl(q)))
      fail<ConfigError>("LatentUsage: there is no closed form of the KL from a {} to a {}", q.kind(),
                        model.parts().prior().kind());
    if (model.sample_shape().size() != samples_.rows())
      fail<ShapeError>("LatentUsage: the model takes samples of {} values, {} has {}",
                       model.sample_shape().size(), name_, samples_.rows());
  }
  template <class M>
  void on_evaluate(const EpochRecord& record, M& model, StepMetrics& figures) {
    if (record.epoch % options_.every != 0 && record.epoch != last_epoch_) return;
    using S = typename M::scalar_type;
    const Matrix<S> x = samples_.template cast<S>();
    last_ = measure_latent_usage<S>(
        model, as_const(x), model.classes() > 0 ? std::span<const int>(labels_) : std::span<const int>{},
        options_.seed, options_.mutual_information);
    report(figures);
  }

 private:
  void report(StepMetrics& figures) const;

  LatentUsageOptions options_;
  std::string name_;
  Matrix<float> samples_;
  std::vector<int> labels_;
  Index last_epoch_ = 0;
  LatentUsageFigures last_;
};

#if EIGENERATE_DEFINES(TRAINING)

EIGENERATE_INLINE LatentUsage::LatentUsage(const Dataset& held_out, LatentUsageOptions options)
    : options_(options), name_(held_out.name()) {
  if (options_.samples < 2 || options_.every < 1 || options_.dimensions < 0)
    fail<ConfigError>(
        "LatentUsage: expected at least 2 samples, every >= 1 and dimensions >= 0, got {}, {} and {}",
        options_.samples, options_.every, options_.dimensions);
  const Index n = std::min(options_.samples, held_out.size());
  std::vector<Index> order(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
  samples_.resize(held_out.sample_shape().size(), n);
  held_out.gather<float>(order, as_view(samples_));
  labels_ = held_out.take(n).labels();
}

EIGENERATE_INLINE std::vector<MetricName> LatentUsage::measured_figures() const {
  std::vector<MetricName> names{"active_units"};
  if (options_.mutual_information) names.push_back("mutual_information");
  for (Index d = 0; d < options_.dimensions; ++d) names.push_back(format_message("kl_of_dimension_{}", d));
  return names;
}

EIGENERATE_INLINE void LatentUsage::report(StepMetrics& figures) const {
  figures.set("active_units", static_cast<double>(last_.active_units));
  if (options_.mutual_information) figures.set("mutual_information", last_.mutual_information->value);
  for (Index d = 0; d < options_.dimensions; ++d)
    figures.set(format_message("kl_of_dimension_{}", d), last_.kl_by_dimension[static_cast<std::size_t>(d)]);
}

#endif

}  // namespace eigenerate
