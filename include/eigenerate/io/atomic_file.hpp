#pragma once

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "eigenerate/io/file_error.hpp"

namespace eigenerate {

/// A file being written that replaces its target only when it is complete.
///
/// The bytes go to `<target>.partial` in the same folder; `commit` flushes, closes and renames it. Without a
/// commit the destructor removes the partial file, and whatever stood at the target is untouched.
///
/// **Errors** `IoError` with path and reason: missing or unwritable folder, full disk, failed rename.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target) : target_(std::move(target)), partial_(target_) {
    partial_ += ".partial";
    errno = 0;
    file_ = std::fopen(partial_.string().c_str(), "wb");
    if (!file_) fail_system(target_.string(), "create", errno);
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() {
    if (file_) std::fclose(file_);
    if (committed_) return;
    std::error_code ignored;
    std::filesystem::remove(partial_, ignored);
  }

  std::FILE* handle() { return file_; }
  const std::filesystem::path& target() const { return target_; }

  void commit() {
    errno = 0;
    const bool flushed = std::fflush(file_) == 0 && !std::ferror(file_);
    const int flush_code = errno;
    errno = 0;
    // A network file system may report a full disk only here.
    const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (!flushed || !closed) fail_system(target_.string(), "write", flushed ? errno : flush_code);
    std::error_code error;
    std::filesystem::rename(partial_, target_, error);
    if (error) fail_system(target_.string(), "replace", error.value());
    committed_ = true;
  }

 private:
  std::filesystem::path target_;
  std::filesystem::path partial_;
  std::FILE* file_ = nullptr;
  bool committed_ = false;
};

}  // namespace eigenerate
