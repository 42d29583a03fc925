#include "eigenerate/kernels/isa.hpp"

#include <cstdlib>
#include <optional>
#include <set>
#include <string>

#include "kernels/kernel_test.hpp"

using namespace eigenerate::kernels;

namespace {

/// What a value of the environment variable leaves in use.
Isa capped_by(const char* value) {
  const char* const name = "EIGENERATE_MAX_CPU_ISA";
  const char* const old = std::getenv(name);
  const std::optional<std::string> before = old == nullptr ? std::nullopt : std::optional<std::string>(old);
  value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  const Isa capped = detail::initial_isa();
  before ? ::setenv(name, before->c_str(), 1) : ::unsetenv(name);
  return capped;
}

/// The last of the supported ones up to `cap`.
Isa best_up_to(Isa cap) {
  Isa best = Isa::Scalar;
  for (const Isa isa : all_isas)
    if (isa <= cap && isa_is_supported(isa)) best = isa;
  return best;
}

}  // namespace

TEST_CASE("the environment caps the instruction set", "[isa]") {
  for (const Isa cap : all_isas) {
    CAPTURE(isa_name(cap));
    CHECK(capped_by(isa_name(cap)) == best_up_to(cap));
  }
  CHECK(capped_by(nullptr) == supported_isa());
  CHECK(capped_by("") == supported_isa());
  CHECK(capped_by("AVX2") == supported_isa());
}

TEST_CASE("the instruction set can be asked for by name and changed", "[isa]") {
  CHECK(isa_name(Isa::Scalar) == std::string("scalar"));
  CHECK(isa_name(Isa::Neon) == std::string("neon"));
  CHECK(isa_name(Isa::Avx2) == std::string("avx2"));
  CHECK(isa_name(Isa::Avx512) == std::string("avx512"));
  CHECK(isa_name(Isa::Avx512Bf16) == std::string("avx512_bf16"));
  CHECK(isa_name(Isa::Amx) == std::string("amx"));
  const Isa before = isa();
  CHECK(isa_is_supported(before));
  for (const Isa wanted : all_isas) {
    const bool possible = isa_is_supported(wanted);
    const Isa expected = possible ? wanted : isa();
    CHECK(set_isa(wanted) == possible);
    CHECK(isa() == expected);
  }
  CHECK(set_isa(before));
}

TEST_CASE("each instruction set brings its own functions", "[isa]") {
  std::set<const void*> tables;
  int isas = 0;
  kernel_test::for_each_isa([&] {
    tables.insert(&detail::kernel_table<float>());
    ++isas;
  });
  CHECK(tables.size() == static_cast<std::size_t>(isas));
}
