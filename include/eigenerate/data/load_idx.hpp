#pragma once

#include <filesystem>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/idx_options.hpp"

namespace eigenerate::data {

/// Loads images of any size and number of channels from an IDX file, and their labels from another one, where
/// there are any; each plain or gzip-compressed. The dataset's name is the path of the images.
///
/// **Shapes** n×H×W becomes samples of 1×H×W, n×H×W×C of C×H×W, n×features of vectors.
/// **Cost** one byte for each pixel, and while loading one more where pixels change places.
/// **Errors** `IoError`: a malformed file, pixels that are no unsigned bytes, images and labels that do not
/// match, labels that are no whole numbers or outside of the classes, another shape than the one that is
/// asked for; `ConfigError` for options that contradict each other.
Dataset load_idx(const std::filesystem::path& images_path, const std::filesystem::path& labels_path = {},
                 const IdxOptions& options = {});

}  // namespace eigenerate::data

#if EIGENERATE_DEFINES(GZIP)

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/data/compressed_idx.hpp"
#include "eigenerate/data/detail/idx_dataset.hpp"

namespace eigenerate::data {

EIGENERATE_INLINE Dataset load_idx(const std::filesystem::path& images_path,
                                   const std::filesystem::path& labels_path, const IdxOptions& options) {
  const std::string path = images_path.string();
  detail::require_classes("load_idx", options, labels_path);
  std::vector<int> labels;
  if (!labels_path.empty())
    labels = detail::idx_labels(read_compressed_idx(labels_path), labels_path, options);

  const auto array = std::make_shared<const IdxArray>(read_compressed_idx(images_path));
  const detail::ImageLayout images = detail::idx_layout(array->extents, array->type, options, path);
  detail::require_label_each(images, path, labels, labels_path);
  const std::uint8_t* const pixels = array->values<std::uint8_t>().data();
  if (images.in_order())
    return detail::idx_dataset(path, images, {array, pixels}, std::move(labels), options);

  const auto moved = std::make_shared<const std::vector<std::uint8_t>>(images.in_order(pixels));
  return detail::idx_dataset(path, images, {moved, moved->data()}, std::move(labels), options);
}

}  // namespace eigenerate::data

#endif
