#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/version.hpp"
#include "eigenerate/io/state_tensors.hpp"
#include "eigenerate/optim/learner.hpp"

namespace eigenerate {

/// What has several networks with weights: a `Model`.
template <class M>
concept WeightedModel = requires(const M& model) {
  typename M::scalar_type;
  { model.learners() } -> std::convertible_to<ConstLearners<typename M::scalar_type>>;
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
template <Scalar S>
void append_saved(std::vector<StateTensor<const S>>& list, const Network<S>& network,
                  const std::string& prefix) {
  append_network(list, network, network.parameters(Mode::evaluate), prefix);
}
/// What is trained: that is where a file goes, and into the average alike.
template <Scalar S>
void append_loaded(std::vector<StateTensor<S>>& list, Network<S>& network, const std::string& prefix) {
  const std::size_t first = list.size();
  append_network(list, network, network.parameters(), prefix);
  if (auto* average = network.average())
    for (std::size_t i = 0; i < average->segments().size(); ++i)
      list[first + i].twin = average->data() + average->segments()[i].offset;
}

template <class T>
void save_tensors(const std::filesystem::path& path, const std::vector<StateTensor<T>>& state,
                  std::map<std::string, std::string> metadata) {
  std::vector<Tensor> tensors;
  for (const auto& s : state) tensors.push_back(to_tensor(s));
  sort_for_safetensors(tensors);
  metadata["format"] = "pt";  // tells Python tools that the tensors are PyTorch's
  metadata["producer"] = format_message("eigenerate {}", version);
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
template <Scalar S>
void save_weights(const std::filesystem::path& path, const Network<S>& network,
                  const std::map<std::string, std::string>& metadata = {}) {
  std::vector<StateTensor<const S>> state;
  detail::append_saved(state, network, "");
  detail::save_tensors(path, state, metadata);
}

/// The same for all networks of a model, each behind its name: `encoder.0.weight`, `decoder.0.weight`.
template <WeightedModel M>
void save_weights(const std::filesystem::path& path, const M& model,
                  const std::map<std::string, std::string>& metadata = {}) {
  using S = typename M::scalar_type;
  std::vector<StateTensor<const S>> state;
  for (const Learner<S>* learner : model.learners())
    detail::append_saved(state, learner->network, learner->network.name());
  detail::save_tensors(path, state, metadata);
}

/// How the tensors of a file become those of a network or a model.
struct LoadWeightsOptions {
  /// What stands before all names in the file: `"decoder"` for a decoder that is one part of it. What stands
  /// outside of it is left alone.
  std::string prefix = {};
  /// Our names, whole or up to a dot, and what the file calls them: `{{"0", "fc1"}, {"2", "fc2"}}` reads
  /// `fc1.weight` as `0.weight`. The longest that fits a name counts.
  std::map<std::string, std::string> names = {};
  /// Whether file and network must have the same tensors. Otherwise those that both have, with the same
  /// shape, are loaded, and the others keep their values.
  bool strict = true;
};

namespace detail {

/// What the file calls one of our tensors. `used` collects the entries of the map that were of use.
inline std::string name_in_file(const LoadWeightsOptions& options, const std::string& ours,
                                std::set<std::string>& used) {
  for (std::string head = ours;; head.resize(head.rfind('.'))) {
    if (const auto found = options.names.find(head); found != options.names.end()) {
      used.insert(head);
      return child_path(options.prefix, found->second + ours.substr(head.size()));
    }
    if (head.find('.') == head.npos) return child_path(options.prefix, ours);
  }
}

/// Reads `state` from the file and puts it in place.
template <class S>
StateDifferences load_tensors(const std::filesystem::path& path, std::vector<StateTensor<S>> state,
                              std::string_view what, const LoadWeightsOptions& options) {
  std::set<std::string> used;
  for (auto& tensor : state) tensor.name = name_in_file(options, tensor.name, used);
  for (const auto& [ours, theirs] : options.names)
    if (!used.contains(ours))
      fail<ConfigError>("load_weights: {} has no tensor {} that could be called {} in the file", what,
                        shown(ours), shown(theirs));
  SafetensorsReader reader(path);
  const std::string below = child_path(options.prefix, "");
  StagedTensors<S> staged(
      reader, std::move(state), what, DtypeRule::convertible,
      [&](std::string_view name) { return name.starts_with(below); }, options.strict);
  staged.commit();
  return staged.differences();
}

}  // namespace detail

/// Reads a network's parameters and buffers from a safetensors file of PyTorch's or of `save_weights`, and
/// returns what was left out: nothing, when strict. A moving average takes the same values.
///
/// F64, F32, F16, BF16 and the 8-bit floats are converted to the network's scalar; integers are no weights.
/// `num_batches_tracked` may be any number, or missing (then 0): no pass reads it.
///
/// **Errors** `IoError` that names every missing, unexpected or differently shaped tensor at once, and for a
/// weight that is not finite; `ConfigError` for an entry of `names` that fits no tensor. The network is then
/// unchanged.
template <Scalar S>
StateDifferences load_weights(const std::filesystem::path& path, Network<S>& network,
                              const LoadWeightsOptions& options) {
  std::vector<StateTensor<S>> state;
  detail::append_loaded(state, network, "");
  return detail::load_tensors(path, std::move(state), network.name().empty() ? "the network" : network.name(),
                              options);
}
/// `load_weights("vae.safetensors", decoder, "decoder")` reads `decoder.0.weight` and ignores what stands
/// outside of `decoder.`.
template <Scalar S>
void load_weights(const std::filesystem::path& path, Network<S>& network, const std::string& prefix = "") {
  load_weights(path, network, LoadWeightsOptions{.prefix = prefix});
}

/// The same for all networks of a model, whose names begin with `encoder.` and `decoder.`; optimisers keep
/// what they remember.
template <WeightedModel M>
StateDifferences load_weights(const std::filesystem::path& path, M& model,
                              const LoadWeightsOptions& options = {}) {
  using S = typename M::scalar_type;
  std::vector<StateTensor<S>> state;
  for (Learner<S>* learner : model.learners())
    detail::append_loaded(state, learner->network, learner->network.name());
  return detail::load_tensors(path, std::move(state), "the model", options);
}

}  // namespace eigenerate
