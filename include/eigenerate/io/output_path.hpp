#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <system_error>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/io/atomic_file.hpp"
#include "eigenerate/io/file_error.hpp"

// A run that takes hours should learn in its first second that its results have nowhere to go.

namespace eigenerate {

/// Makes a folder, and those above it, where they are missing.
///
/// **Errors** `IoError` with path and reason.
void create_folder(const std::filesystem::path& folder);

/// Makes sure, before any work is done, that an `AtomicFile` can be put at `path`, in place of a file that
/// may stand there: makes the folders above it where they are missing, and writes a byte. Nothing is left
/// behind but folders; what stands at `path` is untouched.
///
/// **Errors** `IoError` with path and reason: an empty path, a folder in the file's place, a folder that
/// cannot be made or written to.
void prepare_output_file(const std::filesystem::path& path);

/// The same for files of any name in a folder, which is made where it is missing.
///
/// **Errors** as above.
inline void prepare_output_folder(const std::filesystem::path& folder) {
  create_folder(folder);
  prepare_output_file(folder / ".eigenerate");
}

#if EIGENERATE_DEFINES(IO)

EIGENERATE_INLINE void create_folder(const std::filesystem::path& folder) {
  if (folder.empty()) fail<IoError>("the path of an output is empty: expected the name of a folder");
  std::error_code error, ignored;
  std::filesystem::create_directories(folder, error);
  // What it reports of a file or a link in the folder's place differs between the standard libraries.
  if (!std::filesystem::is_directory(folder, ignored))
    fail_system(folder.string(), "create the folder", error ? error.value() : ENOTDIR);
}

EIGENERATE_INLINE void prepare_output_file(const std::filesystem::path& path) {
  if (path.empty()) fail<IoError>("the path of an output is empty: expected the name of a file");
  std::error_code ignored;
  if (!path.has_filename() || std::filesystem::is_directory(path, ignored))
    fail_system(path.string(), "write a file there", EISDIR);
  if (path.has_parent_path()) create_folder(path.parent_path());
  AtomicFile attempt(path);
  attempt.write(std::array{std::byte{}});
  attempt.finish();
}

#endif

}  // namespace eigenerate
