// What no header writes, because some user's build makes it mean something else.
#include "structure/planted_tree.hpp"
#include "support/catch.hpp"

namespace {

using namespace structure;

const fs::path library = fs::path(EIGENERATE_SOURCE_DIR) / "include/eigenerate";

/// The lines, outside of comments, in which `pattern` occurs.
Complaints lines_with(const fs::path& root, const std::regex& pattern, const std::string& advice,
                      const fs::path& exception = {}) {
  Complaints complaints;
  for (const auto& header : headers(root)) {
    if (header == exception) continue;
    for (const auto& line : lines_of(root / header)) {
      const std::string code = line.substr(0, line.find("//"));
      if (std::smatch match; std::regex_search(code, match, pattern))
        complaints.push_back(header.string() + ": " + match.str() + ": " + advice);
    }
  }
  return complaints;
}

/// With -ffast-math compilers take every float for a finite number.
Complaints foldable(const fs::path& root) {
  static const std::regex question(
      R"(\b(std::)?(isnan|isfinite|isinf|isnormal|fpclassify|isunordered|__builtin_isnan|__builtin_isinf)\s*\()");
  static const std::regex sentinel(
      R"(infinity\(\)|quiet_NaN\(\)|signaling_NaN\(\)|\bHUGE_VALF?\b|\bINFINITY\b|\bNAN\b)");
  static const std::regex self_comparison(R"((?:^|[^\w.>:])([a-z]\w*) (!=|==) \1(?![\w.(\[>-]))");
  Complaints complaints = lines_with(root, question, "use is_finite or is_nan");
  for (const auto& c : lines_with(root, sentinel, "use a flag, or the largest number"))
    complaints.push_back(c);
  for (const auto& c : lines_with(root, self_comparison, "use is_nan")) complaints.push_back(c);
  return complaints;
}

/// Builds without threads have none of these.
Complaints thread_headers(const fs::path& root) {
  static const std::regex include(
      R"(#\s*include\s*<(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|pthread\.h)>)");
  return lines_with(root, include, "only core/thread_pool.hpp knows whether there are threads",
                    "core/thread_pool.hpp");
}

}  // namespace

TEST_CASE("no test of a float can be folded by -ffast-math", "[structure]") {
  CHECK(foldable(library) == Complaints{});
}

TEST_CASE("foldable tests of floats are caught", "[structure]") {
  const PlantedTree tree;
  tree.write("core/a.hpp",
             "bool a = std::isnan(x);  // std::isinf(x)\n"
             "double b = std::numeric_limits<double>::infinity();\n"
             "bool c = x != x;\n"
             "bool d = name != name_of(x) && begin == begin->next;\n");
  CHECK(foldable(tree.root()) == Complaints{"core/a.hpp: std::isnan(: use is_finite or is_nan",
                                            "core/a.hpp: infinity(): use a flag, or the largest number",
                                            "core/a.hpp:  x != x: use is_nan"});
}

TEST_CASE("only the thread pool includes what builds without threads lack", "[structure]") {
  CHECK(thread_headers(library) == Complaints{});
}

TEST_CASE("another header that includes threads is caught", "[structure]") {
  const PlantedTree tree;
  tree.write("core/thread_pool.hpp", "#include <thread>\n");
  tree.write("models/gan.hpp", "#include <atomic>\n#include <mutex>\n");
  CHECK(thread_headers(tree.root()) ==
        Complaints{
            "models/gan.hpp: #include <mutex>: only core/thread_pool.hpp knows whether there are threads"});
}
