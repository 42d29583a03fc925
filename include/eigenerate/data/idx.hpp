#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "eigenerate/core/types.hpp"
#include "eigenerate/io/byte_order.hpp"
#include "eigenerate/io/byte_source.hpp"
#include "eigenerate/io/file_error.hpp"
#include "eigenerate/io/file_source.hpp"

namespace eigenerate::data {

/// An array as an IDX file holds it: row-major, the last extent running fastest.
struct IdxArray {
  /// One alternative for each element type of the format, in native byte order.
  using Values = std::variant<std::vector<std::uint8_t>, std::vector<std::int8_t>, std::vector<std::int16_t>,
                              std::vector<std::int32_t>, std::vector<float>, std::vector<double>>;

  std::vector<Index> extents;
  Values values;
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
    fail_malformed(source.path(), offset, fmt::format("{} bytes of {}", bytes.size(), what),
                   fmt::format("{} bytes and the end of the file", got));
}

/// Reads the four bytes of a big-endian number.
template <ByteSource Source>
std::uint32_t read_big_endian(Source& source, std::string_view what) {
  std::array<std::byte, 4> bytes{};
  read_exactly(source, bytes, what);
  return load_bytes<std::uint32_t, std::endian::big>(bytes.data());
}

/// Reads `count` big-endian values. The caller has compared `count` with the source's upper bound; where only
/// that bound is known, memory grows with what was really delivered.
template <class T, ByteSource Source>
IdxArray::Values read_values(Source& source, std::size_t count) {
  constexpr std::size_t first_step = (std::size_t{1} << 20) / sizeof(T);
  const bool size_is_known = source.remaining().least >= count * sizeof(T);
  std::vector<T> values;
  while (values.size() < count) {
    const std::size_t done = values.size();
    values.resize(size_is_known ? count : std::min(count, std::max(2 * done, first_step)));
    read_exactly(source, std::as_writable_bytes(std::span(values).subspan(done)), "values");
  }
  if constexpr (sizeof(T) > 1)
    for (auto& value : values)
      value = load_bytes<T, std::endian::big>(std::as_bytes(std::span<const T>(&value, 1)).data());
  return values;
}

/// The reader and the size of one element type.
template <ByteSource Source>
struct IdxType {
  std::uint32_t code;
  std::size_t bytes;
  IdxArray::Values (*read)(Source&, std::size_t);
};

template <ByteSource Source>
const IdxType<Source>& idx_type(std::uint32_t magic, const std::string& path) {
  static constexpr std::array<IdxType<Source>, 6> types{{
      {0x08, 1, &read_values<std::uint8_t, Source>},
      {0x09, 1, &read_values<std::int8_t, Source>},
      {0x0B, 2, &read_values<std::int16_t, Source>},
      {0x0C, 4, &read_values<std::int32_t, Source>},
      {0x0D, 4, &read_values<float, Source>},
      {0x0E, 8, &read_values<double, Source>},
  }};
  const auto found = std::find_if(types.begin(), types.end(),
                                  [&](const auto& type) { return type.code == (magic >> 8 & 0xff); });
  if (found == types.end())
    fail_malformed(path, 2, "a type code of 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e",
                   fmt::format("0x{:02x}", magic >> 8 & 0xff));
  return *found;
}

/// "60000×28×28".
inline std::string extents_text(const std::vector<Index>& extents) {
  std::string text;
  for (const Index extent : extents) text += (text.empty() ? "" : "×") + std::to_string(extent);
  return text;
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
  const std::uint32_t magic = detail::read_big_endian(source, "IDX magic");
  if (magic >> 16 != 0)
    fail_malformed(source.path(), 0, "two zero bytes of an IDX file",
                   fmt::format("0x{:04x}{}", magic >> 16, magic >> 16 == 0x1f8b ? " (a gzip file)" : ""));
  const auto& type = detail::idx_type<Source>(magic, source.path());
  const std::size_t dimensions = magic & 0xff;
  if (dimensions < 1 || dimensions > max_idx_dimensions)
    fail_malformed(source.path(), 3, fmt::format("1 to {} dimensions", max_idx_dimensions),
                   fmt::format("{}", dimensions));

  IdxArray array;
  for (std::size_t i = 0; i < dimensions; ++i) {
    const std::uint64_t extent = detail::read_big_endian(source, "an extent");
    if (extent == 0) fail_malformed(source.path(), source.position() - 4, "an extent of at least 1", "0");
    if (extent > detail::most_idx_values)
      fail_malformed(
          source.path(), source.position() - 4,
          fmt::format("an extent that this machine can count, at most {}", detail::most_idx_values),
          fmt::format("{}", extent));
    array.extents.push_back(static_cast<Index>(extent));
  }
  const ByteBounds bounds = source.remaining();
  std::uint64_t bytes = type.bytes;
  bool fits = true;
  for (const Index extent : array.extents) {
    // Dividing the bound instead of multiplying the extents: nothing can overflow.
    fits = fits && bytes <= bounds.most / static_cast<std::uint64_t>(extent);
    if (fits) bytes *= static_cast<std::uint64_t>(extent);
  }
  if (!fits || bytes < bounds.least)
    fail_malformed(
        source.path(), source.position(),
        fmt::format("the values of {} elements of {} bytes", detail::extents_text(array.extents), type.bytes),
        bounds.least == bounds.most ? fmt::format("{} bytes", bounds.most)
                                    : fmt::format("a file that can hold at most {} bytes", bounds.most));

  if (bytes > detail::most_idx_values)
    fail_malformed(
        source.path(), source.position(),
        fmt::format("values that this machine can address, at most {} bytes", detail::most_idx_values),
        fmt::format("{} bytes", bytes));
  array.values = type.read(source, static_cast<std::size_t>(bytes / type.bytes));
  std::byte extra{};
  if (source.read({&extra, 1}) > 0)
    fail_malformed(source.path(), source.position() - 1, "the end of the file", "more bytes");
  return array;
}

/// Reads a plain (not compressed) IDX file; see `parse_idx` for its errors.
inline IdxArray read_idx(const std::filesystem::path& path) {
  FileSource source(path);
  return parse_idx(source);
}

}  // namespace eigenerate::data
