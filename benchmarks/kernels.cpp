// The kernel ladder: the products and convolutions of the reference models, on every instruction set and in
// every precision that this machine has (on one alone where EIGENERATE_MAX_CPU_ISA names it), against the
// peak of its multiply-adds, the bandwidth of its caches, and the peers of support/kernel_peers.hpp. One
// thread.
//
// A benchmark's name is work/kind/shape/who. "flops" counts 2·m·n·k whatever the precision; "footprint" is
// the bytes of the operands, and "traffic" those that must move at least once: a result that is added to
// moves twice.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <eigenerate/core/memory.hpp>
#include <eigenerate/core/precision.hpp>
#include <eigenerate/core/threads.hpp>
#include <eigenerate/kernels/kernels.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/bandwidth.hpp"
#include "support/kernel_peers.hpp"
#include "support/peak.hpp"
#include "support/setting.hpp"

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

/// Of something that is counted once per iteration.
benchmark::Counter rate(double per_iteration) {
  return {per_iteration, benchmark::Counter::kIsIterationInvariantRate};
}

/// What is computed: its name without the last part, the sizes of its operands, whether it adds to what is
/// there, its flops, and whom it is compared with. The first peer's result is the right one.
struct Work {
  std::string name;
  Index out, left, right;
  bool adds;
  double flops;
  std::vector<Peer> peers;

  double footprint() const { return 4.0 * static_cast<double>(out + left + right); }
  double traffic() const { return footprint() + (adds ? 4.0 * static_cast<double>(out) : 0.0); }
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

/// `tolerance` bounds the difference to the first peer's result: the speed of a wrong product counts for
/// nothing. The instruction set is chosen outside the loop: asking the processor what it has takes
/// microseconds.
void add(const Work& work, const std::string& who, float tolerance, const std::function<Compute()>& prepare,
         kernels::Isa isa = kernels::isa()) {
  benchmark::RegisterBenchmark((work.name + "/" + who).c_str(), [=](benchmark::State& state) {
    if (!kernels::set_isa(isa)) return state.SkipWithError("no such instruction set");
    const Buffer left = filled(work.left), right = filled(work.right);
    Buffer out = filled(work.out), expected = out;  // not zeros: some of the work adds to what is there
    const Compute compute = prepare();
    work.peers.front().prepare()(expected.data(), left.data(), right.data());
    compute(out.data(), left.data(), right.data());
    if (!(relative_difference(expected, out) <= tolerance)) return state.SkipWithError("the result is wrong");
    for (auto _ : state) {
      compute(out.data(), left.data(), right.data());
      benchmark::ClobberMemory();
    }
    state.counters["flops"] = rate(work.flops);
    state.counters["footprint"] = work.footprint();
    state.counters["traffic"] = work.traffic();
  });
}

/// An instruction set with a precision that it multiplies in.
struct Rung {
  kernels::Isa isa;
  MatmulPrecision precision;
};

/// Whether this run is of one instruction set alone.
bool one_isa_only() {
  return std::getenv("EIGENERATE_MAX_CPU_ISA") != nullptr;
}

/// Every one that is measured. The backends with bf16 differ from AVX-512 in the lower precisions alone.
std::vector<Rung> rungs() {
  if (one_isa_only()) return {{kernels::isa(), MatmulPrecision::highest}};
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

/// The peers, and `f` on every rung.
void add(const Work& work,
         const std::function<void(MatmulPrecision, float*, const float*, const float*)>& f) {
  for (const Peer& peer : work.peers) add(work, peer.name, tolerance(MatmulPrecision::highest), peer.prepare);
  for (const Rung& rung : rungs())
    add(
        work, std::string(kernels::isa_name(rung.isa)) + "/" + precision_name(rung.precision),
        tolerance(rung.precision),
        [=]() -> Compute {
          return
              [=](float* out, const float* left, const float* right) { f(rung.precision, out, left, right); };
        },
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

void add_product(ProductKind kind, long m, long n, long k) {
  const ProductShape shape{kind, m, n, k};
  const char* const names[] = {"forward", "input_gradient", "weight_gradient"};
  const auto extents = std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
  const Work work{std::string("product/") + names[static_cast<int>(kind)] + "/" + extents,
                  m * n,
                  m * k,
                  k * n,
                  kind == ProductKind::weight_gradient,
                  2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k),
                  product_peers(shape)};
  add(work, [=](MatmulPrecision precision, float* c, const float* a, const float* b) {
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
  // The convolutional VAE: its linear layers, and its inner convolution as a product with the patches of the
  // whole batch. A transposed convolution has the products of the convolution that it is the adjoint of.
  add_linear(3136, 40, batch);
  add_linear(20, 3136, batch);
  add_linear(16 * 32, 64, 7 * 7 * batch);
  // The GAN of perceptrons.
  add_linear(100, 256, batch);
  add_linear(256, 512, batch);
  add_linear(512, 784, batch);
  add_linear(784, 512, batch);
  add_linear(512, 256, batch);
  add_linear(256, 1, batch);
  // The DCGAN: its linear layers, and its convolutions as products.
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

/// One pass of a convolution, by the library.
struct ConvolutionPass {
  const char* name;
  std::function<void(MatmulPrecision, float*, const float*, const float*)> ours;
  Pass pass;
  Index out, left, right;
};

/// The three passes of a convolution, which are those of its transposed convolution too.
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
         kernels::convolution_forward(out, in, weight, {}, g, batch, precision);
       },
       Pass::forward, y, x, w},
      {"input_gradient",
       [=](MatmulPrecision precision, float* dx, const float* dy, const float* weight) {
         kernels::convolution_input_gradient(dx, dy, weight, {}, g, batch, scratch->data(), precision);
       },
       Pass::input_gradient, x, y, w},
      {"weight_gradient",
       [=](MatmulPrecision precision, float* dw, const float* in, const float* dy) {
         kernels::convolution_weight_gradient(dw, in, dy, g, batch, precision);
       },
       Pass::weight_gradient, w, x, y}};
  const auto size = std::to_string(shape.in_size), out_channels = std::to_string(shape.out_channels);
  const auto name = std::to_string(shape.in_channels) + "x" + size + "x" + size + "-" + out_channels;
  for (const ConvolutionPass& pass : passes) {
    const Work work{std::string("convolution/") + pass.name + "/" + name,
                    pass.out,
                    pass.left,
                    pass.right,
                    pass.pass == Pass::weight_gradient,
                    2.0 * static_cast<double>(shape.patch()) * static_cast<double>(y),
                    convolution_peers(pass.pass, shape, batch)};
    add(work, pass.ours);
  }
}

// ---- What the machine can do

void add_peaks() {
  for (const Peak& peak : all_peaks()) {
    if (!kernels::isa_is_supported(peak.isa) || (one_isa_only() && peak.isa > kernels::isa())) continue;
    const auto name =
        std::string("peak/registers/-/") + kernels::isa_name(peak.isa) + "/" + precision_name(peak.precision);
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
      double flops = 0;
      for (auto _ : state) flops = peak.run(10000);
      state.counters["flops"] = rate(flops);
    });
  }
}

