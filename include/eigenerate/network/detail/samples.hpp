#pragma once
// What networks and predictors do with the samples that they are given: checks, and portions of them.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate::detail {

/// Throws the `ShapeError` of `require_samples` and `require_condition`.
[[noreturn]] void fail_samples(const std::string& name, const Shape& shape, Index batch,
                               std::string_view what, Index rows, Index cols);
/// `ConfigError` where there should be no condition at all.
[[noreturn]] void fail_condition(const std::string& name, const std::optional<Shape>& shape, Index batch,
                                 Index rows, Index cols);

/// Throws unless `v` has `batch` samples of that shape in its columns. Inline: this stands before every pass.
template <class M>
void require_samples(const std::string& name, const M& v, const Shape& shape, Index batch,
                     std::string_view what) {
  if (v.rows() != shape.size() || v.cols() != batch)
    fail_samples(name, shape, batch, what, v.rows(), v.cols());
}

/// Throws unless the condition fits a batch, as `PassInput` says.
template <Scalar S>
void require_condition(const std::string& name, const std::optional<Shape>& shape,
                       const ConstView<S>& condition, Index batch) {
  const bool fits =
      shape ? condition.rows() == shape->size() && condition.cols() >= 1 && batch % condition.cols() == 0
            : condition.size() == 0;
  if (!fits) fail_condition(name, shape, batch, condition.rows(), condition.cols());
}

/// Samples in a portion: as many as keep an intermediate result of that many scalars each within 2 MB of
/// floats, which second-level caches nearly hold. 256 images at once take the generator of a DCGAN (12544
/// scalars) 21.4 ms, in such portions 19.7, the decoder of a convolutional VAE 6.8 and 6.0 (Zen 5);
/// multilayer perceptrons read their weights once for each portion, and want large ones.
constexpr Index portion_of(Index largest) {
  return std::clamp<Index>((Index{1} << 19) / std::max<Index>(largest, 1), 32, 256);
}

/// Checked samples and their condition in even portions of up to about `most`: as many samples as share a
/// column of the condition stay together, and no sample is left over alone, which products would compute
/// otherwise.
template <Scalar S>
class Portions {
 public:
  Portions(const ConstView<S>& x, const ConstView<S>& condition, Index most)
      : x_(x), condition_(condition), shared_(condition.cols() > 0 ? x.cols() / condition.cols() : 1) {
    const Index all = x.cols() / shared_, at_once = std::max<Index>(most / shared_, 1);
    count_ = (all + at_once - 1) / at_once;
    shortest_ = all / count_;
    longer_ = all % count_;
  }

  /// Samples of the largest portion.
  Index largest() const { return (shortest_ + (longer_ > 0 ? 1 : 0)) * shared_; }

  /// Calls `f(first, x, condition)` for all, of which `first` is the number of the first sample.
  template <class F>
  void for_each(const F& f) const {
    for (Index portion = 0, begin = 0, n = 0; portion < count_; ++portion, begin += n) {
      n = (shortest_ + (portion < longer_ ? 1 : 0)) * shared_;
      f(begin, columns(x_, begin, n),
        condition_.cols() > 0 ? columns(condition_, begin / shared_, n / shared_) : ConstView<S>());
    }
  }

 private:
  static ConstView<S> columns(const ConstView<S>& all, Index first, Index n) {
    return {all.data() + first * all.rows(), all.rows(), n};
  }

  ConstView<S> x_, condition_;
  Index shared_;                     ///< samples for one column of the condition
  Index count_, shortest_, longer_;  ///< portions; columns in most of them; how many have one more
};

#if EIGENERATE_DEFINES(NETWORK)

EIGENERATE_INLINE void fail_samples(const std::string& name, const Shape& shape, Index batch,
                                    std::string_view what, Index rows, Index cols) {
  fail<ShapeError>("{}: expected {} of {} × {} (one sample of shape {} per column), got {} × {}", name, what,
                   shape.size(), batch, to_string(shape), rows, cols);
}

EIGENERATE_INLINE void fail_condition(const std::string& name, const std::optional<Shape>& shape, Index batch,
                                      Index rows, Index cols) {
  if (!shape)
    fail<ConfigError>("{}: got a condition of {} × {}, but the network was built without one", name, rows,
                      cols);
  fail<ShapeError>("{}: expected a condition of {} × {} or a divisor of {} (shape {}), got {} × {}", name,
                   shape->size(), batch, batch, to_string(*shape), rows, cols);
}

#endif

}  // namespace eigenerate::detail
