#pragma once
// The products of backpropagation in plain Eigen, as the library eigen_products compiles them: with
// -march=native, and with all other symbols hidden, so that its Eigen never mixes with the one of the
// program.

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

#pragma GCC visibility push(default)
extern "C" {
void eigen_product(float* c, const float* a, const float* b, const benchmarks::ProductShape& shape);
/// y = x ∗ w
void eigen_convolution_forward(float* y, const float* x, const float* w,
                               const benchmarks::HalvingConvolution& shape, long batch);
/// dx = the adjoint of the convolution applied to dy
void eigen_convolution_input_gradient(float* dx, const float* dy, const float* w,
                                      const benchmarks::HalvingConvolution& shape, long batch);
/// dw += the gradient of the weight
void eigen_convolution_weight_gradient(float* dw, const float* x, const float* dy,
                                       const benchmarks::HalvingConvolution& shape, long batch);
void eigen_set_threads(int threads);
int eigen_threads();
/// "3.4.0 with AVX SSE ...": as Eigen sees its own build.
const char* eigen_description();
}
#pragma GCC visibility pop
