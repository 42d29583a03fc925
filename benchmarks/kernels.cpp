// The kernel ladder: the products and convolutions of the reference models, on every instruction set and in
// every precision that this machine has, against the peak of its multiply-adds, plain Eigen and OpenBLAS. One
// thread.
//
// A benchmark's name is work/kind/shape/who. "flops" counts 2·m·n·k whatever the precision.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <eigenerate/core/memory.hpp>
#include <eigenerate/core/precision.hpp>
#include <eigenerate/core/threads.hpp>
#include <eigenerate/kernels/kernels.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/eigen_products.hpp"
#include "support/peak.hpp"
#include "support/setting.hpp"
#if BENCHMARK_OPENBLAS
#include <cblas.h>
#endif

namespace benchmarks {
namespace {

using namespace eigenerate;
using Buffer = AlignedArray<float>;

Buffer filled(Index size) {
  Buffer values(size);
  fill_uniform(values.data(), size, RandomStream{static_cast<std::uint64_t>(size)});
  for (Index i = 0; i < size; ++i) values.data()[i] -= 0.5f;  // sums of both signs, so that errors show
  return values;
}

void count_flops(benchmark::State& state, double flops_per_iteration) {
  state.counters["flops"] =
      benchmark::Counter(flops_per_iteration, benchmark::Counter::kIsIterationInvariantRate);
}

/// One way to compute a product or a convolution: out, left factor, right factor.
using Compute = std::function<void(float*, const float*, const float*)>;

/// What is computed: its name without the last part, the sizes of its operands, its flops, and Eigen's way.
struct Work {
  std::string name;
  Index out, left, right;
  double flops;
  Compute eigen;
};

/// The largest difference between two results, relative to the largest number in the first.
float relative_difference(const Buffer& expected, const Buffer& got) {
  float largest = 0, difference = 0;
  for (Index i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected.data()[i]));
    difference = std::max(difference, std::abs(expected.data()[i] - got.data()[i]));
  }
  return difference / largest;
}

/// `tolerance` bounds the difference to Eigen's result: the speed of a wrong product counts for nothing.
/// The instruction set is chosen outside the loop: asking the processor what it has takes microseconds.
void add(const Work& work, const std::string& who, float tolerance, const Compute& compute,
         kernels::Isa isa = kernels::supported_isa()) {
  benchmark::RegisterBenchmark((work.name + "/" + who).c_str(), [=](benchmark::State& state) {
    if (!kernels::set_isa(isa)) return state.SkipWithError("no such instruction set");
    const Buffer left = filled(work.left), right = filled(work.right);
    Buffer out = filled(work.out), expected = out;  // not zeros: some of the work adds to what is there
    work.eigen(expected.data(), left.data(), right.data());
    compute(out.data(), left.data(), right.data());
    if (!(relative_difference(expected, out) <= tolerance)) return state.SkipWithError("the result is wrong");
    for (auto _ : state) {
      compute(out.data(), left.data(), right.data());
      benchmark::ClobberMemory();
    }
    count_flops(state, work.flops);
  });
}

/// An instruction set with a precision that it multiplies in.
struct Rung {
  kernels::Isa isa;
  MatmulPrecision precision;
};

/// Every one that this machine has. The backends with bf16 differ from AVX-512 in the lower precisions alone.
std::vector<Rung> rungs() {
  std::vector<Rung> all;
  for (const kernels::Isa isa : kernels::all_isas) {
    if (!kernels::isa_is_supported(isa)) continue;
    if (has_bf16_products(isa))
      all.insert(all.end(), {{isa, MatmulPrecision::high}, {isa, MatmulPrecision::medium}});
    else
      all.push_back({isa, MatmulPrecision::highest});
  }
  return all;
}

/// Far above the rounding of sums of 25088 products, far below any mistake. A bf16 factor has 8 bits.
float tolerance(MatmulPrecision precision) {
  return precision == MatmulPrecision::medium ? 2e-2f : 1e-3f;
}

