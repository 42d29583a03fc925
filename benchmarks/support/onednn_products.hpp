#pragma once
// oneDNN's products and convolutions. A result computes from and to the layouts of shapes.hpp: whatever
// oneDNN reorders on the way is part of the work. Of its forms (those layouts throughout; layouts of its
// choice for the weights; for everything) the one that is fastest here is taken.

#include <string>

#include "kernel_peers.hpp"

namespace benchmarks {

/// Primitives and their memory exist when it returns; running them allocates nothing.
Compute onednn_product(const ProductShape& shape);
Compute onednn_convolution(Pass pass, const HalvingConvolution& shape, long batch);

/// Restricts it to one thread; its version. ONEDNN_MAX_CPU_ISA restricts its instruction set.
std::string onednn_setup();

}  // namespace benchmarks
