#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/version.hpp"
#include "eigenerate/io/state_tensors.hpp"

namespace eigenerate {

/// What has weights: a `Network`.
template <class N>
concept WeightedNetwork = requires(N& network) {
  network.parameters().segments();
  network.buffers().segments();
  network.name();
};

/// What has several networks with weights: a `Model`.
template <class M>
concept WeightedModel = requires(M& model) {
  typename M::scalar_type;
  model.for_each_learner([](auto&) {});
};

namespace detail {

/// The tensors of a network by their names within it (`0.weight`), behind `prefix`.
template <class T, class N, class A>
void append_network(std::vector<StateTensor<T>>& list, N& network, A& parameters, const std::string& prefix) {
  const std::size_t skip = network.name().empty() ? 0 : network.name().size() + 1;
  const auto name_of = [&](const Segment& s) { return child_path(prefix, s.name.substr(skip)); };
  append_arena(list, parameters, name_of);
  append_arena(list, network.buffers(), name_of);
}
/// What the network predicts with: that is what a file holds.
template <class S, class N>
void append_saved(std::vector<StateTensor<const S>>& list, const N& network, const std::string& prefix) {
  append_network(list, network, network.parameters(Mode::evaluate), prefix);
}
/// What is trained: that is where a file goes, and from there into the average.
template <class S, class N>
void append_loaded(std::vector<StateTensor<S>>& list, N& network, const std::string& prefix) {
  append_network(list, network, network.parameters(), prefix);
}

template <class T>
void save_tensors(const std::filesystem::path& path, const std::vector<StateTensor<T>>& state,
                  std::map<std::string, std::string> metadata) {
  std::vector<Tensor> tensors;
  for (const auto& s : state) tensors.push_back(to_tensor(s));
  sort_for_safetensors(tensors);
  metadata["format"] = "pt";  // tells Python tools that the tensors are PyTorch's
  metadata["producer"] = fmt::format("eigenerate {}", version);
  write_safetensors(path, safetensors_header(tensors, metadata), tensors);
}

}  // namespace detail

/// Writes a network's parameters and buffers as safetensors, with the names, order and layout of the state
/// dict of PyTorch's equivalent module: `0.weight`, `2.running_mean`, …. `metadata` is free text for the
/// file's header.
///
/// The file holds what the network predicts with: the moving average of the parameters where one is kept.
///
/// **Errors** `IoError` with path and reason; the file that stood there is replaced only by a complete one.
template <WeightedNetwork N>
void save_weights(const std::filesystem::path& path, const N& network,
                  const std::map<std::string, std::string>& metadata = {}) {
  using S = std::remove_cvref_t<decltype(*network.parameters().data())>;
  std::vector<StateTensor<const S>> state;
  detail::append_saved(state, network, "");
  detail::save_tensors(path, state, metadata);
}

/// The same for all networks of a model, each behind its name: `encoder.0.weight`, `decoder.0.weight`.
template <WeightedModel M>
void save_weights(const std::filesystem::path& path, M& model,
                  const std::map<std::string, std::string>& metadata = {}) {
  using S = typename M::scalar_type;
  std::vector<StateTensor<const S>> state;
  model.for_each_learner(
      [&](auto& learner) { detail::append_saved(state, learner.network, learner.network.name()); });
  detail::save_tensors(path, state, metadata);
}

/// Reads a network's parameters and buffers from a safetensors file of PyTorch's or of `save_weights`. F64,
/// F32, F16 and BF16 are converted to the network's scalar.
///
/// With a `prefix`, the network is one part of the file: `load_weights("vae.safetensors", decoder,
/// "decoder")` reads `decoder.0.weight` and ignores what stands outside of `decoder.`. A moving average
/// starts from the loaded parameters.
///
/// **Errors** `IoError` that names every missing, unexpected or differently shaped tensor at once, and for a
/// weight that is not finite. The network is then unchanged.
template <WeightedNetwork N>
void load_weights(const std::filesystem::path& path, N& network, const std::string& prefix = "") {
  using S = std::remove_cvref_t<decltype(*network.parameters().data())>;
  SafetensorsReader reader(path);
  std::vector<StateTensor<S>> state;
  detail::append_loaded(state, network, prefix);
  const std::string below = child_path(prefix, "");
  StagedTensors<S>(reader, std::move(state), network.name().empty() ? "the network" : network.name(),
                   DtypeRule::any_floating, [&](std::string_view name) { return name.starts_with(below); })
      .commit();
  network.restart_average();
}

/// The same for all networks of a model; optimisers keep what they remember.
template <WeightedModel M>
void load_weights(const std::filesystem::path& path, M& model) {
  using S = typename M::scalar_type;
  SafetensorsReader reader(path);
  std::vector<StateTensor<S>> state;
  model.for_each_learner(
      [&](auto& learner) { detail::append_loaded(state, learner.network, learner.network.name()); });
  StagedTensors<S>(reader, std::move(state), "the model", DtypeRule::any_floating, [](std::string_view) {
    return true;
  }).commit();
  model.for_each_learner([](auto& learner) { learner.network.restart_average(); });
}

}  // namespace eigenerate
