#include "eigenerate/kernels/isa.hpp"

#include <cstdlib>
#include <optional>
#include <string>

#include "kernels/kernel_test.hpp"

using namespace eigenerate::kernels;

namespace {

/// The cap that a value of the environment variable stands for.
Isa cap_of(const char* value) {
  const char* const name = "EIGENERATE_MAX_CPU_ISA";
  const char* const old = std::getenv(name);
  const std::optional<std::string> before = old == nullptr ? std::nullopt : std::optional<std::string>(old);
  value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  const Isa cap = detail::isa_cap();
  before ? ::setenv(name, before->c_str(), 1) : ::unsetenv(name);
  return cap;
}

}  // namespace

TEST_CASE("the environment caps the instruction set", "[isa]") {
  CHECK(cap_of("scalar") == Isa::Scalar);
  CHECK(cap_of("avx2") == Isa::Avx2);
  CHECK(cap_of("avx512") == Isa::Avx512);
  CHECK(cap_of("amx") == Isa::Avx512);
  CHECK(cap_of(nullptr) == Isa::Avx512);
  CHECK(cap_of("") == Isa::Avx512);
}

TEST_CASE("the instruction set can be asked for by name and changed", "[isa]") {
  CHECK(isa_name(Isa::Scalar) == std::string("scalar"));
  CHECK(isa_name(Isa::Avx2) == std::string("avx2"));
  CHECK(isa_name(Isa::Avx512) == std::string("avx512"));
  const Isa before = isa();
  CHECK(before <= supported_isa());
  CHECK(before <= detail::isa_cap());
  for (const Isa wanted : {Isa::Scalar, Isa::Avx2, Isa::Avx512}) {
    const bool possible = wanted <= supported_isa();
    const Isa expected = possible ? wanted : isa();
    CHECK(set_isa(wanted) == possible);
    CHECK(isa() == expected);
  }
  CHECK(set_isa(before));
}

TEST_CASE("each instruction set brings its own functions", "[isa]") {
  const void* last = nullptr;
  kernel_test::for_each_isa([&] {
    const void* table = &detail::kernel_table<float>();
    CHECK(table != last);
    last = table;
  });
}
