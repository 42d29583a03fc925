#pragma once

#include <filesystem>
#include <optional>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/pixel_range.hpp"

namespace eigenerate::data {

/// How the arrays of IDX files become a dataset.
struct IdxOptions {
  PixelRange range = PixelRange::unit;  ///< of the gray levels 0 … 255
  Index classes = 0;                    ///< 0: as many as the largest label says
  int first_label = 0;                  ///< the file's label of class 0: EMNIST's letters count from 1
  bool transposed = false;              ///< whether images stand column by column, as EMNIST's do
  bool channels_first = false;          ///< in four dimensions: n×C×H×W instead of n×H×W×C
  std::optional<Shape> shape = {};      ///< the only one to accept, where one is given
};

/// Loads images of any size and number of channels from an IDX file, and their labels from another one, where
/// there are any; each plain or gzip-compressed. The dataset's name is the path of the images.
///
/// **Shapes** n×H×W becomes samples of 1×H×W, n×H×W×C of C×H×W, n×features of vectors.
/// **Cost** four bytes for each pixel, and one more while loading.
/// **Errors** `IoError`: a malformed file, pixels that are no unsigned bytes, images and labels that do not
/// match, labels that are no whole numbers or outside of the classes, another shape than the one that is
/// asked for; `ConfigError` for options that contradict each other.
Dataset load_idx(const std::filesystem::path& images_path, const std::filesystem::path& labels_path = {},
                 const IdxOptions& options = {});

}  // namespace eigenerate::data

#if EIGENERATE_DEFINES(GZIP)

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>
#include "eigenerate/data/compressed_idx.hpp"
#include "eigenerate/io/file_error.hpp"

namespace eigenerate::data {

namespace detail {

/// The labels of an IDX file of whole numbers in one dimension, counted from 0.
EIGENERATE_INLINE std::vector<int> read_idx_labels(const std::filesystem::path& path,
                                                   const IdxOptions& options) {
  const IdxArray array = read_compressed_idx(path);
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

/// The extents of an array's images, and how far apart neighbors stand in it.
struct IdxImages {
  Shape shape;
  Index channel = 1, row = 1, column = 1;  ///< strides in the file

  IdxImages(const std::vector<Index>& extents, const IdxOptions& options, const std::string& path) {
    const auto rank = extents.size();
    if (rank < 2 || rank > 4)
      fail_malformed(path, 3, "2 (vectors), 3 (gray images) or 4 (color images) dimensions",
                     format_message("{}", rank));
    if (rank == 2) {
      shape = {extents[1]};
      return;
    }
    const bool planes = rank == 4 && options.channels_first;
    const Index channels = rank == 3 ? 1 : extents[planes ? 1 : 3];
    const Index slow = extents[planes ? 2 : 1], fast = extents[planes ? 3 : 2];
    channel = planes ? slow * fast : 1;
    const Index next = planes ? 1 : channels;
    shape = options.transposed ? Shape{channels, fast, slow} : Shape{channels, slow, fast};
    row = options.transposed ? next : next * fast;
    column = options.transposed ? next * fast : next;
  }
};

}  // namespace detail

EIGENERATE_INLINE Dataset load_idx(const std::filesystem::path& images_path,
                                   const std::filesystem::path& labels_path, const IdxOptions& options) {
  const std::string path = images_path.string();
  if (options.classes < 0 || (options.classes > 0 && labels_path.empty()))
    fail<ConfigError>("load_idx: {} classes need {}", options.classes,
                      options.classes < 0 ? "to be at least 0" : "a file of labels");
  std::vector<int> labels;
  if (!labels_path.empty()) labels = detail::read_idx_labels(labels_path, options);

  const IdxArray images = read_compressed_idx(images_path);
  if (images.type != IdxType::u8) fail_malformed(path, 2, "type code 0x08 (unsigned bytes)", "another type");
  const auto pixels = images.values<std::uint8_t>();
  const detail::IdxImages layout(images.extents, options, path);
  const Shape& shape = layout.shape;
  if (options.shape && shape != *options.shape)
    fail_malformed(path, 8, format_message("images of {}", to_string(*options.shape)), to_string(shape));
  const Index count = images.extents[0];
  if (!labels_path.empty() && static_cast<Index>(labels.size()) != count)
    fail_malformed(path, 4,
                   format_message("{} images, as {} has labels", labels.size(), labels_path.string()),
                   format_message("{}", count));

  const auto levels = gray_levels(options.range);
  Matrix<float> samples(shape.size(), count);
  float* out = samples.data();
  for (Index i = 0; i < count; ++i) {
    const std::uint8_t* const image = pixels.data() + i * shape.size();
    for (Index r = 0; r < shape.height; ++r)
      for (Index c = 0; c < shape.width; ++c)
        for (Index k = 0; k < shape.channels; ++k)
          *out++ = levels[image[r * layout.row + c * layout.column + k * layout.channel]];
  }
  Index classes = options.classes;
  if (classes == 0 && !labels.empty()) classes = 1 + Index{*std::max_element(labels.begin(), labels.end())};
  return Dataset(path, shape, std::move(samples), std::move(labels), classes, value_range(options.range));
}

}  // namespace eigenerate::data

#endif
