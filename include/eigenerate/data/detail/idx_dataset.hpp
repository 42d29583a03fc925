#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/detail/image_layout.hpp"
#include "eigenerate/data/idx.hpp"
#include "eigenerate/data/idx_options.hpp"
#include "eigenerate/io/file_error.hpp"

// From the arrays of IDX files to a dataset, whether they are read or mapped.

namespace eigenerate::data::detail {

/// `ConfigError` from `loader` for classes that contradict the files.
inline void require_classes(std::string_view loader, const IdxOptions& options,
                            const std::filesystem::path& labels_path) {
  if (options.classes < 0 || (options.classes > 0 && labels_path.empty()))
    fail<ConfigError>("{}: {} classes need {}", loader, options.classes,
                      options.classes < 0 ? "to be at least 0" : "a file of labels");
}

/// The labels of an array of whole numbers in one dimension, counted from 0.
inline std::vector<int> idx_labels(const IdxArray& array, const std::filesystem::path& path,
                                   const IdxOptions& options) {
  if (array.extents.size() != 1)
    fail_malformed(path.string(), 3, "1 dimension of labels", format_message("{}", array.extents.size()));
  const auto counted = [&]<class T>(std::span<const T> values) {
    std::vector<int> labels;
    labels.reserve(values.size());
    const Index most = options.classes > 0 ? options.classes : std::numeric_limits<int>::max();
    for (const T value : values) {
      const auto label = static_cast<std::int64_t>(value) - options.first_label;
      if (label < 0 || label >= most)
        fail_malformed(path.string(), 8 + labels.size() * sizeof(T),
                       options.classes > 0 ? format_message("labels in [{}, {})", options.first_label,
                                                            options.first_label + options.classes)
                                           : format_message("labels from {}", options.first_label),
                       format_message("{}", static_cast<std::int64_t>(value)));
      labels.push_back(static_cast<int>(label));
    }
    return labels;
  };
  switch (array.type) {
    case IdxType::u8:
      return counted(array.values<std::uint8_t>());
    case IdxType::i8:
      return counted(array.values<std::int8_t>());
    case IdxType::i16:
      return counted(array.values<std::int16_t>());
    case IdxType::i32:
      return counted(array.values<std::int32_t>());
    default:
      fail_malformed(path.string(), 2, "whole numbers as labels", "floating-point ones");
  }
}

/// How the images stand in an array.
///
/// **Errors** `IoError` where these are no images of bytes, or of another shape than is asked for.
inline ImageLayout idx_layout(const std::vector<Index>& extents, IdxType type, const IdxOptions& options,
                              const std::string& path) {
  if (type != IdxType::u8) fail_malformed(path, 2, "type code 0x08 (unsigned bytes)", "another type");
  if (extents.size() < 2 || extents.size() > 4)
    fail_malformed(path, 3, "2 (vectors), 3 (gray images) or 4 (color images) dimensions",
                   format_message("{}", extents.size()));
  const ImageLayout layout(extents, options.channels_first, options.transposed);
  if (options.shape && layout.shape != *options.shape)
    fail_malformed(path, 8, format_message("images of {}", to_string(*options.shape)),
                   to_string(layout.shape));
  return layout;
}

/// `IoError` unless each image has a label.
inline void require_label_each(const ImageLayout& images, const std::string& path,
                               const std::vector<int>& labels, const std::filesystem::path& labels_path) {
  if (labels_path.empty() || static_cast<Index>(labels.size()) == images.count) return;
  fail_malformed(path, 4, format_message("{} images, as {} has labels", labels.size(), labels_path.string()),
                 format_message("{}", images.count));
}

/// The dataset of pixels that are in order.
inline Dataset idx_dataset(const std::string& path, const ImageLayout& images,
                           std::shared_ptr<const std::uint8_t> pixels, std::vector<int> labels,
                           const IdxOptions& options) {
  Index classes = options.classes;
  if (classes == 0 && !labels.empty()) classes = 1 + Index{*std::max_element(labels.begin(), labels.end())};
  return Dataset(
      path, images.shape,
      SampleStorage(std::move(pixels), images.shape.size(), images.count, byte_scale(options.range)),
      std::move(labels), classes, value_range(options.range));
}

}  // namespace eigenerate::data::detail
