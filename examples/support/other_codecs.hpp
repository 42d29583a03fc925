#pragma once
// What pictures cost by codecs that know nothing of them: gzip of all together, PNG of each.

#include <png.h>
#include <zlib.h>

#include <csetjmp>
#include <cstdint>
#include <eigenerate/core/errors.hpp>
#include <eigenerate/core/shape.hpp>
#include <span>
#include <vector>

namespace examples {

using namespace eigenerate;

/// The rows of a picture of one channel, one after the other, each in whole bytes: eight binary pixels in
/// one, the first in its highest bit, or a gray level in each.
inline std::vector<std::uint8_t> packed(ConstView<float> pixels, const Shape& shape, bool binary) {
  std::vector<std::uint8_t> bytes;
  for (Index row = 0; row < shape.height; ++row)
    for (Index i = 0; i < shape.width; ++i) {
      const auto level = static_cast<unsigned>(pixels(row * shape.width + i, 0));
      if (!binary || i % 8 == 0) bytes.push_back(static_cast<std::uint8_t>(binary ? 0 : level));
      if (binary) bytes.back() = static_cast<std::uint8_t>(bytes.back() | level << (7 - i % 8));
    }
  return bytes;
}

/// Bytes of `gzip -9`, without a name.
inline std::size_t gzip_size(std::vector<std::uint8_t> bytes) {
  z_stream stream{};
  constexpr int gzip_format = 16 + MAX_WBITS;
  if (deflateInit2(&stream, 9, Z_DEFLATED, gzip_format, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    throw IoError("zlib cannot begin to compress");
  std::vector<std::uint8_t> out(deflateBound(&stream, static_cast<uLong>(bytes.size())));
  stream.next_in = bytes.data();
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = deflate(&stream, Z_FINISH);
  deflateEnd(&stream);
  if (ended != Z_STREAM_END) throw IoError("zlib cannot compress the pictures");
  return stream.total_out;
}

/// Bytes of a PNG of packed rows, with 1 or 8 bits for a pixel.
inline std::size_t png_size(std::span<const std::uint8_t> rows, const Shape& shape, bool binary) {
  std::size_t size = 0;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  // libpng comes back here with an error. What stands below has no destructors.
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    throw IoError("libpng cannot write a picture");
  }
  const auto count = [](png_structp writer, png_bytep, std::size_t n) {
    *static_cast<std::size_t*>(png_get_io_ptr(writer)) += n;
  };
  png_set_write_fn(png, &size, count, nullptr);
  png_set_compression_level(png, 9);
  png_set_IHDR(png, info, static_cast<png_uint_32>(shape.width), static_cast<png_uint_32>(shape.height),
               binary ? 1 : 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  const std::size_t stride = rows.size() / static_cast<std::size_t>(shape.height);
  for (std::size_t at = 0; at < rows.size(); at += stride) png_write_row(png, rows.data() + at);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return size;
}

}  // namespace examples
