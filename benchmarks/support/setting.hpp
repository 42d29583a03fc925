#pragma once
// What a program of ours runs with: the first line that each of them prints.

#include <fmt/format.h>

#include <cstdio>
#include <eigenerate/core/precision.hpp>
#include <eigenerate/core/threads.hpp>
#include <eigenerate/core/version.hpp>
#include <eigenerate/kernels/isa.hpp>
#include <string>

namespace benchmarks {

/// Whether products of less than `highest` precision are faster here than those of `highest`.
inline bool has_bf16_products(eigenerate::kernels::Isa isa) {
  return isa == eigenerate::kernels::Isa::Avx512Bf16 || isa == eigenerate::kernels::Isa::Amx;
}

/// One line of JSON: version, compiler, instruction set in use and all there are, precision, threads.
inline void print_setting(const char* program) {
  using namespace eigenerate;
  std::string supported, missing;
  for (const kernels::Isa isa : kernels::all_isas)
    (kernels::isa_is_supported(isa) ? supported : missing) += fmt::format(" {}", kernels::isa_name(isa));
  fmt::print(R"({{"program": "{}", "version": "{}.{}.{}", "compiler": "{}", "isa": "{}", "supported": "{}", )"
             R"("missing": "{}", "bf16": {}, "precision": "{}", "threads": {}}})"
             "\n",
             program, EIGENERATE_VERSION_MAJOR, EIGENERATE_VERSION_MINOR, EIGENERATE_VERSION_PATCH,
             BENCHMARK_COMPILER, kernels::isa_name(kernels::isa()),
             supported.substr(supported.empty() ? 0 : 1), missing.substr(missing.empty() ? 0 : 1),
             has_bf16_products(kernels::isa()), precision_name(matmul_precision()), num_threads());
  std::fflush(stdout);
}

}  // namespace benchmarks
