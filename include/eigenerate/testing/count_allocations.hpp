#pragma once
// Makes AllocationGuard count: include in exactly one translation unit of a test program. Defines the C
// library's allocation functions in terms of glibc's own entry points; does nothing with another C library or
// a sanitizer, which interposes them itself, and counts nothing under valgrind, which replaces them.

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "eigenerate/testing/allocation_guard.hpp"

#if __has_include(<mm_malloc.h>)
#include <mm_malloc.h>  // clang's declares posix_memalign, and accepts no definition before that
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define EIGENERATE_DETAIL_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EIGENERATE_DETAIL_SANITIZED
#endif

#if defined(__GLIBC__) && !defined(EIGENERATE_DETAIL_SANITIZED)

extern "C" {
void* __libc_malloc(std::size_t) noexcept;
void* __libc_calloc(std::size_t, std::size_t) noexcept;
void* __libc_realloc(void*, std::size_t) noexcept;
void* __libc_memalign(std::size_t, std::size_t) noexcept;
}

namespace eigenerate::testing::detail {
inline void count_allocation() noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace eigenerate::testing::detail

extern "C" {
void* malloc(std::size_t size) noexcept {
  eigenerate::testing::detail::count_allocation();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  eigenerate::testing::detail::count_allocation();
  return __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) noexcept {
  eigenerate::testing::detail::count_allocation();
  return __libc_realloc(block, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  eigenerate::testing::detail::count_allocation();
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return memalign(alignment, size);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
  *block = memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}
}

namespace eigenerate::testing::detail {
/// Whether operator new still ends here: valgrind puts its own in the place of that.
inline bool sees_allocations() noexcept {
  const long before = allocations;
  void* volatile block = ::operator new(1);  // volatile, or both calls could be left out
  ::operator delete(block);
  return allocations != before;
}
inline const bool counter_installed = counting = sees_allocations();
}  // namespace eigenerate::testing::detail

#endif
