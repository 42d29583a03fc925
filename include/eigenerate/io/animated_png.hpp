#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/io/bitmap.hpp"
#include "eigenerate/io/image_grid.hpp"

namespace eigenerate {

/// How the frames of an animation follow each other.
struct AnimationOptions {
  Index milliseconds = 60;  ///< that a frame stays, from 1 to 65,535
  Index loops = 0;          ///< how often all frames are shown; 0: for ever
};

/// Writes 8-bit gray or RGB pictures as the frames of an animated PNG, which browsers play; what knows plain
/// PNG alone shows the first frame. The target is replaced only by a complete file.
///
/// **Cost** every frame is compressed by itself: a file is as large as the pictures that it is made of.
/// **Errors** `ConfigError` for no frames, frames of different sizes or channels, a frame that contradicts
/// itself, and options out of range; `IoError` with path and reason as `write_png`.
/// **Source** PNG, third edition (W3C 2025), sections 11.3.6.1 to 11.3.6.3: acTL, fcTL, fdAT.
void write_animated_png(const std::filesystem::path& path, std::span<const Bitmap> frames,
                        const AnimationOptions& options = {});

/// Sequences of samples as grids, one for each frame: grid k holds sample k of every sequence.
///
/// **Shapes** samples features × frames·sequences, those of one sequence side by side, as of `traverse`.
/// **Errors** `ShapeError` where they are no whole sequences, and those of `image_grid`.
template <Scalar S>
std::vector<Bitmap> frames_of_sequences(const ConstView<S>& samples, Index frames, const Shape& shape,
                                        const GridOptions& options = {}) {
  if (frames < 1 || samples.cols() < 1 || samples.cols() % frames != 0)
    fail<ShapeError>("frames_of_sequences: expected sequences of {} samples each, got {} samples", frames,
                     samples.cols());
  const Index sequences = samples.cols() / frames;
  std::vector<Bitmap> grids;
  Matrix<S> tiles(samples.rows(), sequences);
  for (Index k = 0; k < frames; ++k) {
    for (Index i = 0; i < sequences; ++i) tiles.col(i) = samples.col(i * frames + k);
    grids.push_back(image_grid(as_const(tiles), shape, options));
  }
  return grids;
}

}  // namespace eigenerate

#if EIGENERATE_DEFINES(PNG)

#include <png.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "eigenerate/io/atomic_file.hpp"
#include "eigenerate/io/byte_order.hpp"
#include "eigenerate/io/file_error.hpp"

