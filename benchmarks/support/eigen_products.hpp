#pragma once
// The products of backpropagation in plain Eigen, as the library eigen_products compiles them: for this
// machine (eigen_products_avx2: for AVX2 and FMA), and with all other symbols hidden, so that its Eigen never
// mixes with the one of the program.

#include "shapes.hpp"

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
