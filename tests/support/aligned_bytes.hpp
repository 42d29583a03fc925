#pragma once
// The bytes of all arrays that are alive: counted in the aligned operator new, which arenas and workspaces
// are made with. Include in one file of a test program.

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace support {

inline std::atomic<std::size_t> aligned_bytes{0};

namespace detail {
constexpr std::size_t header = 64;  // room in front of a block for its size, whatever the alignment
}

}  // namespace support

// Not inlined: g++ would see that the block that is freed begins before the array, and warn.
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  using support::detail::header;
  if (static_cast<std::size_t>(alignment) > header) throw std::bad_alloc();
  const std::size_t whole = (size + 2 * header - 1) / header * header;
  auto* block = static_cast<std::byte*>(std::aligned_alloc(header, whole));
  if (!block) throw std::bad_alloc();
  ::new (block) std::size_t(size);
  support::aligned_bytes += size;
  return block + header;
}

[[gnu::noinline]] void operator delete(void* array, std::align_val_t) noexcept {
  if (!array) return;
  auto* block = static_cast<std::byte*>(array) - support::detail::header;
  support::aligned_bytes -= *reinterpret_cast<std::size_t*>(block);
  std::free(block);
}
void operator delete(void* array, std::size_t, std::align_val_t alignment) noexcept {
  operator delete(array, alignment);
}
