#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/io/file_error.hpp"

namespace eigenerate {

namespace detail {
/// Brings a file or a folder to the disk.
inline void sync_path(const std::string& path, const char* what, int flags) {
  errno = 0;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (descriptor < 0) fail_system(path, std::string("open the ") + what, errno);
  // Some network file systems cannot sync a folder and say EINVAL: there is nothing more to be done on them.
  const int code = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (code != 0 && code != EINVAL) fail_system(path, std::string("sync the ") + what, code);
}
}  // namespace detail

/// Makes renames and new files in a folder survive a loss of power.
///
/// **Errors** `IoError` with path and reason.
inline void sync_folder(const std::filesystem::path& folder) {
  detail::sync_path(folder.empty() ? "." : folder.string(), "folder", O_DIRECTORY);
}

/// A file being written that replaces its target only when it is complete and on the disk.
///
/// The bytes go to `<target>.partial` in the same folder; `commit` flushes, syncs, closes and renames it, and
/// syncs the folder: after a crash at any moment the target is the old file or the new one, never a mixture.
/// Without a commit the destructor removes the partial file, and whatever stood at the target is untouched.
/// A partial file that an earlier crash left behind is replaced; two writers of one target must not run at
/// the same time.
///
/// **Errors** `IoError` with path and reason: a missing or unwritable folder, a target that is a folder, a
/// device or a pipe, a full disk, a failed rename.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  std::FILE* handle() { return file_; }
  const std::filesystem::path& target() const { return target_; }

  void write(std::span<const std::byte> bytes);

  /// Brings every byte to the disk and closes the partial file; `commit` does so too.
  void finish();

  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path partial_;
  std::FILE* file_ = nullptr;
  bool committed_ = false;
};

/// Makes `to` another name of the file `from`, in place of whatever stood at `to`; where the file system has
/// no such links, a copy.
///
/// **Errors** `IoError` with path and reason; `to` is then as it was.
void replace_by_link(const std::filesystem::path& from, const std::filesystem::path& to);

#if EIGENERATE_DEFINES(IO)

EIGENERATE_INLINE AtomicFile::AtomicFile(std::filesystem::path target)
    : target_(std::move(target)), partial_(target_) {
  partial_ += ".partial";
  // The rename would fail for a folder, after all the work, and put a file in the place of a device.
  std::error_code ignored;
  const auto status = std::filesystem::status(target_, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    fail<IoError>("{}: cannot create: {} stands there", target_.string(),
                  std::filesystem::is_directory(status) ? "a folder" : "something else than a file");
  if (std::filesystem::is_directory(std::filesystem::symlink_status(partial_, ignored)))
    fail<IoError>("{}: cannot create: the folder {} is in the way", target_.string(), partial_.string());
  // Exclusively, so that a link that somebody put in its place is not followed.
  std::filesystem::remove(partial_, ignored);
  errno = 0;
  file_ = std::fopen(partial_.string().c_str(), "wbx");
  if (!file_) fail_system(target_.string(), "create", errno);
}

EIGENERATE_INLINE AtomicFile::~AtomicFile() {
  if (file_) std::fclose(file_);
  if (committed_) return;
  std::error_code ignored;
  std::filesystem::remove(partial_, ignored);
}

EIGENERATE_INLINE void AtomicFile::write(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;  // a span of nothing may point nowhere, which fwrite must not see
  errno = 0;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size())
    fail_system(target_.string(), "write", errno);
}

EIGENERATE_INLINE void AtomicFile::finish() {
  if (!file_) return;
  errno = 0;
  const bool flushed = std::fflush(file_) == 0 && !std::ferror(file_) && ::fsync(::fileno(file_)) == 0;
  const int flush_code = errno;
  errno = 0;
  // A network file system may report a full disk only here.
  const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (!flushed || !closed) fail_system(target_.string(), "write", flushed ? errno : flush_code);
}

EIGENERATE_INLINE void AtomicFile::commit() {
  finish();
  std::error_code error;
  std::filesystem::rename(partial_, target_, error);
  if (error) fail_system(target_.string(), "replace", error.value());
  committed_ = true;
  sync_folder(target_.parent_path());
}

EIGENERATE_INLINE void replace_by_link(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::path fresh = to;
  fresh += ".partial";
  std::error_code error, ignored;
  std::filesystem::remove(fresh, ignored);
  std::filesystem::create_hard_link(from, fresh, error);
  if (error) {
    error.clear();
    std::filesystem::copy_file(from, fresh, error);
    if (!error) detail::sync_path(fresh.string(), "copy", 0);
  }
  if (!error) std::filesystem::rename(fresh, to, error);
  // Where both were one file already, the rename did nothing.
  std::filesystem::remove(fresh, ignored);
  if (error) fail_system(to.string(), "replace", error.value());
}

#endif

}  // namespace eigenerate
