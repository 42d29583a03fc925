#pragma once
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "structure/source_tree.hpp"

namespace structure {

/// A temporary tree of headers, to plant errors in.
class PlantedTree {
 public:
  PlantedTree() {
    std::string name = (fs::temp_directory_path() / "eigenerate-tree-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    root_ = name;
  }
  ~PlantedTree() { fs::remove_all(root_); }
  PlantedTree(const PlantedTree&) = delete;
  PlantedTree& operator=(const PlantedTree&) = delete;

  void write(const fs::path& file, const std::string& content) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << content;
  }

  const fs::path& root() const { return root_; }

 private:
  fs::path root_;
};

}  // namespace structure
