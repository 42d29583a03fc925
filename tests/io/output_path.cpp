#include "eigenerate/io/output_path.hpp"

#include <sys/mount.h>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;
using support::contains;
using support::error_of;
namespace fs = std::filesystem;

TEST_CASE("missing folders of an output are made, and nothing else", "[output path]") {
  const support::TemporaryFolder folder;
  prepare_output_file(folder / "a/b/c.txt");
  CHECK(fs::is_directory(folder / "a/b"));
  CHECK(fs::is_empty(folder / "a/b"));
  prepare_output_folder(folder / "d/e/");
  CHECK(fs::is_directory(folder / "d/e"));
  CHECK(fs::is_empty(folder / "d/e"));
  prepare_output_folder(folder / "d/e");
  // What stands there stays, also where the file itself is read-only: it will be replaced.
  support::write_bytes(folder / "a/b/c.txt", {1, 2, 3});
  fs::permissions(folder / "a/b/c.txt", fs::perms::owner_read);
  prepare_output_file(folder / "a/b/c.txt");
  CHECK(support::read_bytes(folder / "a/b/c.txt") == support::Bytes{1, 2, 3});
  prepare_output_file("a file of the present folder");
  CHECK_FALSE(fs::exists("a file of the present folder"));
}

TEST_CASE("links are followed to folders", "[output path]") {
  const support::TemporaryFolder folder;
  fs::create_directory(folder / "real");
  fs::create_directory_symlink(folder / "real", folder / "link");
  fs::create_symlink(folder / "nowhere", folder / "dangling");
  prepare_output_folder(folder / "link");
  prepare_output_file(folder / "link/file");
  prepare_output_file(folder / "dangling");  // a file will take the link's place
  CHECK(contains(error_of([&] { prepare_output_file(folder / "link"); }), "Is a directory"));
  CHECK(contains(error_of([&] { prepare_output_folder(folder / "dangling"); }),
                 "dangling: cannot create the folder"));
  CHECK(contains(error_of([&] { prepare_output_file(folder / "dangling/file"); }),
                 "dangling: cannot create the folder"));
}

TEST_CASE("what cannot be an output is refused with path and reason", "[output path]") {
  const support::TemporaryFolder folder;
  support::write_bytes(folder / "file", {1});
  CHECK(contains(error_of([] { prepare_output_file(""); }),
                 "the path of an output is empty: expected the name of a file"));
  CHECK(contains(error_of([] { prepare_output_folder(""); }), "expected the name of a folder"));
  for (const fs::path& path :
       {folder.path(), folder.path() / "", folder.path() / "new/", folder.path() / "."}) {
    CAPTURE(path);
    CHECK(contains(error_of([&] { prepare_output_file(path); }),
                   path.string() + ": cannot write a file there: Is a directory"));
  }
  CHECK_FALSE(fs::exists(folder / "new"));
  CHECK(contains(error_of([&] { prepare_output_folder(folder / "file"); }),
                 (folder / "file").string() + ": cannot create the folder: Not a directory"));
  CHECK(contains(error_of([&] { prepare_output_folder(folder / "file/below"); }),
                 ": cannot create the folder"));
  CHECK(
      contains(error_of([&] { prepare_output_file(folder / "file/below"); }), ": cannot create the folder"));
  CHECK(contains(error_of([&] { prepare_output_file(folder / std::string(300, 'x') / "y"); }),
                 "name too long"));
  CHECK(contains(error_of([&] { prepare_output_file(folder / std::string(300, 'x')); }), "name too long"));
  CHECK(folder.entries() == 1);
}

TEST_CASE("a folder that takes no files is refused", "[output path]") {
  // For the superuser permissions mean nothing: a file system that is read-only, and one that is full, do.
  const support::TemporaryFolder folder;
  if (mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=16k") != 0) {
    WARN("this user may not mount a tmpfs: skipped");
    return;
  }
  std::string full, read_only;
  {
    std::ofstream ballast(folder / "ballast", std::ios::binary);
    ballast << std::string(1 << 16, 'x') << std::flush;
  }
  full = error_of([&] { prepare_output_file(folder / "file"); });
  const auto left = folder.entries();
  if (mount("", folder.path().c_str(), "", MS_REMOUNT | MS_RDONLY, "") == 0)
    read_only = error_of([&] { prepare_output_folder(folder.path()); });
  umount2(folder.path().c_str(), MNT_DETACH);
  CHECK(contains(full, folder.path().string()));
  CHECK(contains(full, "No space left on device"));
  CHECK(left == 1);
  CHECK(contains(read_only, ".eigenerate: cannot create: Read-only file system"));
}