namespace eigenerate {

namespace detail {

using PngBytes = std::vector<std::byte>;

/// CRC-32 as PNG has it (annex D), so that this needs no library besides libpng.
inline std::uint32_t png_crc(std::span<const std::byte> bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

template <class T>
void append_number(PngBytes& bytes, T number) {
  bytes.resize(bytes.size() + sizeof number);
  store_bytes<std::endian::big>(bytes.data() + bytes.size() - sizeof number, number);
}
inline void append_bytes(PngBytes& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}
/// The length, the type, the data and the CRC of the last two.
inline void append_chunk(PngBytes& file, std::string_view type, std::span<const std::byte> data) {
  append_number(file, static_cast<std::uint32_t>(data.size()));
  const std::size_t begin = file.size();
  append_bytes(file, std::as_bytes(std::span(type)));
  append_bytes(file, data);
  append_number(file, png_crc(std::span(file).subspan(begin)));
}

/// One picture as a PNG file in memory.
inline PngBytes encoded_png(const std::string& path, const Bitmap& bitmap) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(bitmap.width);
  image.height = static_cast<png_uint_32>(bitmap.height);
  image.format = bitmap.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  PngBytes bytes;
  png_alloc_size_t size = 0;
  for (int pass = 0; pass < 2; ++pass) {  // the first one says how many bytes are needed
    bytes.resize(size);
    if (!png_image_write_to_memory(&image, pass == 0 ? nullptr : bytes.data(), &size, 0, bitmap.bytes.data(),
                                   static_cast<png_int_32>(bitmap.width * bitmap.channels), nullptr))
      fail<IoError>("{}: cannot write: libpng says \"{}\"", path, image.message);
  }
  return bytes;
}

/// Calls `use(type, data)` for every chunk of a PNG that libpng made.
template <class Use>
void for_each_png_chunk(std::span<const std::byte> png, Use&& use) {
  constexpr std::size_t signature = 8, around = 12;
  for (std::size_t at = signature; at < png.size();) {
    const std::size_t size = load_bytes<std::uint32_t, std::endian::big>(png.data() + at);
    use(std::string_view(reinterpret_cast<const char*>(png.data() + at + 4), 4), png.subspan(at + 8, size));
    at += around + size;
  }
}

}  // namespace detail

EIGENERATE_INLINE void write_animated_png(const std::filesystem::path& path, std::span<const Bitmap> frames,
                                          const AnimationOptions& options) {
  constexpr Index largest = std::numeric_limits<png_int_32>::max() / 4,
                  most_loops = std::numeric_limits<std::int32_t>::max();
  if (frames.empty()) fail<ConfigError>("write_animated_png: expected at least one frame");
  if (options.milliseconds < 1 || options.milliseconds > 65535 || options.loops < 0 ||
      options.loops > most_loops)
    fail<ConfigError>("write_animated_png: expected 1 to 65535 milliseconds and 0 to {} loops, got {} and {}",
                      most_loops, options.milliseconds, options.loops);
  const Bitmap& first = frames.front();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Bitmap& f = frames[i];
    if (f.width < 1 || f.height < 1 || f.width > largest || f.height > largest ||
        (f.channels != 1 && f.channels != 3) ||
        static_cast<Index>(f.bytes.size()) != capped_product(capped_product(f.width, f.height), f.channels))
      fail<ConfigError>(
          "write_animated_png: expected frames of width × height × (1 or 3) bytes, frame {} is {} × {} × {} "
          "and has {}",
          i, f.width, f.height, f.channels, f.bytes.size());
    if (f.width != first.width || f.height != first.height || f.channels != first.channels)
      fail<ConfigError>(
          "write_animated_png: expected frames of {} × {} × {} as the first one, frame {} is "
          "{} × {} × {}",
          first.width, first.height, first.channels, i, f.width, f.height, f.channels);
  }

  AtomicFile file(path);
  std::uint32_t sequence = 0;
  const auto control = [&] {  // fcTL: the whole picture, replaced and not blended
    detail::PngBytes data;
    for (const std::uint32_t number : {sequence++, static_cast<std::uint32_t>(first.width),
                                       static_cast<std::uint32_t>(first.height), 0u, 0u})
      detail::append_number(data, number);
    detail::append_number(data, static_cast<std::uint16_t>(options.milliseconds));
    detail::append_number(data, std::uint16_t{1000});
    detail::append_number(data, std::uint16_t{0});  // dispose: none; blend: source
    return data;
  };
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const detail::PngBytes png = detail::encoded_png(path.string(), frames[i]);
    detail::PngBytes out;
    if (i == 0) detail::append_bytes(out, std::span(png).first(8));
    bool has_control = false;
    detail::for_each_png_chunk(png, [&](std::string_view type, std::span<const std::byte> data) {
      const bool is_image = type == "IDAT";
      if (is_image && !has_control) {
        detail::append_chunk(out, "fcTL", control());
        has_control = true;
      }
      // What stands around the first frame's pixels stands there for all.
      if (is_image && i > 0) {
        detail::PngBytes numbered;
        detail::append_number(numbered, sequence++);
        detail::append_bytes(numbered, data);
        detail::append_chunk(out, "fdAT", numbered);
      } else if (is_image || (i == 0 && type != "IEND")) {
        detail::append_chunk(out, type, data);
      }
      if (i == 0 && type == "IHDR") {
        detail::PngBytes count;
        detail::append_number(count, static_cast<std::uint32_t>(frames.size()));
        detail::append_number(count, static_cast<std::uint32_t>(options.loops));
        detail::append_chunk(out, "acTL", count);
      }
    });
    if (i + 1 == frames.size()) detail::append_chunk(out, "IEND", {});
    file.write(out);
  }
  file.commit();
}

}  // namespace eigenerate

#endif