/// Each way to move bytes, in each level of the memory.
void add_bandwidths() {
  const std::vector<Level> levels = memory_levels();
  for (const Mover& mover : all_movers()) {
    if (!kernels::isa_is_supported(mover.isa) || (one_isa_only() && mover.isa > kernels::isa())) continue;
    for (std::size_t level = 0; level < levels.size(); ++level) {
      const Index size = resident_bytes(levels, level) / (4 * mover.streams) / 64 * 64;
      const auto name = std::string("bandwidth/") + mover.name + "/" + levels[level].name + "/" +
                        kernels::isa_name(mover.isa);
      benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
        Buffer out = filled(mover.streams == 3 ? size : 64);
        const Buffer a = filled(size), b = filled(mover.streams == 3 ? size : 64);
        for (auto _ : state) {
          mover.run(out.data(), a.data(), b.data(), size);
          benchmark::ClobberMemory();
        }
        state.counters["bytes"] = rate(4.0 * static_cast<double>(mover.streams * size));
      });
    }
  }
}

/// "L1=49152 L2=1048576 memory=0"
std::string levels_text() {
  std::string text;
  for (const Level& level : memory_levels())
    text += (text.empty() ? "" : " ") + level.name + "=" + std::to_string(level.bytes);
  return text;
}

}  // namespace
}  // namespace benchmarks

int main(int argc, char** argv) {
  using namespace benchmarks;
  set_num_threads(1);
  print_setting("kernels");
  const bool avx512 = kernels::isa() >= kernels::Isa::Avx512, avx2 = kernels::isa() >= kernels::Isa::Avx2;
  for (const auto& [name, description] : set_up_peers(avx512 ? 512 : avx2 ? 256 : 0))
    benchmark::AddCustomContext(name, description);
  benchmark::AddCustomContext("levels", levels_text());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  add_peaks();
  add_bandwidths();
  add_products();
  add_convolution({1, 28, 32});
  add_convolution({32, 14, 64});
  add_convolution({1, 28, 64});
  add_convolution({64, 14, 128});
  benchmark::RunSpecifiedBenchmarks();
}
