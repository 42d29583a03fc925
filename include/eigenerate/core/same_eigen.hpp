#pragma once
// All units of a program must have the same Eigen. How its matrices are aligned, and with that how their
// memory is taken and given back, depends on -m flags and on EIGEN_MAX_ALIGN_BYTES: where one unit is
// compiled with -mavx512f and another without, the linker keeps one of two versions of each function, and the
// program dies of "double free" or of a misaligned load, in some place that has nothing to do with it.
//
// Each unit compares its alignment with that of the others before main(): a program of mixed units ends
// there, by a `ConfigError` that says so. Units are compared within one executable or shared library; those
// that include no header of this library are not.

#include <Eigen/Core>
#include <cstddef>

#include "eigenerate/core/errors.hpp"

namespace eigenerate {

namespace detail {

// Hidden: shared libraries that keep Eigen to themselves may each have their own.
#if defined(__GNUC__) && !defined(_WIN32)
#define EIGENERATE_HIDDEN [[gnu::visibility("hidden")]]
#else
#define EIGENERATE_HIDDEN
#endif

/// The alignment of the unit that was initialized first, 0 before that; in bytes, and one more.
EIGENERATE_HIDDEN inline constinit std::size_t alignment_of_first_unit = 0;

EIGENERATE_HIDDEN inline bool require_same_eigen(std::size_t alignment) {
  if (alignment_of_first_unit == 0) alignment_of_first_unit = alignment + 1;
  if (alignment_of_first_unit != alignment + 1)
    fail<ConfigError>(
        "this program was compiled with different -m flags or EIGEN_ macros in different files: one aligns "
        "Eigen's matrices to {} bytes, another to {}, which corrupts memory. Compile all files with the same",
        alignment_of_first_unit - 1, alignment);
  return true;
}

#undef EIGENERATE_HIDDEN

namespace {
[[maybe_unused]] const bool has_same_eigen = require_same_eigen(EIGEN_DEFAULT_ALIGN_BYTES);  // in each unit
}  // namespace

}  // namespace detail

}  // namespace eigenerate
