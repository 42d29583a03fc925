#pragma once

#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/io/output_path.hpp"
#include "eigenerate/io/png.hpp"
#include "eigenerate/training/detail/held_hooks.hpp"
#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// Which samples a grid shows and how.
struct SampleGridOptions {
  Index rows = 10;
  Index columns = 10;
  /// The values shown black and white; none: those of the training data.
  std::optional<ValueRange> range = {};
  Index every = 1;  ///< epochs between pictures; one is always written at the end of a fit
  std::uint64_t seed = 0;
};

/// Writes a PNG grid of samples while training, always from the same latent vectors, so that one sees them
/// develop. A conditional model shows one class per column.
///
/// Works with any model that has `sample` (see `LatentSampler`) and images of one or three channels; a model
/// of plain vectors is shown in the shape of the data it trains on.
/// **Errors** before the first step: `ConfigError` for data that are no pictures, `ShapeError` for a model
/// whose samples are not of the data's size, `IoError` where the file cannot be written (folders that are
/// missing are made). `IoError` later where it cannot be written any more.
class SampleGrid {
 public:
  explicit SampleGrid(std::filesystem::path path, SampleGridOptions options = {});

  template <class M>
  void on_fit_begin(const FitPlan& plan, M& model, StopRequest&) {
    shape_ = plan.sample_shape;
    range_ = options_.range.value_or(plan.value_range);
    if (!(range_.low < range_.high)) range_.high = range_.low + 1;  // data of one value
    if (shape_.channels != 1 && shape_.channels != 3)
      fail<ConfigError>("SampleGrid: expected images of 1 or 3 channels, got samples of shape {}",
                        to_string(shape_));
    if (const Shape made = model.sample_shape(); made.size() != shape_.size())
      fail<ShapeError>(
          "SampleGrid: the model makes samples of {} values (shape {}), the data have {} (shape {})",
          made.size(), to_string(made), shape_.size(), to_string(shape_));
    prepare_output_file(path_);
  }
  template <class M>
  void on_epoch_end(const EpochRecord& record, M& model, StopRequest&) {
    if (record.epoch % options_.every == 0) write(model);
  }
  template <class M>
  void on_fit_end(const FitResult&, M& model, StopRequest&) {
    write(model);
  }

 private:
  template <class M>
  void write(const M& model) const {
    using S = typename M::scalar_type;
    const RandomStream random{options_.seed, Purpose::sampling};
    const Index n = capped_product(options_.rows, options_.columns);
    const auto draw = [&]() -> Matrix<S> {
      if (model.classes() == 0) return model.sample(n, random);
      std::vector<int> labels(static_cast<std::size_t>(n));
      for (Index i = 0; i < n; ++i)
        labels[static_cast<std::size_t>(i)] = static_cast<int>(i % options_.columns % model.classes());
      return model.sample(labels, random);
    };
    const Matrix<S> samples = draw();
    write_image_grid(path_, as_const(samples), shape_, {.columns = options_.columns, .range = range_});
  }

  std::filesystem::path path_;
  SampleGridOptions options_;
  Shape shape_;
  ValueRange range_;
};

#if EIGENERATE_DEFINES(PNG)

EIGENERATE_INLINE SampleGrid::SampleGrid(std::filesystem::path path, SampleGridOptions options)
    : path_(std::move(path)), options_(options) {
  if (options_.rows < 1 || options_.columns < 1 || options_.every < 1)
    fail<ConfigError>("SampleGrid: rows, columns and every must be at least 1, got {}, {} and {}",
                      options_.rows, options_.columns, options_.every);
  if (options_.range && !(is_finite(options_.range->low) && is_finite(options_.range->high) &&
                          options_.range->low < options_.range->high))
    fail<ConfigError>("SampleGrid: expected a range with low < high, got {} and {}", options_.range->low,
                      options_.range->high);
}

#endif

}  // namespace eigenerate

#if defined(EIGENERATE_COMPILED)
#if EIGENERATE_DEFINES(PNG)
EIGENERATE_HELD_HOOKS_OF_SAMPLERS(, SampleGrid)
#else
EIGENERATE_HELD_HOOKS_OF_SAMPLERS(extern, SampleGrid)
#endif
#endif
