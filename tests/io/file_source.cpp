#include "eigenerate/io/file_source.hpp"

#include <array>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;

TEST_CASE("file source: delivers the bytes and knows how many are left") {
  const support::TemporaryFolder folder;
  support::write_bytes(folder / "five", {1, 2, 3, 4, 5});
  FileSource source(folder / "five");
  CHECK(source.path() == (folder / "five").string());
  CHECK(source.size() == 5);

  std::array<std::byte, 3> bytes{};
  CHECK(source.read(bytes) == 3);
  CHECK(std::to_integer<int>(bytes[2]) == 3);
  CHECK(source.position() == 3);
  CHECK(source.remaining().least == 2);
  CHECK(source.remaining().most == 2);
  CHECK(source.read(bytes) == 2);
  CHECK(std::to_integer<int>(bytes[1]) == 5);
  CHECK(source.remaining().most == 0);
  CHECK(source.read(bytes) == 0);
}

TEST_CASE("file source: a file that grew does not make the rest negative") {
  const support::TemporaryFolder folder;
  support::write_bytes(folder / "growing", {1, 2});
  FileSource source(folder / "growing");
  support::write_bytes(folder / "growing", {1, 2, 3, 4});
  std::array<std::byte, 8> bytes{};
  CHECK(source.read(bytes) == 4);
  CHECK(source.remaining().most == 0);
}
