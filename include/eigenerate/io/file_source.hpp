#pragma once

#include <sys/types.h>  // off_t

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/io/byte_source.hpp"
#include "eigenerate/io/file_error.hpp"

namespace eigenerate {

/// The bytes of a plain file as a `ByteSource`.
///
/// **Errors** `IoError` with path and reason when the file is missing, is a directory or a pipe, cannot be
/// opened, or fails while it is read.
class FileSource {
 public:
  explicit FileSource(const std::filesystem::path& path);

  const std::string& path() const { return path_; }
  std::uint64_t position() const { return position_; }
  std::uint64_t size() const { return size_; }
  ByteBounds remaining() const { return {size_ - position_, size_ - position_}; }

  /// The next byte to read becomes byte `position` of the file.
  void seek(std::uint64_t position);

  std::size_t read(std::span<std::byte> bytes);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::string path_;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
};

static_assert(ByteSource<FileSource>);

#if EIGENERATE_DEFINES(IO)

EIGENERATE_INLINE FileSource::FileSource(const std::filesystem::path& path) : path_(path.string()) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    fail_system(path_, "open for reading", error ? error.value() : ENOENT);
  // A pipe has no size to check against, and opening one could wait for ever.
  if (!std::filesystem::is_regular_file(status))
    fail<IoError>("{}: cannot open for reading: expected a regular file, got {}", path_,
                  std::filesystem::is_directory(status) ? "a directory" : "something else");
  size_ = std::filesystem::file_size(path, error);
  if (error) fail_system(path_, "tell the size", error.value());
  errno = 0;
  file_.reset(std::fopen(path_.c_str(), "rb"));
  if (!file_) fail_system(path_, "open for reading", errno);
}

EIGENERATE_INLINE void FileSource::seek(std::uint64_t position) {
  if (position == position_) return;  // what the buffer holds already stays in it
  if (position > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()))
    fail_system(path_, "read", EOVERFLOW);
  errno = 0;
  if (fseeko(file_.get(), static_cast<off_t>(position), SEEK_SET) != 0) fail_system(path_, "read", errno);
  position_ = position;
}

EIGENERATE_INLINE std::size_t FileSource::read(std::span<std::byte> bytes) {
  if (bytes.empty()) return 0;
  errno = 0;
  const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), file_.get());
  if (count < bytes.size() && std::ferror(file_.get())) fail_system(path_, "read", errno);
  position_ += count;
  // A file that grows while it is read must not make `remaining` wrap around.
  if (position_ > size_) size_ = position_;
  return count;
}

#endif

}  // namespace eigenerate
