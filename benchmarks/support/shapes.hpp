#pragma once
// The products and convolutions that the suite measures, as all its peers are asked for them.

namespace benchmarks {

/// The three products of a linear layer's training, with column-major operands and no gaps between columns.
enum class ProductKind {
  forward,         ///< C = Aᵀ B, A stored k × m: a layer's output
  input_gradient,  ///< C = A B: the gradient of its input
  weight_gradient  ///< C += A Bᵀ, B stored n × k: the gradient of its weight
};

/// C is m × n, the sum runs over k.
struct ProductShape {
  ProductKind kind;
  long m, n, k;
};

/// A convolution with a 4 × 4 window, stride 2 and padding 1, which halves square images: the DCGAN's. Images
/// are channel-last, one sample per column; the weight is a (16·in_channels) × out_channels column-major
/// matrix.
struct HalvingConvolution {
  long in_channels, in_size, out_channels;

  long out_size() const { return in_size / 2; }
  long patch() const { return 16 * in_channels; }
  long in_values() const { return in_channels * in_size * in_size; }
  long out_values() const { return out_channels * out_size() * out_size(); }
};

}  // namespace benchmarks
