// BLIS as a peer of the kernel ladder, by its own interface: it takes any strides, so nothing is copied.

#include <blis.h>

#include <cstdlib>
#include <string>

#include "support/blas_products.hpp"

using benchmarks::ProductKind;

void blis_product(float* c, const float* a, const float* b, const benchmarks::ProductShape& s) {
  const bool a_transposed = s.kind == ProductKind::forward,
             b_transposed = s.kind == ProductKind::weight_gradient;
  float one = 1, beta = b_transposed ? 1 : 0;  // BLIS never reads C where beta is zero
  bli_sgemm(a_transposed ? BLIS_TRANSPOSE : BLIS_NO_TRANSPOSE,
            b_transposed ? BLIS_TRANSPOSE : BLIS_NO_TRANSPOSE, s.m, s.n, s.k, &one, const_cast<float*>(a), 1,
            a_transposed ? s.k : s.m, const_cast<float*>(b), 1, b_transposed ? s.n : s.k, &beta, c, 1, s.m);
}

const char* blis_setup(int vector_bits) {
  // Its kernels come from a list of known processors, and what is newer than the list gets the generic ones,
  // without any vectors: the nearest relative is named instead.
#if defined(__x86_64__)
  const arch_t relative = vector_bits >= 512             ? BLIS_ARCH_SKX
                          : __builtin_cpu_is("amd") != 0 ? BLIS_ARCH_ZEN3
                                                         : BLIS_ARCH_HASWELL;
  if (vector_bits >= 256) setenv("BLIS_ARCH_TYPE", std::to_string(relative).c_str(), 0);
#else
  static_cast<void>(vector_bits);
#endif
  bli_thread_set_num_threads(1);
  static const std::string text = std::string("BLIS ") + bli_info_get_version_str() + ", its kernels for " +
                                  bli_arch_string(bli_arch_query_id());
  return text.c_str();
}
