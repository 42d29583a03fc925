#include "eigenerate/io/usable_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;
namespace fs = std::filesystem;

TEST_CASE("usable file: what stands at a path is not always a file with something in it") {
  const support::TemporaryFolder folder;
  const fs::path path = folder / "file";
  const auto reason = [&] { return why_unusable(path).value_or("none"); };
  const auto again = [&] { fs::remove_all(path); };
  CHECK(reason() == "is missing");
  support::write_bytes(path, {});
  CHECK(reason() == "is empty");
  support::write_bytes(path, {1});
  CHECK(reason() == "none");
  if (geteuid() != 0) {  // root reads everything
    fs::permissions(path, fs::perms::none);
    CHECK(reason() == "cannot be opened: Permission denied");
  }
  again();
  fs::create_directory(path);
  CHECK(reason() == "is a folder");
  again();
  fs::create_symlink(folder / "absent", path);
  CHECK(reason() == "is a link that leads nowhere");
  support::write_bytes(folder / "absent", {1});
  CHECK(reason() == "none");
  again();
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK(reason() == "is no regular file");  // and nobody waits for a writer
  CHECK(why_unusable(folder / "absent/below") == "Not a directory");
  CHECK(why_unusable(folder / std::string(300, 'n')) == "File name too long");
}

TEST_CASE("usable file: the first that can be read is taken") {
  const support::TemporaryFolder folder;
  const fs::path paths[] = {folder / "missing", folder / "empty", folder / "folder", folder / "good",
                            folder / "better"};
  support::write_bytes(paths[1], {});
  fs::create_directory(paths[2]);
  CHECK_FALSE(first_usable(paths));
  support::write_bytes(paths[4], {1});
  CHECK(first_usable(paths) == paths[4]);
  support::write_bytes(paths[3], {1});
  CHECK(first_usable(paths) == paths[3]);
  CHECK_FALSE(first_usable({}));
}
