// The README's first program is one that the tests compile.
#include "structure/source_tree.hpp"
#include "support/catch.hpp"

namespace {

using namespace structure;

/// The content of the first fenced block of C++ in a Markdown text.
std::string first_program(const std::string& markdown) {
  const std::string_view fence = "```cpp\n";
  const auto begin = markdown.find(fence);
  if (begin == std::string::npos) return {};
  const auto end = markdown.find("\n```", begin);
  return markdown.substr(begin + fence.size(), end + 1 - begin - fence.size());
}

}  // namespace

TEST_CASE("the README's first program is tests/consumer/vae_example.cpp", "[structure]") {
  const fs::path root = EIGENERATE_SOURCE_DIR;
  const std::string program = first_program(read(root / "README.md"));
  REQUIRE_FALSE(program.empty());
  CHECK(program == read(root / "tests/consumer/vae_example.cpp"));
}

TEST_CASE("the first program of a text is found", "[structure]") {
  CHECK(first_program("text\n```sh\nls\n```\n```cpp\nint a;\nint b;\n```\n```cpp\nint c;\n```\n") ==
        "int a;\nint b;\n");
  CHECK(first_program("no program").empty());
}
