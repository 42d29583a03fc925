#include "eigenerate/io/mapped_file.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;
using support::contains;

TEST_CASE("mapped file: the bytes of the file, which may be replaced meanwhile") {
  const support::TemporaryFolder folder;
  support::Bytes bytes(10'000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 % 251);
  support::write_bytes(folder / "file", bytes);
  const MappedFile file(folder / "file");
  const auto is_unchanged = [&] {
    return std::ranges::equal(file.bytes(), bytes, [](std::byte a, std::uint8_t b) {
      return std::to_integer<std::uint8_t>(a) == b;
    });
  };
  CHECK(is_unchanged());
  support::write_bytes(folder / "new", {1, 2});
  std::filesystem::rename(folder / "new", folder / "file");
  CHECK(is_unchanged());
}

TEST_CASE("mapped file: what cannot be mapped is refused by name") {
  const support::TemporaryFolder folder;
  const auto refusal = [&](const char* name) {
    return support::error_of([&] { MappedFile file(folder / name); });
  };
  CHECK(contains(refusal("absent"), "absent: cannot open for reading: "));
  support::write_bytes(folder / "empty", {});
  CHECK(contains(refusal("empty"), "empty: cannot map: the file is empty"));
  std::filesystem::create_directory(folder / "folder");
  CHECK(contains(refusal("folder"), "folder: cannot map: expected a regular file"));
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(contains(refusal("pipe"), "pipe: cannot map: expected a regular file"));
}
