#pragma once

#include <cstddef>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/detail/in_portions.hpp"
#include "eigenerate/data/sample_transform.hpp"

namespace eigenerate::data {

/// Brings every feature to mean 0 and standard deviation 1, as seen in one dataset: that for training, whose
/// figures then serve all others, and turns samples of a model back.
///
///     const Standardizer standardizer(table.samples);
///     trainer.fit(vae, standardizer.apply(table.samples));
///     const Matrix<float> rows = standardizer.invert(vae.sample(100));
///
/// **Cost** the constructor reads all samples twice, in portions; `apply` changes them while gathered.
/// **Errors** `ShapeError` for samples of another size.
/// **Numerics** figures in double, of the population (divided by n); a feature that is the same everywhere
/// keeps its scale, as in scikit-learn's `StandardScaler`.
class Standardizer {
 public:
  explicit Standardizer(const Dataset& dataset) {
    const auto features = dataset.sample_shape().size();
    const auto count = static_cast<double>(dataset.size());
    Vector<double> mean = Vector<double>::Zero(features), variance = mean;
    eigenerate::detail::in_portions<double>(
        dataset, portion, false,
        [&](const ConstView<double>& x, auto&&...) { mean += x.rowwise().sum() / count; });
    eigenerate::detail::in_portions<double>(
        dataset, portion, false, [&](const ConstView<double>& x, auto&&...) {
          variance += (x.colwise() - mean).rowwise().squaredNorm() / count;
        });
    mean_ = mean.cast<float>();
    // What rounding leaves of a constant's variance is none of its scale.
    const auto least = (1e-12 * mean.array()).abs() + 1e-300;
    scale_ = (variance.array().sqrt() > least).select(variance.array().sqrt(), 1.0).matrix().cast<float>();
  }

  const Vector<float>& mean() const { return mean_; }
  const Vector<float>& scale() const { return scale_; }

  /// (x − mean) / scale of a dataset's samples.
  Dataset apply(const Dataset& dataset) const {
    require(dataset.sample_shape().size());
    return dataset.transformed(SampleTransform([mean = mean_, scale = scale_](auto sample, const SampleKey&) {
      for (std::size_t i = 0; i < sample.size(); ++i) {
        const auto row = static_cast<Index>(i);
        sample[i] = (sample[i] - mean[row]) / scale[row];
      }
    }));
  }

  /// Samples in the units of the data: x · scale + mean.
  Matrix<float> invert(const ConstView<float>& x) const {
    require(x.rows());
    return (x.array().colwise() * scale_.array()).colwise() + mean_.array();
  }

 private:
  static constexpr Index portion = 256;

  void require(Index features) const {
    if (features != mean_.size())
      fail<ShapeError>("Standardizer: expected samples of {} features, got {}", mean_.size(), features);
  }

  Vector<float> mean_, scale_;
};

}  // namespace eigenerate::data
