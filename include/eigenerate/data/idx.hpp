#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/io/byte_order.hpp"
#include "eigenerate/io/byte_source.hpp"
#include "eigenerate/io/file_error.hpp"
#include "eigenerate/io/file_source.hpp"

namespace eigenerate::data {

/// The element types of the format, by their codes.
enum class IdxType : std::uint8_t { u8 = 0x08, i8 = 0x09, i16 = 0x0B, i32 = 0x0C, f32 = 0x0D, f64 = 0x0E };

/// The type of the elements that a `T` holds.
template <class T>
constexpr IdxType idx_type_of() {
  if constexpr (std::same_as<T, std::uint8_t>)
    return IdxType::u8;
  else if constexpr (std::same_as<T, std::int8_t>)
    return IdxType::i8;
  else if constexpr (std::same_as<T, std::int16_t>)
    return IdxType::i16;
  else if constexpr (std::same_as<T, std::int32_t>)
    return IdxType::i32;
  else if constexpr (std::same_as<T, float>)
    return IdxType::f32;
  else {
    static_assert(std::same_as<T, double>, "an IDX file holds no elements of this type");
    return IdxType::f64;
  }
}

/// An array as an IDX file holds it: row-major, the last extent running fastest.
struct IdxArray {
  std::vector<Index> extents;
  IdxType type = IdxType::u8;
  std::vector<std::byte> bytes;  ///< of the values, in native byte order

