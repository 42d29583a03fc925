#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/detail/image_layout.hpp"
#include "eigenerate/data/npy.hpp"
#include "eigenerate/data/pixel_range.hpp"

namespace eigenerate::data {

/// How the arrays of NumPy's files become a dataset.
struct NumpyOptions {
  /// What arrays of u1 are: gray levels of this range; otherwise the numbers 0 … 255 themselves.
  std::optional<PixelRange> range = {};
  Index classes = 0;            ///< 0: as many as the largest label says
  bool channels_first = false;  ///< in four dimensions: n×C×H×W, as PyTorch's, instead of n×H×W×C
};

/// Loads samples from a file of `numpy.save`, and their labels from another one, where there are any.
///
/// **Shapes** n becomes samples of one number, n×features of vectors, n×H×W of 1×H×W, n×H×W×C of C×H×W.
/// **Cost** four bytes for each value, of u1 one; while loading, those of the file too.
/// **Errors** `IoError`: those of `read_npy`, other dimensions, values that are not finite floats, labels
/// that are no whole numbers or outside of the classes, or not one for each sample; `ConfigError` for
/// `classes` without a file of labels.
/// **Numerics** doubles and integers are rounded to float.
inline Dataset load_numpy(const std::filesystem::path& samples_path,
                          const std::filesystem::path& labels_path = {}, const NumpyOptions& options = {});

namespace detail {

/// The labels of an array of whole numbers in one dimension, or n×1.
inline std::vector<int> npy_labels(const NpyArray& array, const std::string& path, Index classes) {
  const auto rank = array.extents.size();
  if (rank != 1 && !(rank == 2 && array.extents[1] == 1))
    fail<IoError>("{}: expected labels in one dimension, got {} dimensions", path, rank);
  return array.visit([&]<class T>(std::span<const T> values) {
    std::vector<int> labels;
    labels.reserve(values.size());
    const Index most = classes > 0 ? classes : std::numeric_limits<int>::max();
    for (const T value : values) {
      if constexpr (std::is_floating_point_v<T>)
        fail<IoError>("{}: expected whole numbers as labels, got floating-point ones", path);
      else if (std::cmp_less(value, 0) || std::cmp_greater_equal(value, most))
        fail<IoError>("{}: expected labels in [0, {}), got {} at place {}", path, most, value, labels.size());
      labels.push_back(static_cast<int>(value));
    }
    return labels;
  });
}

}  // namespace detail

inline Dataset load_numpy(const std::filesystem::path& samples_path, const std::filesystem::path& labels_path,
                          const NumpyOptions& options) {
  const std::string path = samples_path.string();
  if (options.classes < 0 || (options.classes > 0 && labels_path.empty()))
    fail<ConfigError>("load_numpy: {} classes need {}", options.classes,
                      options.classes < 0 ? "to be at least 0" : "a file of labels");
  std::vector<int> labels;
  Index classes = options.classes;
  if (!labels_path.empty()) {
    labels = detail::npy_labels(read_npy(labels_path), labels_path.string(), classes);
    if (classes == 0) classes = 1 + Index{*std::ranges::max_element(labels)};
  }

  const auto array = std::make_shared<const NpyArray>(read_npy(samples_path));
  std::vector<Index> extents = array->extents;
  if (extents.size() == 1) extents.push_back(1);
  if (extents.size() < 2 || extents.size() > 4)
    fail<IoError>("{}: expected 1 to 4 dimensions of samples, got {}", path, array->extents.size());
  const detail::ImageLayout layout(extents, options.channels_first, false);
  if (!labels_path.empty() && static_cast<Index>(labels.size()) != layout.count)
    fail<IoError>("{}: expected {} samples, as {} has labels, got {}", path, labels.size(),
                  labels_path.string(), layout.count);

  const Index features = layout.shape.size();
  return array->visit([&]<class T>(std::span<const T> values) {
    if constexpr (std::same_as<T, std::uint8_t>) {
      const ByteScale scale = options.range ? byte_scale(*options.range) : ByteScale{};
      return Dataset(path, layout.shape,
                     layout.in_order() ? SampleStorage({array, values.data()}, features, layout.count, scale)
                                       : SampleStorage(layout.in_order(values.data()), features, scale),
                     std::move(labels), classes, scale.range());
    } else {
      const std::vector<T> ordered = layout.in_order() ? std::vector<T>{} : layout.in_order(values.data());
      const T* in = ordered.empty() ? values.data() : ordered.data();
      Matrix<float> samples(features, layout.count);
      for (Index i = 0; i < samples.size(); ++i) {
        const auto value = static_cast<float>(in[i]);
        if (!is_finite(value))
          fail<IoError>("{}: expected numbers that a float can hold, got {} at place {}", path,
                        static_cast<double>(in[i]), i);
        samples.data()[i] = value;
      }
      return Dataset(path, layout.shape, std::move(samples), std::move(labels), classes);
    }
  });
}

}  // namespace eigenerate::data
