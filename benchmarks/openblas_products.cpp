// OpenBLAS as a peer of the kernel ladder. OPENBLAS_CORETYPE, read when it is loaded, chooses its kernels.

#include <cblas.h>
#include <dlfcn.h>

#include <string>

#include "support/blas_products.hpp"

using benchmarks::ProductKind;

void openblas_product(float* c, const float* a, const float* b, const benchmarks::ProductShape& s) {
  const bool a_transposed = s.kind == ProductKind::forward,
             b_transposed = s.kind == ProductKind::weight_gradient;
  const auto blas = [](long extent) { return static_cast<blasint>(extent); };
  cblas_sgemm(CblasColMajor, a_transposed ? CblasTrans : CblasNoTrans,
              b_transposed ? CblasTrans : CblasNoTrans, blas(s.m), blas(s.n), blas(s.k), 1, a,
              blas(a_transposed ? s.k : s.m), b, blas(b_transposed ? s.n : s.k), b_transposed ? 1 : 0, c,
              blas(s.m));
}

const char* openblas_setup() {
  openblas_set_num_threads(1);
  // BLIS has a cblas_sgemm too: whose is it that was called above?
  Dl_info product{}, library{};
  const bool own = dladdr(reinterpret_cast<void*>(&cblas_sgemm), &product) != 0 &&
                   dladdr(reinterpret_cast<void*>(&openblas_get_config), &library) != 0 &&
                   product.dli_fbase == library.dli_fbase;
  static const std::string text =
      own ? std::string(openblas_get_config()) + ", its kernels for " + openblas_get_corename()
          : "another library's cblas_sgemm in OpenBLAS's place: its column is not OpenBLAS's";
  return text.c_str();
}
