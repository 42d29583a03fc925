#pragma once

#include <algorithm>
#include <atomic>
#include <memory>

#include "eigenerate/network/workspace.hpp"

namespace eigenerate {

/// A workspace that a network keeps for its next prediction: to make one takes as long as a pass does.
///
/// Threads that predict at the same time find it taken and make one of their own; the one that is given back
/// last stays.
template <Scalar S>
class SpareWorkspace {
 public:
  SpareWorkspace() = default;
  SpareWorkspace(const SpareWorkspace&) {}
  SpareWorkspace(SpareWorkspace&& other) noexcept : spare_(other.spare_.exchange(nullptr)) {}
  SpareWorkspace& operator=(SpareWorkspace other) noexcept {
    delete spare_.exchange(other.spare_.exchange(nullptr));
    return *this;
  }
  ~SpareWorkspace() { delete spare_.load(); }

  /// One for at least `batch` samples: the spare one where it is large enough, else `make(batch)`.
  template <class F>
  std::unique_ptr<Workspace<S>> take(Index batch, const F& make) {
    std::unique_ptr<Workspace<S>> workspace(spare_.exchange(nullptr));
    if (!workspace || workspace->max_batch() < batch) workspace = std::make_unique<Workspace<S>>(make(batch));
    return workspace;
  }
  void give_back(std::unique_ptr<Workspace<S>> workspace) { delete spare_.exchange(workspace.release()); }

 private:
  std::atomic<Workspace<S>*> spare_{nullptr};
};

}  // namespace eigenerate
