#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/detail/resample.hpp"
#include "eigenerate/data/image_options.hpp"
#include "eigenerate/io/bitmap.hpp"
#include "eigenerate/io/file_source.hpp"
#include "eigenerate/io/jpeg.hpp"
#include "eigenerate/io/png.hpp"
#include "eigenerate/layers/height_width.hpp"

namespace eigenerate::data {

/// What `load_images` found.
struct ImageFolder {
  Dataset images;
  std::vector<std::filesystem::path> files;  ///< of each image, in the same order
  std::vector<std::string> class_names;      ///< the sub-folders, with `labels`
  std::vector<std::string> skipped;          ///< with `skip_broken`: what was wrong with those left out
};

/// Loads all pictures of a folder and of the folders in it, sorted by their paths: files whose names end in
/// .png, .jpg or .jpeg, in letters of any case, and begin with no dot. What a file is, its first bytes tell.
/// With `.labels` the folders in the folder are classes, as torchvision's `ImageFolder` takes them, and
/// pictures outside of these are refused.
///
/// Pictures become images of one size by averaging, as PIL's `resize` with `BILINEAR` does; gray of colors is
/// (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶, rounded down, as PIL's.
///
/// **Shapes** images channels × size.height × size.width.
/// **Cost** one byte for each value, and one picture while loading.
/// **Errors** `IoError` with the path for a folder that cannot be read, holds no pictures, or has a class
/// without any, and for a broken picture unless `skip_broken`; `ConfigError` for options out of range.
inline ImageFolder load_images(const std::filesystem::path& folder, HeightWidth size,
                               const ImageOptions& options = {});

namespace detail {

/// Whether a file is meant to be a picture.
inline bool is_named_as_picture(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  for (char& c : suffix)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return (suffix == ".png" || suffix == ".jpg" || suffix == ".jpeg") &&
         !path.filename().string().starts_with('.');
}

/// The pictures below a folder, sorted.
inline std::vector<std::filesystem::path> pictures_below(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator i(folder, error), end; !error && i != end; i.increment(error))
    if (is_named_as_picture(i->path()) && !i->is_directory(error)) files.push_back(i->path());
  if (error) fail_system(folder.string(), "list", error.value());
  std::sort(files.begin(), files.end());
  return files;
}

/// A picture of either format, on that gray level where it is transparent.
inline Bitmap read_picture(const std::filesystem::path& path, std::uint8_t background) {
  std::array<std::byte, 3> magic{};
  (void)FileSource(path).read(magic);
  if (magic == std::array{std::byte{0xff}, std::byte{0xd8}, std::byte{0xff}}) return read_jpeg(path);
  if (magic == std::array{std::byte{0x89}, std::byte{'P'}, std::byte{'N'}}) return read_png(path, background);
  fail<IoError>("{}: is neither a PNG nor a JPEG, whatever its name", path.string());
}

/// The same picture with 1 or 3 channels.
inline Bitmap with_channels(Bitmap picture, Index channels) {
  if (picture.channels == channels) return picture;
  Bitmap out{picture.width, picture.height, channels, {}};
  out.bytes.reserve(static_cast<std::size_t>(picture.width * picture.height * channels));
  for (std::size_t i = 0; i < picture.bytes.size(); i += static_cast<std::size_t>(picture.channels)) {
    const std::uint8_t* const p = picture.bytes.data() + i;
    if (channels == 3)
      out.bytes.insert(out.bytes.end(), 3, *p);
    else
      out.bytes.push_back(
          static_cast<std::uint8_t>((19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 0x8000u) >> 16));
  }
  return out;
}

/// What of a picture is shown in images of that size.
inline Window window_of(const Bitmap& picture, const HeightWidth& size, ImageFit fit) {
  const auto width = static_cast<double>(picture.width), height = static_cast<double>(picture.height);
  if (fit == ImageFit::stretch) return {0, 0, width, height};
  const double scale =
      std::min(width / static_cast<double>(size.width), height / static_cast<double>(size.height));
  const double shown_width = scale * static_cast<double>(size.width),
               shown_height = scale * static_cast<double>(size.height);
  return {(width - shown_width) / 2, (height - shown_height) / 2, shown_width, shown_height};
}

/// The classes of pictures below a folder: the first folders on their ways, in order.
inline std::vector<std::string> sub_folders(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error))
    if (i->is_directory(error) && !i->path().filename().string().starts_with('.'))
      names.push_back(i->path().filename().string());
  if (error) fail_system(folder.string(), "list", error.value());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace detail

inline ImageFolder load_images(const std::filesystem::path& folder, HeightWidth size,
                               const ImageOptions& options) {
  const std::string name = folder.string();
  const Shape shape{options.channels, size.height, size.width};
  if (options.channels != 1 && options.channels != 3)
    fail<ConfigError>("load_images: expected 1 or 3 channels, got {}", options.channels);
  require_valid(shape, "load_images: images");

  std::vector<std::string> class_names, skipped;
  std::vector<std::filesystem::path> files;
  std::vector<std::uint8_t> bytes;
  std::vector<int> labels;
  const auto add = [&](const std::filesystem::path& below, int label) {
    for (const auto& path : detail::pictures_below(below)) {
      try {
        const Bitmap picture =
            detail::with_channels(detail::read_picture(path, options.background), options.channels);
        const Bitmap image =
            detail::resample(picture, detail::window_of(picture, size, options.fit), size.width, size.height);
        bytes.insert(bytes.end(), image.bytes.begin(), image.bytes.end());
      } catch (const IoError& error) {
        if (!options.skip_broken) throw;
        skipped.emplace_back(error.what());
        continue;
      }
      files.push_back(path);
      if (options.labels) labels.push_back(label);
    }
  };
  if (options.labels) {
    class_names = detail::sub_folders(folder);
    for (std::size_t label = 0; label < class_names.size(); ++label) {
      const std::size_t before = files.size();
      add(folder / class_names[label], static_cast<int>(label));
      if (files.size() == before)
        fail<IoError>("{}: holds no .png, .jpg or .jpeg file that can be read, and is a class",
                      (folder / class_names[label]).string());
    }
  } else {
    add(folder, 0);
  }
  if (files.empty())
    fail<IoError>("{}: holds no .png, .jpg or .jpeg files{}{}", name,
                  options.labels ? " in folders, which .labels takes for classes" : "",
                  skipped.empty() ? "" : format_message(" that can be read; the first one: {}", skipped[0]));
  const auto classes = static_cast<Index>(class_names.size());
  return {Dataset(name, shape, SampleStorage(std::move(bytes), shape.size(), byte_scale(options.range)),
                  std::move(labels), classes, value_range(options.range)),
          std::move(files), std::move(class_names), std::move(skipped)};
}

}  // namespace eigenerate::data
