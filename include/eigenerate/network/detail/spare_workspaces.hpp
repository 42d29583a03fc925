#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "eigenerate/core/types.hpp"

namespace eigenerate::detail {

/// Workspaces that wait for the next prediction: to make one takes as long as a pass does.
///
/// Each thread that predicts takes one and gives it back, so after its first prediction none of up to `most`
/// at the same time makes another. W has `max_batch()`. Copies begin with none.
template <class W>
class SpareWorkspaces {
 public:
  static constexpr Index most = 64;

  SpareWorkspaces() = default;
  SpareWorkspaces(const SpareWorkspaces&) {}
  SpareWorkspaces(SpareWorkspaces&& other) noexcept { swap(other); }
  SpareWorkspaces& operator=(SpareWorkspaces other) noexcept {
    swap(other);
    return *this;
  }
  ~SpareWorkspaces() {
    for (auto& slot : slots_) delete slot.load();
  }

  /// One for at least `batch` samples: a spare one that is large enough, else `make(batch)`.
  template <class F>
  std::unique_ptr<W> take(Index batch, const F& make) {
    for (auto& slot : slots_) {
      if (slot.load(std::memory_order_relaxed) == nullptr) continue;
      std::unique_ptr<W> spare(slot.exchange(nullptr));
      if (spare && spare->max_batch() >= batch) return spare;
    }
    return std::make_unique<W>(make(batch));
  }
  void give_back(std::unique_ptr<W> workspace) {
    for (auto& slot : slots_) {
      W* none = nullptr;
      if (slot.load(std::memory_order_relaxed) == nullptr &&
          slot.compare_exchange_strong(none, workspace.get())) {
        workspace.release();
        return;
      }
    }
  }

 private:
  void swap(SpareWorkspaces& other) noexcept {
    for (std::size_t i = 0; i < slots_.size(); ++i)
      slots_[i].store(other.slots_[i].exchange(slots_[i].load()));
  }

  std::array<std::atomic<W*>, static_cast<std::size_t>(most)> slots_{};
};

}  // namespace eigenerate::detail
