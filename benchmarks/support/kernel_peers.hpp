#pragma once
// Whom the kernel ladder compares with: plain Eigen always, OpenBLAS, BLIS and oneDNN where the build has
// them.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "shapes.hpp"

namespace benchmarks {

/// One way to compute a product or a convolution: out, left factor, right factor.
using Compute = std::function<void(float*, const float*, const float*)>;

/// Somebody else's way to do a piece of work; `prepare` is called once, before anything is timed.
struct Peer {
  std::string name;
  std::function<Compute()> prepare;
};

/// The passes of a convolution: what is computed of which two factors.
enum class Pass {
  forward,         ///< y of x and w
  input_gradient,  ///< dx of dy and w
  weight_gradient  ///< dw += of x and dy
};

/// Plain Eigen first: its result is the one that all others are checked by.
std::vector<Peer> product_peers(const ProductShape& shape);
std::vector<Peer> convolution_peers(Pass pass, const HalvingConvolution& shape, long batch);

/// Restricts all of them to one thread, and BLIS to vectors of so many bits; (name, version and settings) of
/// each, or what to install where one is missing. The others read their restriction from the environment.
std::vector<std::pair<std::string, std::string>> set_up_peers(int vector_bits);

}  // namespace benchmarks
