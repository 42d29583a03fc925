#pragma once
// Golden files: what PyTorch computed, written by tests/goldens/generate.py, in this library's layouts.
//
//   for (const Golden& c : load_golden("layers/conv2d").cases()) {
//     CAPTURE(c.path());
//     const auto x = c.batch<double>("x");                     // (B, C, H, W) -> one sample per column,
//     channel-last c["parameters"].fill(network.parameters());              // state-dict order -> memory
//     order CHECK(...  c.batch<double>("y") ...); CHECK(... c["gradients"].arena(network.parameters()) ...);
//   }

#include <cmath>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/core/core.hpp"
#include "eigenerate/io/pytorch_layout.hpp"
#include "eigenerate/network/arena.hpp"

#ifndef EIGENERATE_SOURCE_DIR
#error \
    "compile tests with -DEIGENERATE_SOURCE_DIR=\"<top of the repository>\": golden files lie in its tests/goldens"
#endif

namespace eigenerate::testing {

/// A tensor as PyTorch has it: slowest dimension first, the batch before everything else.
struct GoldenTensor {
  std::vector<Index> shape;
  std::vector<double> values;
};

/// Where element i of PyTorch's order stands in the memory of a segment, for all i.
inline std::vector<Index> memory_positions(const Segment& segment) {
  std::vector<Index> positions;
  for_each_pytorch_position(segment, [&](Index position) { positions.push_back(position); });
  return positions;
}

/// Writes a tensor of PyTorch's into a segment's memory.
template <Scalar S>
void from_pytorch_order(const Segment& segment, const GoldenTensor& tensor, S* memory) {
  if (tensor.shape != segment.shape) fail<ShapeError>("golden of '{}' has another shape", segment.name);
  const auto positions = memory_positions(segment);
  for (std::size_t i = 0; i < positions.size(); ++i) memory[positions[i]] = static_cast<S>(tensor.values[i]);
}

/// Reads a segment's memory into PyTorch's order.
template <Scalar S>
GoldenTensor to_pytorch_order(const Segment& segment, const S* memory) {
  GoldenTensor tensor{segment.shape, {}};
  for (const Index position : memory_positions(segment))
    tensor.values.push_back(static_cast<double>(memory[position]));
  return tensor;
}

/// The memory layout of a batch of that PyTorch shape: channel-last inside each sample's column.
inline Segment batch_segment(const std::vector<Index>& shape) {
  Segment s;
  s.name = "batch";
  s.shape = shape;
  s.size = std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>{});
  s.memory_order = {0};
  for (std::size_t k = 2; k < shape.size(); ++k) s.memory_order.push_back(static_cast<Index>(k));
  if (shape.size() > 1) s.memory_order.push_back(1);
  return s;
}

/// (B, C, H, W), (B, F) or (B) -> a matrix of one sample per column, images channel-last.
template <Scalar S>
Matrix<S> from_pytorch_batch(const GoldenTensor& tensor) {
  const Segment layout = batch_segment(tensor.shape);
  const Index samples = tensor.shape.at(0);
  Matrix<S> batch(samples == 0 ? 0 : layout.size / samples, samples);
  from_pytorch_order(layout, tensor, batch.data());
  return batch;
}

/// A batch of samples of that shape -> (B, C, H, W), or (B, F) for feature vectors.
template <Scalar S>
GoldenTensor to_pytorch_batch(const Matrix<S>& batch, const Shape& sample) {
  std::vector<Index> shape{batch.cols(), sample.channels};
  if (!sample.is_vector()) shape.insert(shape.end(), {sample.height, sample.width});
  return to_pytorch_order(batch_segment(shape), batch.data());
}

/// One object of a golden file: the whole file, a case, or the parameters of a module.
class Golden {
 public:
  Golden(nlohmann::ordered_json node, std::string path) : node_(std::move(node)), path_(std::move(path)) {}

  /// Where it stands: `layers/conv2d/stride 2`.
  const std::string& path() const { return path_; }
  /// The last part of the path, the name of a case.
  std::string name() const { return path_.substr(path_.rfind('/') + 1); }
  bool contains(const std::string& key) const { return node_.contains(key); }

  Golden operator[](const std::string& key) const { return {at(key), path_ + "/" + key}; }
  /// All members that are objects, in the file's order: the cases of a file.
  std::vector<Golden> cases() const {
    std::vector<Golden> all;
    for (const auto& [key, value] : node_.items())
      if (value.is_object()) all.emplace_back(value, path_ + "/" + key);
    if (all.empty()) fail<IoError>("golden {}: has no cases", path_);
    return all;
  }

  double number(const std::string& key) const { return at(key).get<double>(); }
  Index integer(const std::string& key) const { return at(key).get<Index>(); }
  bool boolean(const std::string& key) const { return at(key).get<bool>(); }
  /// A plain list of numbers, or the values of a tensor in PyTorch's order.
  template <class T = double>
  std::vector<T> list(const std::string& key) const {
    const auto& node = at(key);
    return (node.is_object() ? node.at("values") : node).template get<std::vector<T>>();
  }
  GoldenTensor tensor(const std::string& key) const {
    const auto& node = at(key);
    if (node.is_number()) return {{}, {node.get<double>()}};
    return {node.at("shape").get<std::vector<Index>>(), node.at("values").get<std::vector<double>>()};
  }

  /// The tensor as a batch in our layout.
  template <Scalar S>
  Matrix<S> batch(const std::string& key) const {
    return from_pytorch_batch<S>(tensor(key));
  }

  /// Fills every tensor of the arena from this object of state-dict names. `prefix` is the name that the
  /// network puts before them: "critic" for `critic.0.weight`.
  template <Scalar S>
  void fill(Arena<S>& arena, const std::string& prefix = "") const {
    if (arena.segments().size() != node_.size())
      fail<ShapeError>("{}: has {} tensors, the network {}", path_, node_.size(), arena.segments().size());
    for_each_parameter(
        [&](const Segment& segment, S* memory) {
          const std::size_t skip = prefix.empty() ? 0 : prefix.size() + 1;
          from_pytorch_order(segment, tensor(segment.name.substr(skip)), memory);
        },
        arena);
  }
  /// The same as a new arena with the table of `like`.
  template <Scalar S>
  Arena<S> arena(const Arena<S>& like, const std::string& prefix = "") const {
    Arena<S> result = like.like();
    fill(result, prefix);
    return result;
  }

 private:
  const nlohmann::ordered_json& at(const std::string& key) const {
    if (!node_.contains(key)) fail<IoError>("golden {}: has no '{}'", path_, key);
    return node_.at(key);
  }

  nlohmann::ordered_json node_;
  std::string path_;
};

/// Reads `tests/goldens/<name>.json`.
inline Golden load_golden(const std::string& name) {
  const std::string path = std::string(EIGENERATE_SOURCE_DIR) + "/tests/goldens/" + name + ".json";
  std::ifstream file(path);
  if (!file) fail<IoError>("no golden file {}; tests/goldens/generate.py writes them", path);
  return {nlohmann::ordered_json::parse(file), name};
}

}  // namespace eigenerate::testing
