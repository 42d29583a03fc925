#include "eigenerate/io/atomic_file.hpp"

#include <sys/stat.h>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;
using support::read_bytes;
using support::write_bytes;

TEST_CASE("atomic file: the target appears with the commit and not before") {
  const support::TemporaryFolder folder;
  const auto target = folder / "target";
  {
    AtomicFile file(target);
    std::fputs("new", file.handle());
    CHECK_FALSE(std::filesystem::exists(target));
    file.commit();
    CHECK(read_bytes(target) == Bytes{'n', 'e', 'w'});
  }
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: without a commit everything stays as it was") {
  const support::TemporaryFolder folder;
  const auto target = folder / "target";
  write_bytes(target, {'o', 'l', 'd'});
  {
    AtomicFile file(target);
    std::fputs("half of the n", file.handle());
  }
  CHECK(read_bytes(target) == Bytes{'o', 'l', 'd'});
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: a target that cannot be replaced is an error and leaves nothing behind") {
  const support::TemporaryFolder folder;
  const auto refusal = [&] { return support::error_of([&] { AtomicFile file(folder / "target"); }); };
  std::filesystem::create_directory(folder / "target");
  CHECK(refusal() == (folder / "target").string() + ": cannot create: a folder stands there");
  std::filesystem::create_directory(folder / "target/inside");
  CHECK(refusal() == (folder / "target").string() + ": cannot create: a folder stands there");
  std::filesystem::remove_all(folder / "target");
  std::filesystem::create_symlink("/dev/null", folder / "target");
  CHECK(contains(refusal(), "something else than a file stands there"));
  CHECK(contains(support::error_of([] { AtomicFile file("/dev/null"); }),
                 "/dev/null: cannot create: something"));
  CHECK(folder.entries() == 1);

  // A folder may also come while the file is written.
  std::filesystem::remove(folder / "target");
  AtomicFile late(folder / "target");
  std::filesystem::create_directories(folder / "target/inside");
  CHECK(contains(support::error_of([&] { late.commit(); }),
                 (folder / "target").string() + ": cannot replace: "));
}

TEST_CASE("atomic file: a missing folder is an error with its reason") {
  const support::TemporaryFolder folder;
  CHECK(contains(support::error_of([&] { AtomicFile file(folder / "missing/target"); }),
                 "cannot create: No such file or directory"));
  write_bytes(folder / "file", {});
  CHECK(contains(support::error_of([&] { AtomicFile file(folder / "file/target"); }),
                 "cannot create: Not a directory"));
}

