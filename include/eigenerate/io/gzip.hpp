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
  explicit GzipSource(const std::filesystem::path& path) : file_(path), input_(input_bytes) {
    // 15: the largest window; + 16: a gzip wrapper and nothing else.
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) fail<IoError>("{}: zlib could not start", file_.path());
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;
  ~GzipSource() { inflateEnd(&stream_); }

  const std::string& path() const { return file_.path(); }
  std::uint64_t position() const { return position_; }
  ByteBounds remaining() const {
    const std::uint64_t most = file_.size() * largest_expansion;
    return {0, most > position_ ? most - position_ : 0};
  }

  std::size_t read(std::span<std::byte> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const std::size_t count = inflate_some(bytes.subspan(done));
      if (count == 0) break;
      done += count;
    }
    position_ += done;
    return done;
  }

 private:
  static constexpr std::size_t input_bytes = std::size_t{1} << 16;
  /// Deflate spends at least two bits on a match, and a match is at most 258 bytes: 258 · 8 / 2.
  static constexpr std::uint64_t largest_expansion = 1032;
  /// Tapes have blocks of at most this many bytes.
  static constexpr std::uint64_t most_padding = std::uint64_t{1} << 20;

  /// Reports what is wrong where zlib stopped reading.
  [[noreturn]] void fail_compressed(std::string_view expected, std::string_view got) const {
    fail<IoError>("{}: malformed at compressed byte {}: expected {}, got {}", path(),
                  file_.position() - stream_.avail_in, expected, got);
  }

  /// Makes at least one compressed byte available; false at the end of the file.
  bool refill() {
    if (stream_.avail_in > 0) return true;
    const std::size_t count = file_.read(std::as_writable_bytes(std::span(input_)));
    stream_.next_in = input_.data();
    stream_.avail_in = static_cast<uInt>(count);
    return count > 0;
  }

  /// Delivers between one byte and the whole span; zero only at the proper end of the content.
  std::size_t inflate_some(std::span<std::byte> bytes) {
    const std::size_t wanted = std::min<std::size_t>(bytes.size(), std::size_t{1} << 30);
    stream_.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_out = static_cast<uInt>(wanted);
    while (stream_.avail_out == wanted) {
      if (!refill()) {
        if (between_members_ && members_ > 0) return 0;
        fail_compressed("more compressed data", "the end of the file (truncated)");
      }
      if (between_members_) {
        if (members_ > 0 && *stream_.next_in == 0) {
          require_padding();
          continue;
        }
        begin_member();
      }
      switch (inflate(&stream_, Z_NO_FLUSH)) {
        case Z_OK:
        case Z_BUF_ERROR:  // it wants more input
          break;
        case Z_STREAM_END:
          between_members_ = true;
          break;
        case Z_MEM_ERROR:
          fail<IoError>("{}: zlib ran out of memory", path());
        default:
          fail_compressed("an intact gzip stream", stream_.msg ? stream_.msg : "corrupt data");
      }
    }
    return wanted - stream_.avail_out;
  }

  /// Reads on to the end of the file.
  void require_padding() {
    for (std::uint64_t zeros = 0; refill(); ++zeros, ++stream_.next_in, --stream_.avail_in) {
      if (*stream_.next_in != 0) fail_compressed("zeros to the end of the file", found());
      if (zeros == most_padding) fail_compressed("the end of the file", "more than a mebibyte of zeros");
    }
  }

  std::string found() const { return fmt::format("byte 0x{:02x}", *stream_.next_in); }

  void begin_member() {
    if (*stream_.next_in != 0x1f)
      fail_compressed(members_ == 0 ? "a gzip file (first byte 0x1f)" : "the end of the file", found());
    inflateReset(&stream_);
    ++members_;
    between_members_ = false;
  }

  FileSource file_;
  std::vector<Bytef> input_;
  z_stream stream_{};
  std::uint64_t position_ = 0;
  std::uint64_t members_ = 0;
  bool between_members_ = true;
};

static_assert(ByteSource<GzipSource>);

}  // namespace eigenerate
