#include "eigenerate/latent/latent_code.hpp"

#include "eigenerate/kernels/kernels.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("a code is drawn into the last rows of latent vectors: categories alike, numbers in the middle",
          "[latent]") {
  const LatentCode code{.categorical = 2, .categories = 4, .continuous = 2};
  CHECK(code.size() == 10);
  CHECK(code.count() == 4);
  const Index n = 8000;
  Matrix<double> z(3 + code.size(), n);
  fill_normal(z.data(), z.size(), RandomStream{1});
  const Matrix<double> noise = z.topRows(3);
  code.draw(RandomStream{1}, as_view(z));
  CHECK(z.topRows(3) == noise);
  const auto codes = code.of(as_const(z));
  REQUIRE(codes.rows() == 10);
  const auto chosen = codes.topRows(8).array();
  CHECK((chosen == 0 || chosen == 1).all());
  CHECK((codes.topRows(4).colwise().sum().array() == 1).all());
  CHECK((codes.middleRows(4, 4).colwise().sum().array() == 1).all());
  // Five standard deviations of a mean: of a share of 1/4, and of a number with a variance of 1/3.
  const double root = std::sqrt(static_cast<double>(n));
  for (Index i = 0; i < 8; ++i) CHECK(std::abs(codes.row(i).mean() - 0.25) < 5 * std::sqrt(3.0 / 16) / root);
  // Independent of each other: both first categories together.
  CHECK(std::abs((codes.row(0).array() * codes.row(4).array()).mean() - 1.0 / 16) <
        5 * std::sqrt(15.0 / 256) / root);
  for (Index i = 8; i < 10; ++i) {
    CHECK((codes.row(i).array().abs() < 1).all());
    CHECK(std::abs(codes.row(i).mean()) < 5 / std::sqrt(3.0) / root);
    CHECK(std::abs(codes.row(i).array().square().mean() - 1.0 / 3) < 5 * std::sqrt(4.0 / 45) / root);
  }
  CHECK(std::abs((codes.row(8).array() * codes.row(9).array()).mean()) < 5 / 3.0 / root);
}

TEST_CASE("a code is set by its number, and nothing else changes", "[latent]") {
  const LatentCode code{.categorical = 1, .categories = 3, .continuous = 2};
  Matrix<float> z = Matrix<float>::Constant(6, 2, 7);
  code.set(as_view(z), 1, 0, 2.0);
  code.set(as_view(z), 1, 2, -0.5);
  CHECK(z.col(0) == Vector<float>::Constant(6, 7));
  CHECK(z.col(1) == (Vector<float>(6) << 7, 0, 0, 1, 7, -0.5f).finished());
}

TEST_CASE("a code of no sense is refused", "[latent]") {
  using support::refuses;
  refuses<ConfigError>([] { LatentCode{.categorical = 1, .categories = 1}.validate("Somebody"); },
                       {"Somebody", "2 to", "got 1"});
  refuses<ConfigError>([] { LatentCode{.categorical = -1}.validate("Somebody"); }, {"got -1 and 0"});
  CHECK_NOTHROW(LatentCode{.categories = 0}.validate("Somebody"));
  CHECK_NOTHROW(LatentCode{.categorical = 1, .categories = 2, .continuous = 1}.validate("Somebody"));
}