TEST_CASE("atomic file: bytes arrive whole, and the target is there after the commit alone") {
  const support::TemporaryFolder folder;
  const auto target = folder / "target";
  Bytes content(300'000);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::uint8_t>(i * 7 % 251);
  AtomicFile file(target);
  CHECK(file.target() == target);
  file.write(std::as_bytes(std::span(content)));
  file.write({});
  file.finish();
  CHECK(file.handle() == nullptr);
  CHECK_FALSE(std::filesystem::exists(target));
  CHECK(read_bytes(target.string() + ".partial") == content);
  file.commit();
  CHECK(read_bytes(target) == content);
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: what a crash left behind is replaced") {
  const support::TemporaryFolder folder;
  write_bytes(folder / "target", {'o', 'l', 'd'});
  write_bytes(folder / "target.partial", Bytes(1000, 'x'));
  AtomicFile file(folder / "target");
  std::fputs("new", file.handle());
  file.commit();
  CHECK(read_bytes(folder / "target") == Bytes{'n', 'e', 'w'});
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: a link in the place of the partial file is not followed") {
  const support::TemporaryFolder folder;
  write_bytes(folder / "victim", {'v'});
  for (const char* to : {"victim", "nowhere", "target.partial"}) {
    CAPTURE(to);
    std::filesystem::create_symlink(folder / to, folder / "target.partial");
    {
      AtomicFile file(folder / "target");
      std::fputs("new", file.handle());
      CHECK_FALSE(std::filesystem::is_symlink(folder / "target.partial"));
      file.commit();
    }
    CHECK(read_bytes(folder / "victim") == Bytes{'v'});
    CHECK(read_bytes(folder / "target") == Bytes{'n', 'e', 'w'});
    CHECK(folder.entries() == 2);
  }
}

TEST_CASE("atomic file: a folder in the place of the partial file is an error and stays") {
  const support::TemporaryFolder folder;
  const auto refusal = [&] { return support::error_of([&] { AtomicFile file(folder / "target"); }); };
  std::filesystem::create_directory(folder / "target.partial");
  CHECK(contains(refusal(),
                 "cannot create: the folder " + (folder / "target.partial").string() + " is in the way"));
  std::filesystem::create_directory(folder / "target.partial/inside");
  CHECK(contains(refusal(), "is in the way"));
  CHECK(std::filesystem::exists(folder / "target.partial/inside"));
}

TEST_CASE("sync folder: what is no folder is an error with its reason") {
  const support::TemporaryFolder folder;
  sync_folder(folder.path());
  sync_folder({});
  CHECK(contains(support::error_of([&] { sync_folder(folder / "missing"); }),
                 (folder / "missing").string() + ": cannot open the folder: No such file or directory"));
  write_bytes(folder / "file", {});
  CHECK(contains(support::error_of([&] { sync_folder(folder / "file"); }), "Not a directory"));
}

TEST_CASE("replace by link: the new name shows the file, whatever it showed before") {
  const support::TemporaryFolder folder;
  write_bytes(folder / "from", {'a'});
  write_bytes(folder / "to.partial", {'x'});  // of a crash
  replace_by_link(folder / "from", folder / "to");
  CHECK(read_bytes(folder / "to") == Bytes{'a'});
  CHECK(std::filesystem::hard_link_count(folder / "to") == 2);
  CHECK(folder.entries() == 2);

  // Both names are one file.
  replace_by_link(folder / "from", folder / "to");
  replace_by_link(folder / "from", folder / "from");
  CHECK(read_bytes(folder / "from") == Bytes{'a'});
  CHECK(std::filesystem::hard_link_count(folder / "to") == 2);
  CHECK(folder.entries() == 2);

  // Another file takes the first one's name: what the second name shows does not change.
  AtomicFile next(folder / "from");
  std::fputs("b", next.handle());
  next.commit();
  CHECK(read_bytes(folder / "to") == Bytes{'a'});
  replace_by_link(folder / "from", folder / "to");
  CHECK(read_bytes(folder / "to") == Bytes{'b'});
  CHECK(folder.entries() == 2);
}

TEST_CASE("replace by link: a failure leaves both names as they were") {
  const support::TemporaryFolder folder;
  write_bytes(folder / "to", {'a'});
  CHECK(contains(support::error_of([&] { replace_by_link(folder / "missing", folder / "to"); }),
                 (folder / "to").string() + ": cannot replace: No such file or directory"));
  CHECK(read_bytes(folder / "to") == Bytes{'a'});
  std::filesystem::create_directories(folder / "folder/inside");
  CHECK(contains(support::error_of([&] { replace_by_link(folder / "to", folder / "folder"); }),
                 (folder / "folder").string() + ": cannot replace: "));
  CHECK(folder.entries() == 2);
}

TEST_CASE("replace by link: where there can be no link, a copy") {
  const support::TemporaryFolder folder;
  struct stat here {
  }, there{};
  const std::filesystem::path other = "/dev/shm";
  if (stat(folder.path().c_str(), &here) != 0 || stat(other.c_str(), &there) != 0 ||
      here.st_dev == there.st_dev) {
    WARN("Skipped: " << other << " is no other file system than the temporary folder");
    return;
  }
  const auto from = other / folder.path().filename();
  write_bytes(from, {'a', 'b'});
  write_bytes(folder / "to", {'o', 'l', 'd'});
  replace_by_link(from, folder / "to");
  std::filesystem::remove(from);
  CHECK(read_bytes(folder / "to") == Bytes{'a', 'b'});
  CHECK(folder.entries() == 1);
}
