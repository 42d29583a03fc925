#pragma once

#include "eigenerate/io/gzip.hpp"

namespace eigenerate {

EIGENERATE_INLINE GzipSource::GzipSource(const std::filesystem::path& path)
    : file_(path), input_(input_bytes) {
  // 15: the largest window; + 16: a gzip wrapper and nothing else.
  if (inflateInit2(&stream_, 15 + 16) != Z_OK) fail<IoError>("{}: zlib could not start", file_.path());
}

EIGENERATE_INLINE ByteBounds GzipSource::remaining() const {
  const std::uint64_t most = file_.size() * largest_expansion;
  return {0, most > position_ ? most - position_ : 0};
}

EIGENERATE_INLINE std::size_t GzipSource::read(std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::size_t count = inflate_some(bytes.subspan(done));
    if (count == 0) break;
    done += count;
  }
  position_ += done;
  return done;
}

EIGENERATE_INLINE void GzipSource::fail_compressed(std::string_view expected, std::string_view got) const {
  fail<IoError>("{}: malformed at compressed byte {}: expected {}, got {}", path(),
                file_.position() - stream_.avail_in, expected, got);
}

EIGENERATE_INLINE bool GzipSource::refill() {
  if (stream_.avail_in > 0) return true;
  const std::size_t count = file_.read(std::as_writable_bytes(std::span(input_)));
  stream_.next_in = input_.data();
  stream_.avail_in = static_cast<uInt>(count);
  return count > 0;
}

EIGENERATE_INLINE std::size_t GzipSource::inflate_some(std::span<std::byte> bytes) {
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

EIGENERATE_INLINE void GzipSource::require_padding() {
  for (std::uint64_t zeros = 0; refill(); ++zeros, ++stream_.next_in, --stream_.avail_in) {
    if (*stream_.next_in != 0) fail_compressed("zeros to the end of the file", found());
    if (zeros == most_padding) fail_compressed("the end of the file", "more than a mebibyte of zeros");
  }
}

EIGENERATE_INLINE void GzipSource::begin_member() {
  if (*stream_.next_in != 0x1f)
    fail_compressed(members_ == 0 ? "a gzip file (first byte 0x1f)" : "the end of the file", found());
  inflateReset(&stream_);
  ++members_;
  between_members_ = false;
}

}  // namespace eigenerate
