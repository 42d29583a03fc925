// Each folder's umbrella lists every header of the folder, and the umbrella of all stays light.
#include "structure/planted_tree.hpp"
#include "support/catch.hpp"

namespace {

using namespace structure;

const fs::path library = fs::path(EIGENERATE_SOURCE_DIR) / "include/eigenerate";

// Everything needed to train and sample, with Eigen and fmt alone.
std::vector<std::string> opt_in_libraries_behind(const fs::path& root) {
  std::vector<std::string> found;
  for (const auto& name : foreign_includes(root, "eigenerate.hpp")) {
    if (name == "zlib.h" || name == "png.h" || name.starts_with("nlohmann/")) found.push_back(name);
  }
  return found;
}

}  // namespace

TEST_CASE("each folder's umbrella has one row per header", "[structure]") {
  REQUIRE_FALSE(headers(library).empty());
  CHECK(incomplete_tables(library) == Complaints{});
}

TEST_CASE("a missing, a stale and an empty row are caught", "[structure]") {
  const PlantedTree tree;
  tree.write("layers/layers.hpp",
             "#pragma once\n// | linear.hpp | `Linear` |\n// | gone.hpp | `Gone` |\n// | relu.hpp | |\n");
  tree.write("layers/linear.hpp", "");
  tree.write("layers/relu.hpp", "");
  tree.write("layers/deep/tanh.hpp", "");
  tree.write("layers/detail/window.hpp", "");
  CHECK(incomplete_tables(tree.root()) ==
        Complaints{"layers/layers.hpp has no row for deep/tanh.hpp",
                   "layers/layers.hpp has no row for relu.hpp",
                   "layers/layers.hpp has a row for gone.hpp, which is not there"});
}

TEST_CASE("an internal header has no row", "[structure]") {
  const PlantedTree tree;
  tree.write("layers/layers.hpp", "#pragma once\n// | detail/window.hpp | a window |\n");
  tree.write("layers/detail/window.hpp", "");
  CHECK(incomplete_tables(tree.root()) ==
        Complaints{"layers/layers.hpp has a row for detail/window.hpp, which is internal"});
}

TEST_CASE("a folder without an umbrella is caught", "[structure]") {
  const PlantedTree tree;
  tree.write("layers/linear.hpp", "");
  CHECK(incomplete_tables(tree.root()) == Complaints{"layers/linear.hpp: its folder has no umbrella"});
}

TEST_CASE("the umbrella of all needs no opt-in library", "[structure]") {
  REQUIRE(fs::exists(library / "eigenerate.hpp"));
  CHECK(opt_in_libraries_behind(library) == std::vector<std::string>{});
}

TEST_CASE("an opt-in library behind the umbrella of all is caught", "[structure]") {
  const PlantedTree tree;
  tree.write("eigenerate.hpp", "#include \"eigenerate/io/io.hpp\"\n");
  tree.write("io/io.hpp", "#include <eigenerate/io/png.hpp>\n");
  tree.write("io/png.hpp", "#include <png.h>\n");
  CHECK(opt_in_libraries_behind(tree.root()) == std::vector<std::string>{"png.h"});
}
