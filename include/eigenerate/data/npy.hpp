#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/io/byte_order.hpp"
#include "eigenerate/io/file_error.hpp"
#include "eigenerate/io/file_source.hpp"

namespace eigenerate::data {

/// The element types of NumPy's files that `read_npy` reads, as NumPy spells them.
enum class NpyType { u1, i1, u2, i2, u4, i4, i8, f4, f8 };

/// An array as NumPy holds it: row-major, the last extent running fastest; no extents for a single number.
struct NpyArray {
  std::vector<Index> extents;
  NpyType type = NpyType::f4;
  std::vector<std::byte> bytes;  ///< of the values, in native byte order

  /// Calls `f` with a span of the values.
  template <class F>
  decltype(auto) visit(const F& f) const;
};

/// Reads an array that `numpy.save` wrote, of version 1, 2 or 3 of the format, numbers of either byte order.
///
/// **Errors** `IoError` with path, offset, expected and got: no such file, a header that is none, elements of
/// other types (pickled objects, half precision, words, records), Fortran's order, more than 8 dimensions, an
/// extent of 0, and values that do not fill the rest of the file, which is checked before memory is taken.
/// **Source** NumPy enhancement proposal 1 and `numpy.lib.format`.
inline NpyArray read_npy(const std::filesystem::path& path);

namespace detail {

struct NpyTypeFacts {
  NpyType type;
  std::string_view name;
  std::size_t width;
};
inline constexpr std::array<NpyTypeFacts, 9> npy_types{{{NpyType::u1, "u1", 1},
                                                        {NpyType::i1, "i1", 1},
                                                        {NpyType::u2, "u2", 2},
                                                        {NpyType::i2, "i2", 2},
                                                        {NpyType::u4, "u4", 4},
                                                        {NpyType::i4, "i4", 4},
                                                        {NpyType::i8, "i8", 8},
                                                        {NpyType::f4, "f4", 4},
                                                        {NpyType::f8, "f8", 8}}};

/// The header of an array: a literal of a Python dictionary with three keys.
class NpyHeader {
 public:
  std::string type;
  bool fortran_order = false;
  std::vector<Index> extents;

  /// `text` begins at byte `offset` of the file.
  NpyHeader(std::string_view text, std::string_view path, std::size_t offset)
      : text_(text), path_(path), offset_(offset) {
    bool has_type = false, has_order = false, has_extents = false;
    take('{');
    while (!takes('}')) {
      const std::string_view key = word();
      take(':');
      if (key == "descr" && !has_type) {
        has_type = true;
        type = word();
      } else if (key == "fortran_order" && !has_order) {
        has_order = true;
        fortran_order = truth();
      } else if (key == "shape" && !has_extents) {
        has_extents = true;
        tuple();
      } else {
        refuse("each of the keys descr, fortran_order and shape once",
               "'" + std::string(key.substr(0, 40)) + "'");
      }
      if (!takes(',')) {
        take('}');
        break;
      }
    }
    pass_spaces();
    if (at_ != text_.size()) refuse("the end of the header", "more");
    if (!has_type || !has_order || !has_extents) refuse("the keys descr, fortran_order and shape", "fewer");
  }

 private:
  [[noreturn]] void refuse(std::string_view expected, std::string_view got) const {
    fail_malformed(path_, offset_ + at_, expected, got);
  }
  void pass_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool takes(char c) {
    pass_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void take(char c) {
    if (!takes(c))
      refuse(std::string("'") + c + "'", at_ == text_.size()
                                             ? "the end of the header"
                                             : format_message("byte 0x{:02x}", text_[at_] & 0xff));
  }
  std::string_view word() {
    const char quote = takes('"') ? '"' : '\'';
    if (quote == '\'') take('\'');
    const std::size_t begin = at_, end = text_.find(quote, begin);
    if (end == text_.npos) refuse("a word in quotation marks", "no second one");
    at_ = end + 1;
    return text_.substr(begin, end - begin);
  }
  bool truth() {
    pass_spaces();
    for (const std::string_view value : {"False", "True"})
      if (text_.substr(at_).starts_with(value)) {
        at_ += value.size();
        return value == "True";
      }
    refuse("True or False", "something else");
  }
  void tuple() {
    take('(');
    while (!takes(')')) {
      pass_spaces();
      const std::size_t begin = at_;
      std::uint64_t extent = 0;
      for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
        if (at_ - begin == 18) refuse("an extent of at most 18 digits", "more");
        extent = 10 * extent + static_cast<std::uint64_t>(text_[at_] - '0');
      }
      if (at_ == begin) refuse("an extent", "something else");
      if (extent == 0) refuse("an extent of at least 1", "0");
      if (!std::in_range<Index>(extent)) refuse("an extent that this machine can count", "more");
      if (extents.size() == 8) refuse("at most 8 dimensions", "more");
      extents.push_back(static_cast<Index>(extent));
      if (!takes(',')) {
        take(')');
        break;
      }
    }
  }

