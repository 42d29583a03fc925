#pragma once

#include <concepts>
#include <functional>
#include <span>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// Which draw of which sample: what the noise of a transform may depend on, and nothing else.
struct SampleKey {
  /// Position in the storage, the same in every subset and every order; of a condition, that of the sample
  /// which it belongs to.
  Index sample = 0;
  Index epoch = 0;
};

namespace detail {
template <class F>
concept ChangesSamples = requires(const F& change, std::span<float> x, std::span<double> precise,
                                  const SampleKey& key) {
  change(x, key);
  change(precise, key);
};
}  // namespace detail

/// A change made to each sample while it is gathered into a batch; what is stored stays as it is.
///
/// Made from any callable `(auto sample, const SampleKey&)` that takes the sample as `std::span<float>` and
/// as `std::span<double>` and changes it in place. Equal samples and keys must give equal results, whatever
/// the batch size or thread.
class SampleTransform {
 public:
  template <detail::ChangesSamples F>
  explicit SampleTransform(const F& change) : on_float_(change), on_double_(change) {}

  void operator()(std::span<float> sample, const SampleKey& key) const { on_float_(sample, key); }
  void operator()(std::span<double> sample, const SampleKey& key) const { on_double_(sample, key); }

 private:
  std::function<void(std::span<float>, const SampleKey&)> on_float_;
  std::function<void(std::span<double>, const SampleKey&)> on_double_;
};

}  // namespace eigenerate
