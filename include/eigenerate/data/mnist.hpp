#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/data/compressed_idx.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/pixel_range.hpp"
#include "eigenerate/io/file_error.hpp"

namespace eigenerate::data {

/// The two parts of MNIST or of a data set in its format.
struct Mnist {
  Dataset train;
  Dataset test;
};

/// The names of MNIST's classes.
inline constexpr std::array<std::string_view, 10> mnist_class_names{"0", "1", "2", "3", "4",
                                                                    "5", "6", "7", "8", "9"};
/// The names of Fashion-MNIST's classes.
inline constexpr std::array<std::string_view, 10> fashion_mnist_class_names{
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};

namespace detail {

/// The first of the usual names of one MNIST file that exists in `directory`, plain before compressed.
inline std::filesystem::path find_mnist_file(const std::filesystem::path& directory, std::string_view stem,
                                             std::string_view format) {
  std::string tried;
  for (const std::string_view suffix : {"", ".gz"})
    for (const char separator : {'-', '.'}) {
      const std::string name = fmt::format("{}{}{}-ubyte{}", stem, separator, format, suffix);
      if (std::filesystem::exists(directory / name)) return directory / name;
      tried += (tried.empty() ? "" : ", ") + name;
    }
  fail<IoError>("{}: found none of {}", directory.string(), tried);
}

/// The bytes of an IDX file that must hold unsigned bytes in `dimensions` dimensions.
inline const std::vector<std::uint8_t>& require_bytes(const IdxArray& array, std::size_t dimensions,
                                                      const std::string& path) {
  const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&array.values);
  if (bytes == nullptr) fail_malformed(path, 2, "type code 0x08 (unsigned bytes)", "another type");
  if (array.extents.size() != dimensions)
    fail_malformed(path, 3, fmt::format("{} dimensions", dimensions),
                   fmt::format("{}", array.extents.size()));
  return *bytes;
}

/// One part of MNIST: images and labels that belong together.
inline Dataset load_mnist_part(const std::filesystem::path& directory, const std::string& part,
                               PixelRange range) {
  constexpr Shape shape{1, 28, 28};
  constexpr Index classes = 10;
  const auto images_path = find_mnist_file(directory, part + "-images", "idx3");
  const auto labels_path = find_mnist_file(directory, part + "-labels", "idx1");

  const IdxArray labels = read_compressed_idx(labels_path);
  const auto& label_bytes = require_bytes(labels, 1, labels_path.string());
  const auto wrong = std::find_if(label_bytes.begin(), label_bytes.end(),
                                  [](std::uint8_t label) { return label >= classes; });
  if (wrong != label_bytes.end())
    fail_malformed(labels_path.string(), static_cast<std::uint64_t>(8 + (wrong - label_bytes.begin())),
                   fmt::format("a label below {}", classes), fmt::format("{}", *wrong));

  const IdxArray images = read_compressed_idx(images_path);
  const auto& pixels = require_bytes(images, 3, images_path.string());
  if (images.extents[1] != shape.height || images.extents[2] != shape.width)
    fail_malformed(images_path.string(), 8, "images of 28×28 pixels",
                   fmt::format("{}×{}", images.extents[1], images.extents[2]));
  const Index count = images.extents[0];
  if (count != labels.extents[0])
    fail_malformed(images_path.string(), 4,
                   fmt::format("{} images, as {} has labels", labels.extents[0], labels_path.string()),
                   fmt::format("{}", count));

  // Rows of one-channel pixels are both the file's order and the library's channel-last one.
  const auto levels = gray_levels(range);
  Matrix<float> samples(shape.size(), count);
  std::transform(pixels.begin(), pixels.end(), samples.data(),
                 [&](std::uint8_t pixel) { return levels[pixel]; });
  return Dataset(images_path.string(), shape, std::move(samples), {label_bytes.begin(), label_bytes.end()},
                 classes);
}

}  // namespace detail

/// Loads MNIST, Fashion-MNIST or any set in their four files, each plain or .gz.
///
/// Looks in `directory` for train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
/// t10k-labels-idx1-ubyte, with "." in place of the second "-" too, and prefers plain files. A dataset's name
/// is the path of its images.
///
/// **Shapes** samples 784 × n of shape 1×28×28, 10 classes.
/// **Cost** four bytes for each pixel, and one more while loading.
/// **Errors** `IoError`: a missing file with the names that were tried, a malformed file, images and labels
/// that do not match, a label above 9.
inline Mnist load_mnist(const std::filesystem::path& directory, PixelRange range = PixelRange::unit) {
  return {detail::load_mnist_part(directory, "train", range),
          detail::load_mnist_part(directory, "t10k", range)};
}

}  // namespace eigenerate::data
