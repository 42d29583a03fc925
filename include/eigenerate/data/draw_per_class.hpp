#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/shuffle.hpp"

namespace eigenerate::data {

/// The positions of `per_class` labelled samples of each class, drawn without replacement, in rising order:
/// for `Dataset::subset`, few examples to learn from, and for `Dataset::labelled_at`, few labels to know.
///
/// **Errors** `StateError` without labels; `ConfigError` where a class has fewer samples than that.
inline std::vector<Index> draw_per_class(const Dataset& dataset, Index per_class, std::uint64_t seed) {
  if (!dataset.has_labels()) fail<StateError>("{}: this dataset has no labels to draw by", dataset.name());
  if (per_class < 1)
    fail<ConfigError>("{}: expected to draw at least one sample of each class, got {}", dataset.name(),
                      per_class);
  const std::vector<int> labels = dataset.labels();
  std::vector<Index> order(labels.size()), found(static_cast<std::size_t>(dataset.classes())), drawn;
  random_permutation(order, RandomStream{seed, Purpose::split});
  for (const Index position : order) {
    const int label = labels[static_cast<std::size_t>(position)];
    if (label == Dataset::unlabelled || found[static_cast<std::size_t>(label)] == per_class) continue;
    ++found[static_cast<std::size_t>(label)];
    drawn.push_back(position);
  }
  for (std::size_t label = 0; label < found.size(); ++label)
    if (found[label] < per_class)
      fail<ConfigError>("{}: cannot draw {} samples of class {}, which has {}", dataset.name(), per_class,
                        label, found[label]);
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

}  // namespace eigenerate::data
