#include "support/kernel_peers.hpp"

#include "support/blas_products.hpp"
#include "support/eigen_products.hpp"
#if BENCHMARK_ONEDNN
#include "support/onednn_products.hpp"
#endif

namespace benchmarks {

std::vector<Peer> product_peers(const ProductShape& shape) {
  using Product = void (*)(float*, const float*, const float*, const ProductShape&);
  const auto peer = [&](const char* name, Product product) {
    return Peer{name, [=]() -> Compute {
                  return [=](float* c, const float* a, const float* b) { product(c, a, b, shape); };
                }};
  };
  return {
    peer("eigen", eigen_product),
#if BENCHMARK_OPENBLAS
        peer("openblas", openblas_product),
#endif
#if BENCHMARK_BLIS
        peer("blis", blis_product),
#endif
#if BENCHMARK_ONEDNN
        {"onednn", [=] { return onednn_product(shape); }},
#endif
  };
}

std::vector<Peer> convolution_peers(Pass pass, const HalvingConvolution& shape, long batch) {
  const auto eigen = pass == Pass::forward          ? eigen_convolution_forward
                     : pass == Pass::input_gradient ? eigen_convolution_input_gradient
                                                    : eigen_convolution_weight_gradient;
  return {
    {"eigen",
     [=]() -> Compute {
       return
           [=](float* out, const float* left, const float* right) { eigen(out, left, right, shape, batch); };
     }},
#if BENCHMARK_ONEDNN
        {"onednn", [=] { return onednn_convolution(pass, shape, batch); }},
#endif
  };
}

std::vector<std::pair<std::string, std::string>> set_up_peers([[maybe_unused]] int vector_bits) {
  eigen_set_threads(1);
  return {
    {"eigen", std::string("Eigen ") + eigen_description()},
#if BENCHMARK_OPENBLAS
        {"openblas", openblas_setup()},
#else
        {"openblas", "OpenBLAS was not found by CMake (Debian: libopenblas-dev): its column is absent"},
#endif
#if BENCHMARK_BLIS
        {"blis", blis_setup(vector_bits)},
#else
        {"blis", "BLIS was not found by CMake (Debian: libblis-dev): its column is absent"},
#endif
#if BENCHMARK_ONEDNN
        {"onednn", onednn_setup()},
#else
        {"onednn", "oneDNN 2 was not found by CMake (Debian: libdnnl-dev): its column is absent"},
#endif
  };
}

}  // namespace benchmarks
