#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/network/arena.hpp"

namespace eigenerate {

/// An empty history: generated samples of earlier steps, which a discriminator is shown among new ones, so
/// that it does not forget what it could once tell: a player that only sees the present state of the other
/// one lets it walk in circles.
///
/// Until it is full, new samples are kept and shown. Then each new one is shown with probability ½; otherwise
/// it takes the place of one that is kept, any of them, which is shown instead.
///
/// **Shapes** an arena of `path.history.samples`, capacity × features, and `path.history.filled`, how many of
/// them there are.
/// **Source** Shrivastava et al. 2017, "Learning from simulated and unsupervised images through adversarial
/// training", section 2.3; one by one, as in Zhu et al. 2017, whose capacity is 50.
template <Scalar S>
Arena<S> make_sample_history(const std::string& path, Index features, Index capacity) {
  auto table = std::make_shared<Table>();
  const auto add = [&](const char* name, Role role, std::vector<Index> shape, Index size) {
    Segment segment;
    segment.name = path + ".history." + name;
    segment.role = role;
    segment.shape = std::move(shape);
    for (std::size_t i = 0; i < segment.shape.size(); ++i)
      segment.memory_order.push_back(static_cast<Index>(i));
    segment.offset = table->size;
    segment.size = size;
    table->segments.push_back(std::move(segment));
    table->size += size;
  };
  add("samples", Role::statistic, {capacity, features}, capacity * features);
  add("filled", Role::count, {}, 1);
  return Arena<S>(std::move(table));
}

/// Writes what is shown for the new samples into `shown`. Sample j has draw j of the stream.
template <Scalar S>
void exchange_samples(Arena<S>& kept, ConstView<S> fresh, View<S> shown, const RandomStream& random) {
  const Index features = fresh.rows(), capacity = kept.segments()[0].size / features;
  S* const samples = kept.data() + kept.segments()[0].offset;
  S& filled = kept.data()[kept.segments()[1].offset];
  for (Index j = 0; j < fresh.cols(); ++j) {
    const S* const x = fresh.data() + j * features;
    S* const out = shown.data() + j * features;
    if (static_cast<Index>(filled) < capacity) {
      std::copy_n(x, features, samples + static_cast<Index>(filled) * features);
      filled += 1;
      std::copy_n(x, features, out);
      continue;
    }
    const auto chosen = static_cast<Index>(
        uniform_below(2 * static_cast<std::uint64_t>(capacity), random, static_cast<std::uint64_t>(j)));
    if (chosen >= capacity) {
      std::copy_n(x, features, out);
      continue;
    }
    S* const old = samples + chosen * features;
    std::copy_n(old, features, out);
    std::copy_n(x, features, old);
  }
}

}  // namespace eigenerate
