#include "eigenerate/core/precision.hpp"

#include <string>

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("a matmul precision is set for the process and has a name", "[precision]") {
  CHECK(matmul_precision() == MatmulPrecision::highest);
  for (const char* name : {"medium", "high", "highest"}) {
    set_matmul_precision(matmul_precision_of(name));
    CHECK(precision_name(matmul_precision()) == std::string(name));
  }
  CHECK_THROWS_AS(matmul_precision_of("low"), ConfigError);
  CHECK_THROWS_AS(matmul_precision_of(""), ConfigError);
}
