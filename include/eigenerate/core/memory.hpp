#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// Alignment of every arena and of every segment in it: one cache line, one AVX-512 register.
inline constexpr std::size_t alignment_bytes = 64;

/// Segments start at multiples of this many scalars, whatever the scalar (16 floats are 64 bytes), so that
/// float and double networks have the same table.
inline constexpr Index alignment_scalars = 16;

/// `n` rounded up to the next multiple of `alignment_scalars`.
constexpr Index aligned(Index n) {
  return (n + alignment_scalars - 1) / alignment_scalars * alignment_scalars;
}

/// A fixed-size, zero-initialised, 64-byte aligned array of scalars, or of other numbers.
template <class S>
requires(std::is_trivially_copyable_v<S>) class AlignedArray {
 public:
  AlignedArray() = default;
  explicit AlignedArray(Index size) : size_(size) {
    if (size == 0) return;
    data_ = static_cast<S*>(::operator new (bytes(), std::align_val_t{alignment_bytes}));
    std::fill_n(data_, size_, S(0));
  }
  AlignedArray(const AlignedArray& other) : AlignedArray(other.size_) {
    std::copy_n(other.data_, size_, data_);
  }
  AlignedArray(AlignedArray&& other) noexcept { swap(other); }
  AlignedArray& operator=(AlignedArray other) noexcept {
    swap(other);
    return *this;
  }
  ~AlignedArray() {
    if (data_) ::operator delete (data_, std::align_val_t{alignment_bytes});
  }

  S* data() { return data_; }
  const S* data() const { return data_; }
  Index size() const { return size_; }
  S* begin() { return data_; }
  S* end() { return data_ + size_; }
  const S* begin() const { return data_; }
  const S* end() const { return data_ + size_; }

 private:
  std::size_t bytes() const { return static_cast<std::size_t>(size_) * sizeof(S); }
  void swap(AlignedArray& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  S* data_ = nullptr;
  Index size_ = 0;
};

}  // namespace eigenerate
