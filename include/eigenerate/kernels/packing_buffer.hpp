#pragma once

#include <cstddef>
#include <new>

#include "eigenerate/core/threads.hpp"

namespace eigenerate::kernels::detail {

/// Bytes of the buffer in which a product packs its operands, see `Blocking`.
inline constexpr std::size_t packing_bytes = std::size_t{9} << 19;

/// A thread's packing buffer, aligned to 64 bytes; allocated when the thread runs its first product and freed
/// with the thread. Only the pages that products reach become resident. Without memory the program ends.
inline std::byte* packing_buffer() noexcept {
  struct Buffer {
    std::byte* data = static_cast<std::byte*>(::operator new (packing_bytes, std::align_val_t{64}));
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { ::operator delete (data, std::align_val_t{64}); }
  };
  thread_local const Buffer buffer;
  return buffer.data;
}

/// Workers of the pool allocate theirs when they start.
inline const bool workers_have_packing_buffers = [] {
  eigenerate::detail::prepare_worker.store([]() noexcept { packing_buffer(); });
  return true;
}();

}  // namespace eigenerate::kernels::detail