  std::string_view text_, path_;
  std::size_t offset_, at_ = 0;
};

}  // namespace detail

inline NpyArray read_npy(const std::filesystem::path& path) {
  FileSource source(path);
  const std::string& name = source.path();
  const auto read = [&](std::span<std::byte> bytes, std::string_view what) {
    const std::uint64_t offset = source.position();
    const std::size_t got = source.read(bytes);
    if (got < bytes.size())
      fail_malformed(name, offset, format_message("{} bytes of {}", bytes.size(), what),
                     format_message("{} bytes and the end of the file", got));
  };

  std::array<std::byte, 8> magic{};
  read(magic, "NumPy's magic and version");
  constexpr std::string_view expected_magic = "\x93NUMPY";
  if (std::memcmp(magic.data(), expected_magic.data(), 6) != 0)
    fail_malformed(name, 0, "\"\\x93NUMPY\"",
                   std::memcmp(magic.data(), "PK", 2) == 0 ? "a zip file: save an .npz's arrays one by one"
                                                           : "another kind of file");
  const int version = std::to_integer<int>(magic[6]);
  if (version < 1 || version > 3) fail_malformed(name, 6, "version 1, 2 or 3", format_message("{}", version));
  std::array<std::byte, 4> length_bytes{};
  read(std::span(length_bytes).first(version == 1 ? 2 : 4), "the header's length");
  const std::uint32_t length = load_bytes<std::uint32_t>(length_bytes.data());
  if (length > source.remaining().most)
    fail_malformed(name, 8, format_message("a header of {} bytes", length),
                   format_message("{} bytes and the end of the file", source.remaining().most));
  const std::uint64_t header_at = source.position();
  std::string text(length, '\0');
  read(std::as_writable_bytes(std::span(text.data(), text.size())), "the header");
  detail::NpyHeader header(text, name, static_cast<std::size_t>(header_at));

  const std::string_view type = header.type;
  const bool big = type.starts_with('>');
  const auto known = std::ranges::find(detail::npy_types, type.substr(std::min<std::size_t>(1, type.size())),
                                       &detail::NpyTypeFacts::name);
  if (known == detail::npy_types.end() || std::string_view("<>|=").find(type[0]) == std::string_view::npos)
    fail_malformed(name, header_at, "elements of u1, i1, u2, i2, u4, i4, i8, f4 or f8",
                   "'" + std::string(type.substr(0, 40)) + "'");
  if (header.fortran_order && header.extents.size() > 1)
    fail_malformed(name, header_at, "C order (save numpy.ascontiguousarray of the array)", "Fortran's order");

  const std::uint64_t rest = source.remaining().most;
  std::uint64_t bytes = known->width;
  bool fits = true;
  for (const Index extent : header.extents) {
    fits = fits && bytes <= rest / static_cast<std::uint64_t>(extent);  // nothing can overflow
    if (fits) bytes *= static_cast<std::uint64_t>(extent);
  }
  if (!fits || bytes != rest || !std::in_range<Index>(bytes))
    fail_malformed(name, source.position(), "as many values as the shape says and the end of the file",
                   format_message("{} bytes", rest));

  NpyArray array{std::move(header.extents), known->type,
                 std::vector<std::byte>(static_cast<std::size_t>(bytes))};
  read(array.bytes, "values");
  if (known->width > 1 && big != (std::endian::native == std::endian::big))
    for (std::size_t i = 0; i < array.bytes.size(); i += known->width)
      std::reverse(array.bytes.data() + i, array.bytes.data() + i + known->width);
  return array;
}

template <class F>
decltype(auto) NpyArray::visit(const F& f) const {
  const auto values = [this]<class T>(T) {
    return std::span(reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T));
  };
  switch (type) {
    case NpyType::u1:
      return f(values(std::uint8_t{}));
    case NpyType::i1:
      return f(values(std::int8_t{}));
    case NpyType::u2:
      return f(values(std::uint16_t{}));
    case NpyType::i2:
      return f(values(std::int16_t{}));
    case NpyType::u4:
      return f(values(std::uint32_t{}));
    case NpyType::i4:
      return f(values(std::int32_t{}));
    case NpyType::i8:
      return f(values(std::int64_t{}));
    case NpyType::f8:
      return f(values(double{}));
    default:
      return f(values(float{}));
  }
}

}  // namespace eigenerate::data
