#pragma once

#include <cstddef>
#include <new>

#include "eigenerate/core/threads.hpp"

namespace eigenerate::kernels::detail {

/// Bytes of the buffer in which a product packs its operands, see `Blocking`.
inline constexpr std::size_t packing_bytes = std::size_t{9} << 19;

/// The calling thread's packing buffer, aligned to 64 bytes, for the length of a product.
///
/// It is allocated for the thread's first product and freed with the thread. Products that run later still,
/// in destructors of static or of other thread_local objects, get one that lasts as long as the outermost of
/// them. Only the pages that products reach become resident. Without memory the program ends.
class PackingBuffer {
 public:
  PackingBuffer() noexcept {
    if (of_thread_.data == nullptr) allocate();
  }
  PackingBuffer(const PackingBuffer&) = delete;
  PackingBuffer& operator=(const PackingBuffer&) = delete;
  ~PackingBuffer() {
    if (is_temporary_) free();
  }

  [[nodiscard]] std::byte* data() const noexcept { return of_thread_.data; }

 private:
  // Nothing is destroyed when a thread ends but its `FreeAtThreadEnd`: what that leaves can be used for ever.
  struct OfThread {
    std::byte* data;
    bool thread_ends;
  };
  static inline constinit thread_local OfThread of_thread_{};

  struct FreeAtThreadEnd {
    constexpr FreeAtThreadEnd() noexcept = default;
    FreeAtThreadEnd(const FreeAtThreadEnd&) = delete;
    FreeAtThreadEnd& operator=(const FreeAtThreadEnd&) = delete;
    ~FreeAtThreadEnd() {
      free();
      of_thread_.thread_ends = true;
    }
  };

  void allocate() noexcept {
    of_thread_.data = static_cast<std::byte*>(::operator new (packing_bytes, std::align_val_t{64}));
    is_temporary_ = of_thread_.thread_ends;
    if (!is_temporary_) {
      [[maybe_unused]] static thread_local const FreeAtThreadEnd free_at_thread_end;
    }
  }
  static void free() noexcept {
    ::operator delete (of_thread_.data, std::align_val_t{64});
    of_thread_.data = nullptr;
  }

  bool is_temporary_ = false;
};

/// Workers of the pool allocate theirs when they start.
inline const bool workers_have_packing_buffers = [] {
  eigenerate::detail::prepare_worker.store([]() noexcept { const PackingBuffer allocated; });
  return true;
}();

}  // namespace eigenerate::kernels::detail
