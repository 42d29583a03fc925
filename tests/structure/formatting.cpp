// What a formatter leaves behind that nobody would write: comments and declarations torn in two, lines that
// run out of the page.
#include <fmt/format.h>

#include "structure/planted_tree.hpp"
#include "support/catch.hpp"

namespace {

using namespace structure;

constexpr std::size_t width = 110;  // .clang-format's ColumnLimit

/// Characters, not bytes: the headers write mathematics.
std::size_t characters(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(
      line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Complaints torn(const fs::path& root) {
  static const std::regex rule(R"(^\s*// -{10,}$)"), word(R"(^\s*///? \w+$)"), comment(R"(^\s*//)"),
      open(R"([=(]$)"), trailing(R"(^[^/]*;\s+///<)"), arguments(R"(\brequires [^({]* < )");
  Complaints complaints;
  for (const auto& header : headers(root)) {
    const auto lines = lines_of(root / header);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto complain = [&](const std::string& what) {
        complaints.push_back(fmt::format("{}:{}: {}", header.string(), i + 1, what));
      };
      const std::string& line = lines[i];
      const std::string before = i > 0 ? lines[i - 1] : "";
      if (std::regex_search(line, rule) && std::regex_search(before, comment))
        complain("the rule of a heading stands on a line of its own");
      if (std::regex_search(line, trailing) && std::regex_search(before, open) &&
          !std::regex_search(before, comment))
        complain("a declaration is torn by its comment; put the comment before it");
      if (std::regex_search(line.substr(0, line.find("//")), arguments))
        complain("template arguments are written as comparisons; say the constraint another way");
    }
  }
  return complaints;
}

/// Lines wider than the page, but for tables and texts, which are not to be broken.
Complaints wide(const fs::path& root) {
  static const std::regex unbroken(R"(^// \||")");
  Complaints complaints;
  for (const auto& source : files_of(root, {".hpp", ".cpp"})) {
    const auto lines = lines_of(root / source);
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (characters(lines[i]) > width && !std::regex_search(lines[i], unbroken))
        complaints.push_back(
            fmt::format("{}:{}: {} columns of {}", source.string(), i + 1, characters(lines[i]), width));
  }
  return complaints;
}

}  // namespace

TEST_CASE("no formatter tore a comment or a declaration", "[structure]") {
  CHECK(torn(fs::path(EIGENERATE_SOURCE_DIR) / "include/eigenerate") == Complaints{});
}

TEST_CASE("no line runs out of the page", "[structure]") {
  for (const char* folder : {"include", "examples", "benchmarks", "tests"})
    CHECK(wide(fs::path(EIGENERATE_SOURCE_DIR) / folder) == Complaints{});
}

TEST_CASE("torn comments and declarations, and long lines, are caught", "[structure]") {
  const PlantedTree tree;
  tree.write("core/a.hpp",
             "  // ---- Heading\n"
             "  // ------------------\n"
             "  int a =\n"
             "      3;  ///< how many\n"
             "  requires std::invocable < const F&, View < S >> void f();\n"
             "  int b = 3;  ///< \u00D7\n" +
                 ("// " + std::string(108, 'x') + "\n// | " + std::string(108, 'x') + "\n"));
  CHECK(torn(tree.root()) ==
        Complaints{
            "core/a.hpp:2: the rule of a heading stands on a line of its own",
            "core/a.hpp:4: a declaration is torn by its comment; put the comment before it",
            "core/a.hpp:5: template arguments are written as comparisons; say the constraint another way"});
  CHECK(wide(tree.root()) == Complaints{"core/a.hpp:7: 111 columns of 110"});
}
