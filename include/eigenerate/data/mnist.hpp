#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string_view>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/load_idx.hpp"
#include "eigenerate/data/pixel_range.hpp"

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

/// The folder that holds MNIST's training images: `directory` itself, its `raw`, or where torchvision puts
/// what it fetches below its root, `MNIST/raw` and likewise for FashionMNIST, KMNIST and QMNIST; none where
/// there is no such file that can be read.
///
/// **Errors** `ConfigError` where only the name of a set tells which of several is meant.
std::optional<std::filesystem::path> find_mnist(const std::filesystem::path& directory);

/// Loads MNIST, Fashion-MNIST or any set in their four files, each plain or gzip-compressed.
///
/// Looks in `directory`, or in the folder of torchvision's that `find_mnist` finds below it, for
/// train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, with
/// "." in place of the second "-" and with .gz behind it too, and in folders of these names. Plain files come
/// first, and only those count that can be read. A dataset's name is the path of its images. For sets with
/// other images and classes, see `load_idx`.
///
/// **Shapes** samples 784 × n of shape 1×28×28, 10 classes.
/// **Cost** one byte for each pixel.
/// **Errors** `IoError`: a missing file with the names that were tried, a malformed file, images and labels
/// that do not match, a label above 9; `ConfigError` where several sets are found.
Mnist load_mnist(const std::filesystem::path& directory, PixelRange range = PixelRange::unit);

}  // namespace eigenerate::data

#if EIGENERATE_DEFINES(GZIP)

#include <string>
#include <vector>
#include "eigenerate/io/usable_file.hpp"

namespace eigenerate::data {

namespace detail {

/// The usual names of one of MNIST's files, plain before compressed.
EIGENERATE_INLINE std::vector<std::string> mnist_names(std::string_view stem, std::string_view format) {
  std::vector<std::string> names;
  for (const std::string_view suffix : {"", ".gz", ".GZ"})
    for (const char separator : {'-', '.'})
      names.push_back(format_message("{}{}{}-ubyte{}", stem, separator, format, suffix));
  return names;
}

/// Where one of MNIST's files may stand in `directory`: there, or in a folder that an archive's program has
/// made and named after it.
EIGENERATE_INLINE std::vector<std::filesystem::path> mnist_candidates(const std::filesystem::path& directory,
                                                                      const std::vector<std::string>& names) {
  std::vector<std::filesystem::path> candidates;
  for (const auto& name : names) candidates.push_back(directory / name);
  for (const auto& folder : names)
    for (const auto& name : names) candidates.push_back(directory / folder / name);
  return candidates;
}

/// One of MNIST's files in `directory`, where it can be read.
EIGENERATE_INLINE std::filesystem::path find_mnist_file(const std::filesystem::path& directory,
                                                        std::string_view stem, std::string_view format) {
  const auto names = mnist_names(stem, format);
  if (const auto found = first_usable(mnist_candidates(directory, names))) return *found;
  std::string tried, unusable;
  for (const auto& name : names) {
    tried += (tried.empty() ? "" : ", ") + name;
    if (const auto why = why_unusable(directory / name); *why != "is missing")
      unusable += format_message("; {} {}", name, *why);
  }
  fail<IoError>("{}: found none of {}{}", directory.string(), tried, unusable);
}

/// One part of MNIST: images and labels that belong together.
EIGENERATE_INLINE Dataset load_mnist_part(const std::filesystem::path& directory, const std::string& part,
                                          PixelRange range) {
  const auto images = find_mnist_file(directory, part + "-images", "idx3");
  const auto labels = find_mnist_file(directory, part + "-labels", "idx1");
  return load_idx(images, labels, {.range = range, .classes = 10, .shape = Shape{1, 28, 28}});
}

}  // namespace detail

EIGENERATE_INLINE std::optional<std::filesystem::path> find_mnist(const std::filesystem::path& directory) {
  const auto names = detail::mnist_names("train-images", "idx3");
  const auto holds_images = [&](const std::filesystem::path& folder) {
    return first_usable(detail::mnist_candidates(folder, names)).has_value();
  };
  for (const auto& folder : {directory, directory / "raw"})
    if (holds_images(folder)) return folder;
  std::optional<std::filesystem::path> found;
  for (const char* set : {"MNIST", "FashionMNIST", "KMNIST", "QMNIST"}) {
    const std::filesystem::path folder = directory / set / "raw";
    if (!holds_images(folder)) continue;
    if (found)
      fail<ConfigError>("{}: holds several sets, {} and {}; name the folder of one of them",
                        directory.string(), found->string(), folder.string());
    found = folder;
  }
  return found;
}

EIGENERATE_INLINE Mnist load_mnist(const std::filesystem::path& directory, PixelRange range) {
  const std::filesystem::path folder = find_mnist(directory).value_or(directory);
  return {detail::load_mnist_part(folder, "train", range), detail::load_mnist_part(folder, "t10k", range)};
}

}  // namespace eigenerate::data

#endif
