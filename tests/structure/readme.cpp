// The README's first program is one that the tests compile, its list of folders and the table of lessons
// are complete.
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

/// What a table or a list of a Markdown text names in backquotes, as matched by the first group.
std::set<std::string> named(const std::string& markdown, const std::regex& pattern) {
  std::set<std::string> names;
  for (std::sregex_iterator match(markdown.begin(), markdown.end(), pattern), end; match != end; ++match)
    names.insert((*match)[1]);
  return names;
}
std::set<std::string> lessons_of(const std::string& markdown) {
  return named(markdown, std::regex(R"(\| `(\w+\.cpp)` \| [^|]+ \|)"));
}
/// The folders in a list that is set apart by middle dots.
std::set<std::string> folders_of(const std::string& markdown) {
  std::set<std::string> folders = named(markdown, std::regex("`(\\w+)` ·")),
                        behind = named(markdown, std::regex("·\\s`(\\w+)`"));
  folders.merge(behind);
  return folders;
}

}  // namespace

TEST_CASE("the examples' README has a row for every lesson, and the README names every folder",
          "[structure]") {
  const fs::path root = EIGENERATE_SOURCE_DIR;
  std::set<std::string> lessons, folders;
  for (const auto& entry : fs::directory_iterator(root / "examples/lessons"))
    lessons.insert(entry.path().filename().string());
  for (const auto& entry : fs::directory_iterator(root / "include/eigenerate"))
    if (entry.is_directory()) folders.insert(entry.path().filename().string());
  CHECK(lessons_of(read(root / "examples/README.md")) == lessons);
  CHECK(folders_of(read(root / "README.md")) == folders);
  // One page that is read in ten minutes.
  CHECK(lines_of(root / "README.md").size() <= 260);
}

TEST_CASE("the README's first program is tests/consumer/vae_example.cpp", "[structure]") {
  const fs::path root = EIGENERATE_SOURCE_DIR;
  const std::string program = first_program(read(root / "README.md"));
  REQUIRE_FALSE(program.empty());
  CHECK(program == read(root / "tests/consumer/vae_example.cpp"));
}

TEST_CASE("lessons and folders of a text are found", "[structure]") {
  CHECK(
      lessons_of("| lesson | shows |\n|---|---|\n| `a.cpp` | this |\n| `b.cpp` | |\n| `c.hpp` | that |\n") ==
      std::set<std::string>{"a.cpp"});
  CHECK(folders_of("`core` · `io` ·\n`data` and `more`") == std::set<std::string>{"core", "io", "data"});
}

TEST_CASE("the first program of a text is found", "[structure]") {
  CHECK(first_program("text\n```sh\nls\n```\n```cpp\nint a;\nint b;\n```\n```cpp\nint c;\n```\n") ==
        "int a;\nint b;\n");
  CHECK(first_program("no program").empty());
}
