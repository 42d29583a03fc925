#pragma once

#include <png.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <limits>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/io/atomic_file.hpp"
#include "eigenerate/io/bitmap.hpp"
#include "eigenerate/io/file_error.hpp"
#include "eigenerate/io/image_grid.hpp"

namespace eigenerate {

/// Writes an 8-bit gray or RGB picture as PNG; the target is replaced only by a complete file.
///
/// **Errors** `ConfigError` when the bitmap is empty or its fields contradict each other; `IoError` with path
/// and reason when the folder is missing or unwritable, the disk is full, or libpng refuses.
void write_png(const std::filesystem::path& path, const Bitmap& bitmap);

/// Reads a PNG of any kind as an 8-bit picture: gray where it has no colors, else RGB; where it is clear,
/// on that gray level, as sRGB has it: black unless told.
///
/// **Errors** `IoError` with path and reason when the file cannot be read or libpng refuses it, and for one
/// that claims more pixels than its bytes can hold.
Bitmap read_png(const std::filesystem::path& path, std::uint8_t background = 0);

/// Writes samples as the tiles of one PNG picture; see `image_grid` for shapes, options and the NaN colour.
template <Scalar S>
void write_image_grid(const std::filesystem::path& path, const ConstView<S>& samples, const Shape& shape,
                      const GridOptions& options = {}) {
  write_png(path, image_grid(samples, shape, options));
}

#if EIGENERATE_DEFINES(PNG)

EIGENERATE_INLINE void write_png(const std::filesystem::path& path, const Bitmap& bitmap) {
  constexpr Index largest = std::numeric_limits<png_int_32>::max() / 4;
  if (bitmap.width < 1 || bitmap.height < 1 || bitmap.width > largest || bitmap.height > largest ||
      (bitmap.channels != 1 && bitmap.channels != 3) ||
      static_cast<Index>(bitmap.bytes.size()) !=
          capped_product(capped_product(bitmap.width, bitmap.height), bitmap.channels))
    fail<ConfigError>("write_png: expected width × height × (1 or 3) bytes, got {} × {} × {} and {} bytes",
                      bitmap.width, bitmap.height, bitmap.channels, bitmap.bytes.size());

  AtomicFile file(path);
  // libpng's simplified interface returns its errors: no longjmp passes through C++ frames.
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(bitmap.width);
  image.height = static_cast<png_uint_32>(bitmap.height);
  image.format = bitmap.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  errno = 0;
  if (!png_image_write_to_stdio(&image, file.handle(), 0, bitmap.bytes.data(),
                                static_cast<png_int_32>(bitmap.width * bitmap.channels), nullptr)) {
    const int code = errno;
    if (std::ferror(file.handle())) fail_system(path.string(), "write", code);
    fail<IoError>("{}: cannot write: libpng says \"{}\"", path.string(), image.message);
  }
  file.commit();
}

EIGENERATE_INLINE Bitmap read_png(const std::filesystem::path& path, std::uint8_t background) {
  struct Image : png_image {
    Image() : png_image{} { version = PNG_IMAGE_VERSION; }
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;
    ~Image() { png_image_free(this); }
  } image;
  errno = 0;
  if (!png_image_begin_read_from_file(&image, path.c_str())) {
    if (const int code = errno; code != 0) fail_system(path.string(), "read", code);
    fail<IoError>("{}: is no PNG: libpng says \"{}\"", path.string(), image.message);
  }
  image.format = image.format & PNG_FORMAT_FLAG_COLOR ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  Bitmap bitmap{static_cast<Index>(image.width),
                static_cast<Index>(image.height),
                image.format == PNG_FORMAT_RGB ? 3 : 1,
                {}};
  // Deflate makes at most 1032 bytes of one, and eight pixels may be in each.
  const std::uintmax_t most = 8 * 1032 * std::filesystem::file_size(path);
  const Index pixels = capped_product(bitmap.width, bitmap.height);
  if (static_cast<std::uintmax_t>(pixels) > most)
    fail<IoError>("{}: malformed: {} × {} pixels in a file of {} bytes", path.string(), bitmap.width,
                  bitmap.height, std::filesystem::file_size(path));
  bitmap.bytes.resize(static_cast<std::size_t>(pixels * bitmap.channels));
  const png_color behind{background, background, background};
  if (!png_image_finish_read(&image, &behind, bitmap.bytes.data(), 0, nullptr))
    fail<IoError>("{}: malformed: libpng says \"{}\"", path.string(), image.message);
  return bitmap;
}

#endif

}  // namespace eigenerate
