#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "eigenerate/core/compiled.hpp"

namespace eigenerate {

/// The bytes of a plain file as memory that only reads, by POSIX's `mmap`: no copy, and no memory that the
/// system could not take back.
///
/// The size is that at opening. Bytes that another program writes later are seen; where it makes the file
/// shorter, or the disk fails, reading the bytes that are gone ends this program with the signal SIGBUS, for
/// no error can be thrown from a load. Replace such a file by renaming a new one over it, as `AtomicFile`
/// does: the mapping keeps the old one.
///
/// **Errors** `IoError` with path and reason when the file is missing, empty or no plain file, cannot be
/// opened, or is larger than addresses allow.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace eigenerate

#if EIGENERATE_DEFINES(IO)

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <string>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/io/file_error.hpp"

namespace eigenerate {

EIGENERATE_INLINE MappedFile::MappedFile(const std::filesystem::path& path) {
  const std::string name = path.string();
  // A mapping outlives its descriptor. O_NONBLOCK: opening a pipe would wait for somebody to write.
  struct Descriptor {
    int number;
    ~Descriptor() {
      if (number >= 0) ::close(number);
    }
  } const file{::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) fail_system(name, "open for reading", errno);
  struct ::stat status {};
  if (::fstat(file.number, &status) != 0) fail_system(name, "tell the size", errno);
  if (!S_ISREG(status.st_mode)) fail<IoError>("{}: cannot map: expected a regular file", name);
  if (status.st_size == 0) fail<IoError>("{}: cannot map: the file is empty", name);
  if (static_cast<std::uintmax_t>(status.st_size) > std::numeric_limits<std::size_t>::max())
    fail_system(name, "map", EOVERFLOW);
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.number, 0);
  if (start == MAP_FAILED) fail_system(name, "map", errno);
  bytes_ = {static_cast<const std::byte*>(start), size};
}

EIGENERATE_INLINE MappedFile::~MappedFile() {
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace eigenerate

#endif
