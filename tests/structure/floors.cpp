// The folders are floors, in the order of the table in eigenerate.hpp: each includes only those above it.
// Headers are short, and guarded.
#include "structure/planted_tree.hpp"
#include "support/catch.hpp"

namespace {

using namespace structure;

const fs::path library = fs::path(EIGENERATE_SOURCE_DIR) / "include/eigenerate";

// A micro-kernel backend may argue for more than 500 lines.
Complaints ill_formed(const fs::path& root) {
  Complaints complaints;
  for (const auto& header : headers(root)) {
    const auto lines = lines_of(root / header);
    const bool backend = header.string().starts_with("kernels/backend/");
    if (lines.empty() || lines.front() != "#pragma once") {
      complaints.push_back(header.string() + " does not begin with #pragma once");
    }
    if (lines.size() > 500 && !backend) complaints.push_back(header.string() + " has more than 500 lines");
  }
  return complaints;
}

}  // namespace

TEST_CASE("a folder includes only the folders above it", "[structure]") {
  CHECK(climbing_includes(library) == Complaints{});
}

TEST_CASE("an include from a lower floor, past the door or by a relative name is caught", "[structure]") {
  const PlantedTree tree;
  tree.write("eigenerate.hpp",
             "// | core/    | types |\n// | kernels/ | products |\n// | layers/  | layers |\n");
  tree.write("core/core.hpp", "#include \"eigenerate/layers/linear.hpp\"\n");
  tree.write("kernels/gemm.hpp", "#include \"eigenerate/core/core.hpp\"\n");
  tree.write("layers/linear.hpp", "#include <eigenerate/kernels/gemm.hpp>\n#include \"relu.hpp\"\n");
  tree.write("layers/relu.hpp", "#include \"../core/core.hpp\"\n#include <vector>\n");
  tree.write("misc/x.hpp", "");
  CHECK(climbing_includes(tree.root()) ==
        Complaints{
            "core/core.hpp includes eigenerate/layers/linear.hpp, which is on a floor below it",
            "layers/linear.hpp includes eigenerate/kernels/gemm.hpp and not the door, kernels/kernels.hpp",
            "layers/linear.hpp includes relu.hpp by another name than eigenerate/…",
            "layers/relu.hpp includes ../core/core.hpp by another name than eigenerate/…",
            "misc/x.hpp: its folder has no row in eigenerate.hpp"});
}

TEST_CASE("headers are guarded and short", "[structure]") {
  CHECK(ill_formed(library) == Complaints{});
  auto sizes = std::vector<std::size_t>();
  for (const auto& header : headers(library)) sizes.push_back(lines_of(library / header).size());
  std::sort(sizes.begin(), sizes.end());
  CHECK(sizes[sizes.size() / 2] < 160);
}

TEST_CASE("an unguarded or an overlong header is caught", "[structure]") {
  const PlantedTree tree;
  tree.write("core/long.hpp", "#pragma once\n" + std::string(500, '\n'));
  tree.write("core/open.hpp", "#include <vector>\n");
  tree.write("kernels/backend/avx2.hpp", "#pragma once\n" + std::string(500, '\n'));
  CHECK(ill_formed(tree.root()) == Complaints{"core/long.hpp has more than 500 lines",
                                              "core/open.hpp does not begin with #pragma once"});
}