  /// The values, of their own type only.
  template <class T>
  std::span<const T> values() const {
    if (type != idx_type_of<T>())
      fail<StateError>("IdxArray: asked for elements of type 0x{:02x}, but it holds 0x{:02x}",
                       static_cast<int>(idx_type_of<T>()), static_cast<int>(type));
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// Files with more dimensions than this are refused; the format allows 255, and no known data set passes 4.
inline constexpr std::size_t max_idx_dimensions = 8;

namespace detail {

/// What an `Index` and this machine's memory can count: the values, and their bytes.
inline constexpr std::uint64_t most_idx_values =
    static_cast<std::uint64_t>(std::numeric_limits<Index>::max());

/// Reads exactly `bytes.size()` bytes of `what`.
template <ByteSource Source>
void read_exactly(Source& source, std::span<std::byte> bytes, std::string_view what) {
  const std::uint64_t offset = source.position();
  const std::size_t got = source.read(bytes);
  if (got < bytes.size())
    fail_malformed(source.path(), offset, format_message("{} bytes of {}", bytes.size(), what),
                   format_message("{} bytes and the end of the file", got));
}

/// Reads the four bytes of a big-endian number.
template <ByteSource Source>
std::uint32_t read_big_endian(Source& source, std::string_view what) {
  std::array<std::byte, 4> bytes{};
  read_exactly(source, bytes, what);
  return load_bytes<std::uint32_t, std::endian::big>(bytes.data());
}

/// Reads `size` bytes of values. The caller has compared `size` with the source's upper bound; where only
/// that bound is known, memory grows with what was really delivered.
template <ByteSource Source>
std::vector<std::byte> read_values(Source& source, std::size_t size) {
  constexpr std::size_t first_step = std::size_t{1} << 20;
  const bool size_is_known = source.remaining().least >= size;
  std::vector<std::byte> bytes;
  while (bytes.size() < size) {
    const std::size_t done = bytes.size();
    bytes.resize(size_is_known ? size : std::min(size, std::max(2 * done, first_step)));
    read_exactly(source, std::span(bytes).subspan(done), "values");
  }
  return bytes;
}

/// Turns big-endian numbers of `width` bytes into native ones.
inline void to_native(std::span<std::byte> bytes, std::size_t width) {
  if constexpr (std::endian::native == std::endian::little)
    for (std::size_t i = 0; i < bytes.size(); i += width)
      std::reverse(bytes.data() + i, bytes.data() + i + width);
}

/// Bytes of an element; `IoError` for an unknown code.
inline std::size_t idx_width(std::uint32_t code, const std::string& path) {
  switch (code) {
    case 0x08:
    case 0x09:
      return 1;
    case 0x0B:
      return 2;
    case 0x0C:
    case 0x0D:
      return 4;
    case 0x0E:
      return 8;
  }
  fail_malformed(path, 2, "a type code of 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e",
                 format_message("0x{:02x}", code));
}

/// "60000×28×28".
inline std::string extents_text(const std::vector<Index>& extents) {
  std::string text;
  for (const Index extent : extents) text += (text.empty() ? "" : "×") + std::to_string(extent);
  return text;
}

}  // namespace detail

namespace detail {

/// What stands before the values.
struct IdxHeader {
  std::vector<Index> extents;
  IdxType type = IdxType::u8;
  std::size_t width = 1;  ///< bytes of a value
  std::size_t bytes = 0;  ///< of all values: no more than the source may still hold, nor less
};

/// Parses and checks the header of an IDX file; see `parse_idx` for its errors. The values come next.
template <ByteSource Source>
IdxHeader parse_idx_header(Source& source) {
  const std::uint32_t magic = read_big_endian(source, "IDX magic");
  if (magic >> 16 != 0)
    fail_malformed(source.path(), 0, "two zero bytes of an IDX file",
                   format_message("0x{:04x}{}", magic >> 16, magic >> 16 == 0x1f8b ? " (a gzip file)" : ""));
  const std::uint32_t code = magic >> 8 & 0xff;
  const std::size_t width = idx_width(code, source.path());
  const std::size_t dimensions = magic & 0xff;
  if (dimensions < 1 || dimensions > max_idx_dimensions)
    fail_malformed(source.path(), 3, format_message("1 to {} dimensions", max_idx_dimensions),
                   format_message("{}", dimensions));

  IdxHeader header{{}, static_cast<IdxType>(code), width};
  for (std::size_t i = 0; i < dimensions; ++i) {
    const std::uint64_t extent = read_big_endian(source, "an extent");
    if (extent == 0) fail_malformed(source.path(), source.position() - 4, "an extent of at least 1", "0");
    if (extent > most_idx_values)
      fail_malformed(source.path(), source.position() - 4,
                     format_message("an extent that this machine can count, at most {}", most_idx_values),
                     format_message("{}", extent));
    header.extents.push_back(static_cast<Index>(extent));
  }
  const ByteBounds bounds = source.remaining();
  std::uint64_t bytes = width;
  bool fits = true;
  for (const Index extent : header.extents) {
    // Dividing the bound instead of multiplying the extents: nothing can overflow.
    fits = fits && bytes <= bounds.most / static_cast<std::uint64_t>(extent);
    if (fits) bytes *= static_cast<std::uint64_t>(extent);
  }
  if (!fits || bytes < bounds.least)
    fail_malformed(
        source.path(), source.position(),
        format_message("the values of {} elements of {} bytes", extents_text(header.extents), width),
        bounds.least == bounds.most ? format_message("{} bytes", bounds.most)
                                    : format_message("a file that can hold at most {} bytes", bounds.most));

  if (bytes > most_idx_values)
    fail_malformed(source.path(), source.position(),
                   format_message("values that this machine can address, at most {} bytes", most_idx_values),
                   format_message("{} bytes", bytes));
  header.bytes = static_cast<std::size_t>(bytes);
  return header;
}

}  // namespace detail

/// Parses an IDX array from any source of bytes.
///
/// **Errors** `IoError` with path, offset, expected and got: a wrong magic, an unknown type code, no
/// dimension or more than `max_idx_dimensions`, an extent of 0, extents whose product the source cannot hold
/// (checked before anything is allocated), missing or additional bytes. Offsets count decompressed bytes.
/// **Source** LeCun, Cortes and Burges, "The MNIST database of handwritten digits", section "the IDX file
/// format".
template <ByteSource Source>
IdxArray parse_idx(Source& source) {
  detail::IdxHeader header = detail::parse_idx_header(source);
  IdxArray array{std::move(header.extents), header.type, detail::read_values(source, header.bytes)};
  detail::to_native(array.bytes, header.width);
  std::byte extra{};
  if (source.read({&extra, 1}) > 0)
    fail_malformed(source.path(), source.position() - 1, "the end of the file", "more bytes");
  return array;
}

/// Reads a plain (not compressed) IDX file; see `parse_idx` for its errors.
IdxArray read_idx(const std::filesystem::path& path);

#if EIGENERATE_DEFINES(DATA)

EIGENERATE_INLINE IdxArray read_idx(const std::filesystem::path& path) {
  FileSource source(path);
  return parse_idx(source);
}

#endif

}  // namespace eigenerate::data
