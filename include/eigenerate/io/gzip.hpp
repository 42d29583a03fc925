#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/io/byte_source.hpp"
#include "eigenerate/io/file_error.hpp"
#include "eigenerate/io/file_source.hpp"

namespace eigenerate {

/// The content of a .gz file as a `ByteSource`; several members one after the other are one content, and zero
/// bytes behind the last, which tapes and block devices leave there, are none.
///
/// It expands only what is asked for, so a small file that would expand to terabytes costs nothing, and it
/// reports an end of content only after every checksum was right and no compressed byte is left over.
///
/// **Errors** `IoError` with the offset in the compressed file: not gzip, corrupt, truncated, wrong CRC or
/// length, other bytes than zeros after the last member, or more than a mebibyte of those.
/// **Source** RFC 1952; member concatenation is its section 2.2. The padding is gzip's own custom.
class GzipSource {
 public:
  explicit GzipSource(const std::filesystem::path& path);
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;
  ~GzipSource() { inflateEnd(&stream_); }

  const std::string& path() const { return file_.path(); }
  std::uint64_t position() const { return position_; }
  ByteBounds remaining() const;

  std::size_t read(std::span<std::byte> bytes);

 private:
  static constexpr std::size_t input_bytes = std::size_t{1} << 16;
  /// Deflate spends at least two bits on a match, and a match is at most 258 bytes: 258 · 8 / 2.
  static constexpr std::uint64_t largest_expansion = 1032;
  /// Tapes have blocks of at most this many bytes.
  static constexpr std::uint64_t most_padding = std::uint64_t{1} << 20;

  /// Reports what is wrong where zlib stopped reading.
  [[noreturn]] void fail_compressed(std::string_view expected, std::string_view got) const;

  /// Makes at least one compressed byte available; false at the end of the file.
  bool refill();

  /// Delivers between one byte and the whole span; zero only at the proper end of the content.
  std::size_t inflate_some(std::span<std::byte> bytes);

  /// Reads on to the end of the file.
  void require_padding();

  std::string found() const { return format_message("byte 0x{:02x}", *stream_.next_in); }

  void begin_member();

  FileSource file_;
  std::vector<Bytef> input_;
  z_stream stream_{};
  std::uint64_t position_ = 0;
  std::uint64_t members_ = 0;
  bool between_members_ = true;
};

static_assert(ByteSource<GzipSource>);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(GZIP)
#include "eigenerate/io/detail/gzip.hpp"
#endif
