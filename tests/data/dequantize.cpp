#include "eigenerate/data/dequantize.hpp"

#include <cmath>
#include <numeric>

#include "support/catch.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

namespace {

/// 1,000 samples of seven values of four levels.
Dataset four_levels() {
  Matrix<float> x(7, 1000);
  for (Index i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i % 4);
  return {"four levels", {7}, x};
}

Matrix<float> epoch_of(const Dataset& dataset, Index epoch) {
  std::vector<Index> all(static_cast<std::size_t>(dataset.size()));
  std::iota(all.begin(), all.end(), Index{0});
  Matrix<float> out(dataset.sample_shape().size(), dataset.size());
  dataset.gather<float>(all, as_view(out), epoch);
  return out;
}

}  // namespace

TEST_CASE("dequantize: uniform noise within each level, new in every epoch") {
  const Dataset noisy = data::dequantize(four_levels(), 3, 4);
  CHECK(noisy.value_range() == ValueRange{0, 1});
  const Matrix<float> before = epoch_of(four_levels(), 0), a = epoch_of(noisy, 0), b = epoch_of(noisy, 1);
  CHECK(a == epoch_of(noisy, 0));
  CHECK(a != b);
  CHECK(a != epoch_of(data::dequantize(four_levels(), 4, 4), 0));
  const Eigen::ArrayXXd u = (4 * a - before).cast<double>().array(),
                        v = (4 * b - before).cast<double>().array();
  CHECK((u >= 0 && u <= 1).all());
  const double n = static_cast<double>(a.size()), width = testing::tolerance::standard_errors;
  CHECK(std::abs(u.mean() - 0.5) <= width * std::sqrt(1.0 / 12 / n));
  CHECK(std::abs(u.square().mean() - 1.0 / 3) <= width * std::sqrt(4.0 / 45 / n));
  CHECK(std::abs((u * v).mean() - 0.25) <= width * std::sqrt(7.0 / 144 / n));
  // Neighbours in a sample, and samples, are independent.
  CHECK(std::abs((u.topRows(6) * u.bottomRows(6)).mean() - 0.25) <= width * std::sqrt(7.0 / 144 / n * 7 / 6));
  CHECK(std::abs((u.leftCols(999) * u.rightCols(999)).mean() - 0.25) <= width * std::sqrt(7.0 / 144 / n));
  // A draw belongs to its sample, wherever that stands.
  const std::vector<Index> positions{700, 3};
  CHECK(noisy.subset(positions).sample(0) == a.col(700));
}

TEST_CASE("dequantize: 255 of 256 stays below one") {
  const Dataset white("white", {4}, Matrix<float>::Constant(4, 5000, 65535.0f));
  const Matrix<float> x = epoch_of(data::dequantize(white, 1, 65536), 0);
  CHECK((x.array() < 1.0f).all());
  CHECK((x.array() >= 65535.0f / 65536).all());
}

TEST_CASE("dequantize: what is refused") {
  const Dataset unit("unit", {1}, Matrix<float>{{0, 0.5f, 1}});
  CHECK(support::message_of<ConfigError>([&] { (void)data::dequantize(unit, 1); }) ==
        "unit: dequantize expected integers in [0, 255], got values in [0, 1], not all of them integers");
  CHECK_THROWS_AS(data::dequantize(four_levels(), 1, 3), ConfigError);
}

TEST_CASE("to_logits: the sigmoid takes them back, and both ends are finite") {
  const Dataset unit("unit", {1}, Matrix<float>{{0, 0.25f, 0.5f, 1}});
  const Dataset logits = data::to_logits(unit, 0.05);
  for (Index i = 0; i < 4; ++i) {
    const double l = static_cast<double>(logits.sample(i)(0)), p = 1 / (1 + std::exp(-l));
    CHECK(std::abs((p - 0.05) / 0.9 - static_cast<double>(unit.sample(i)(0))) <= 1e-6);
  }
  CHECK(logits.value_range().low == -logits.value_range().high);
  CHECK(std::abs(logits.value_range().high - std::log(19.0)) <= 1e-12);
  CHECK(is_finite(data::to_logits(unit).sample(3)(0)));
  CHECK_THROWS_AS(data::to_logits(four_levels()), ConfigError);
  CHECK_THROWS_AS(data::to_logits(unit, 0), ConfigError);
  CHECK_THROWS_AS(data::to_logits(unit, 0.5), ConfigError);
}