/// `f` on every rung.
void add_ours(const Work& work,
              const std::function<void(MatmulPrecision, float*, const float*, const float*)>& f) {
  for (const Rung& rung : rungs())
    add(
        work, std::string(kernels::isa_name(rung.isa)) + "/" + precision_name(rung.precision),
        tolerance(rung.precision),
        [=](float* out, const float* left, const float* right) { f(rung.precision, out, left, right); },
        rung.isa);
}

// ---- Products

/// The library's gemm in the form that each kind needs.
void multiply(const ProductShape& s, MatmulPrecision precision, float* c, const float* a, const float* b) {
  using enum kernels::Transpose;
  switch (s.kind) {
    case ProductKind::forward:
      return kernels::gemm(c, s.m, a, s.k, Yes, b, s.k, No, s.m, s.n, s.k, 0, {}, precision);
    case ProductKind::input_gradient:
      return kernels::gemm(c, s.m, a, s.m, No, b, s.k, No, s.m, s.n, s.k, 0, {}, precision);
    case ProductKind::weight_gradient:
      return kernels::gemm(c, s.m, a, s.m, No, b, s.n, Yes, s.m, s.n, s.k, 1, {}, precision);
  }
}

#if BENCHMARK_OPENBLAS
void openblas_product(const ProductShape& s, float* c, const float* a, const float* b) {
  const bool a_transposed = s.kind == ProductKind::forward,
             b_transposed = s.kind == ProductKind::weight_gradient;
  const auto blas = [](long extent) { return static_cast<blasint>(extent); };
  cblas_sgemm(CblasColMajor, a_transposed ? CblasTrans : CblasNoTrans,
              b_transposed ? CblasTrans : CblasNoTrans, blas(s.m), blas(s.n), blas(s.k), 1, a,
              blas(a_transposed ? s.k : s.m), b, blas(b_transposed ? s.n : s.k), b_transposed ? 1 : 0, c,
              blas(s.m));
}
#endif

void add_product(ProductKind kind, long m, long n, long k) {
  const ProductShape shape{kind, m, n, k};
  const char* const names[] = {"forward", "input_gradient", "weight_gradient"};
  const auto extents = std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
  const Work work{std::string("product/") + names[static_cast<int>(kind)] + "/" + extents,
                  m * n,
                  m * k,
                  k * n,
                  2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k),
                  [=](float* c, const float* a, const float* b) { eigen_product(c, a, b, shape); }};
  add(work, "eigen", 0, work.eigen);
#if BENCHMARK_OPENBLAS
  add(work, "openblas", tolerance(MatmulPrecision::highest),
      [=](float* c, const float* a, const float* b) { openblas_product(shape, c, a, b); });
#endif
  add_ours(work, [=](MatmulPrecision precision, float* c, const float* a, const float* b) {
    multiply(shape, precision, c, a, b);
  });
}

/// The three products that train a linear layer.
void add_linear(long in, long out, long batch) {
  add_product(ProductKind::forward, out, batch, in);
  add_product(ProductKind::input_gradient, in, batch, out);
  add_product(ProductKind::weight_gradient, in, out, batch);
}

void add_cube(long n) {
  for (const auto kind : {ProductKind::forward, ProductKind::input_gradient, ProductKind::weight_gradient})
    add_product(kind, n, n, n);
}

void add_products() {
  constexpr long batch = 128;
  // The VAE of perceptrons.
  add_linear(784, 400, batch);
  add_linear(400, 40, batch);
  add_linear(20, 400, batch);
  add_linear(400, 784, batch);
  // The GAN of perceptrons: its largest layer. The DCGAN: its linear layers, and its convolutions as products
  // with the patches of the whole batch. A transposed convolution has the products of the convolution that it
  // is the adjoint of.
  add_linear(512, 784, batch);
  add_linear(100, 6272, batch);
  add_linear(6272, 1, batch);
  add_linear(16 * 64, 128, 7 * 7 * batch);
  add_linear(16 * 1, 64, 14 * 14 * batch);
  // One sample through a decoder; products of next to nothing.
  add_product(ProductKind::forward, 400, 1, 20);
  add_product(ProductKind::forward, 784, 1, 400);
  add_product(ProductKind::forward, 64, 1, 64);
  add_cube(16);
  for (const long n : {256, 1024, 2048}) add_cube(n);
}

