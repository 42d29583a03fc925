#pragma once

#include <cmath>
#include <cstddef>
#include <span>

#include "eigenerate/losses/batch_mean.hpp"

namespace eigenerate {

/// Cross-entropy of class labels: `log Σ eˡ − l[label]`.
///
/// **Shapes** logits, dlogits: classes × B; one label in [0, classes) per sample.
/// **Backward** `dl = (softmax(l) − onehot(label)) / B`.
/// **Errors** `ShapeError` for a label outside its range or a wrong number of labels.
/// **Numerics** log-sum-exp form, so any finite logit is safe. PyTorch's `cross_entropy`.
template <Scalar S>
double softmax_cross_entropy(ConstView<S> logits, std::span<const int> labels,
                             View<S> dlogits = unwanted<S>()) {
  detail::require_loss_views("softmax_cross_entropy", logits, dlogits);
  if (static_cast<Index>(labels.size()) != logits.cols())
    fail<ShapeError>("softmax_cross_entropy: expected {} labels, got {}", logits.cols(), labels.size());
  for (const int label : labels)
    if (label < 0 || label >= logits.rows())
      fail<ShapeError>("softmax_cross_entropy: expected labels from 0 to {}, got {}", logits.rows() - 1,
                       label);

  const double samples = static_cast<double>(logits.cols());
  return kernels::sum_over_items(
             logits.cols(), logits.rows(),
             [&](Index j) {
               const auto l = logits.col(j).array();
               const int label = labels[static_cast<std::size_t>(j)];
               const S largest = l.maxCoeff();
               const S sum = (l - largest).exp().sum();
               if (wanted(dlogits)) {
                 dlogits.col(j).array() = detail::per_sample(logits) / sum * (l - largest).exp();
                 dlogits(label, j) -= detail::per_sample(logits);
               }
               return std::log(static_cast<double>(sum)) + static_cast<double>(largest - l(label));
             }) /
         samples;
}

}  // namespace eigenerate
