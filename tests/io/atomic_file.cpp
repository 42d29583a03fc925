#include "eigenerate/io/atomic_file.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;
using support::contains;

TEST_CASE("atomic file: the target appears with the commit and not before") {
  const support::TemporaryFolder folder;
  const auto target = folder / "target";
  {
    AtomicFile file(target);
    std::fputs("new", file.handle());
    CHECK_FALSE(std::filesystem::exists(target));
    file.commit();
    CHECK(support::read_bytes(target) == support::Bytes{'n', 'e', 'w'});
  }
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: without a commit everything stays as it was") {
  const support::TemporaryFolder folder;
  const auto target = folder / "target";
  support::write_bytes(target, {'o', 'l', 'd'});
  {
    AtomicFile file(target);
    std::fputs("half of the n", file.handle());
  }
  CHECK(support::read_bytes(target) == support::Bytes{'o', 'l', 'd'});
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: a target that cannot be replaced is an error and leaves nothing behind") {
  const support::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "target/inside");
  const std::string error = support::error_of([&] { AtomicFile(folder / "target").commit(); });
  CHECK(contains(error, (folder / "target").string() + ": cannot replace: "));
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: a missing folder is an error with its reason") {
  const support::TemporaryFolder folder;
  CHECK(contains(support::error_of([&] { AtomicFile file(folder / "missing/target"); }),
                 "cannot create: No such file or directory"));
  support::write_bytes(folder / "file", {});
  CHECK(contains(support::error_of([&] { AtomicFile file(folder / "file/target"); }),
                 "cannot create: Not a directory"));
}