// ---- Convolutions

/// One pass of a convolution, by the library and by Eigen.
struct ConvolutionPass {
  const char* name;
  std::function<void(MatmulPrecision, float*, const float*, const float*)> ours;
  void (*eigen)(float*, const float*, const float*, const HalvingConvolution&, long batch);
  Index out, left, right;
};

/// The three passes of a convolution of the DCGAN, which are those of its transposed convolutions too.
void add_convolution(const HalvingConvolution& shape) {
  constexpr long batch = 128;
  const kernels::ConvolutionGeometry g{.in_channels = shape.in_channels,
                                       .in_height = shape.in_size,
                                       .in_width = shape.in_size,
                                       .out_channels = shape.out_channels,
                                       .out_height = shape.out_size(),
                                       .out_width = shape.out_size(),
                                       .kernel_h = 4,
                                       .kernel_w = 4,
                                       .stride_h = 2,
                                       .stride_w = 2,
                                       .pad_h = 1,
                                       .pad_w = 1};
  const auto scratch = std::make_shared<Buffer>(kernels::convolution_scratch_size<float>(g, batch));
  const Index x = shape.in_values() * batch, y = shape.out_values() * batch,
              w = shape.patch() * shape.out_channels;
  const ConvolutionPass passes[] = {
      {"forward",
       [=](MatmulPrecision precision, float* out, const float* in, const float* weight) {
         kernels::convolution_forward(out, in, weight, nullptr, g, batch, precision);
       },
       eigen_convolution_forward, y, x, w},
      {"input_gradient",
       [=](MatmulPrecision precision, float* dx, const float* dy, const float* weight) {
         kernels::convolution_input_gradient(dx, dy, weight, nullptr, g, batch, scratch->data(), precision);
       },
       eigen_convolution_input_gradient, x, y, w},
      {"weight_gradient",
       [=](MatmulPrecision precision, float* dw, const float* in, const float* dy) {
         kernels::convolution_weight_gradient(dw, in, dy, g, batch, precision);
       },
       eigen_convolution_weight_gradient, w, x, y}};
  const auto size = std::to_string(shape.in_size), out_channels = std::to_string(shape.out_channels);
  const auto name = std::to_string(shape.in_channels) + "x" + size + "x" + size + "-" + out_channels;
  for (const ConvolutionPass& pass : passes) {
    const Work work{std::string("convolution/") + pass.name + "/" + name,
                    pass.out,
                    pass.left,
                    pass.right,
                    2.0 * static_cast<double>(shape.patch()) * static_cast<double>(y),
                    [shape, eigen = pass.eigen](float* out, const float* left, const float* right) {
                      eigen(out, left, right, shape, batch);
                    }};
    add(work, "eigen", 0, work.eigen);
    add_ours(work, pass.ours);
  }
}

void add_peaks() {
  for (const Peak& peak : all_peaks()) {
    if (!kernels::isa_is_supported(peak.isa)) continue;
    const auto name =
        std::string("peak/registers/-/") + kernels::isa_name(peak.isa) + "/" + precision_name(peak.precision);
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
      double flops = 0;
      for (auto _ : state) flops = peak.run(10000);
      count_flops(state, flops);
    });
  }
}

}  // namespace
}  // namespace benchmarks

int main(int argc, char** argv) {
  using namespace benchmarks;
  set_num_threads(1);
  eigen_set_threads(1);
  print_setting("kernels");
  benchmark::AddCustomContext("eigen", eigen_description());
#if BENCHMARK_OPENBLAS
  openblas_set_num_threads(1);
  benchmark::AddCustomContext("openblas", openblas_get_config());
#endif
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  add_peaks();
  add_products();
  add_convolution({1, 28, 64});
  add_convolution({64, 14, 128});
  benchmark::RunSpecifiedBenchmarks();
}
