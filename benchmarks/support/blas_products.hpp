#pragma once
// The products of backpropagation by two BLAS libraries, each behind a library of its own with all other
// symbols hidden, because their names clash.

#include "shapes.hpp"

#pragma GCC visibility push(default)
extern "C" {
void openblas_product(float* c, const float* a, const float* b, const benchmarks::ProductShape& shape);
/// Restricts it to one thread; its version, and the processor that it takes this one for.
const char* openblas_setup();

void blis_product(float* c, const float* a, const float* b, const benchmarks::ProductShape& shape);
/// Restricts it to one thread and to AVX2 or AVX-512 (`vector_bits` 256 or 512; else its own choice), before
/// its first product; its version, and the processor that it takes this one for.
const char* blis_setup(int vector_bits);
}
#pragma GCC visibility pop
