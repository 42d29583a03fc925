#include "eigenerate/data/binarize.hpp"

#include <cmath>
#include <numeric>

#include "support/catch.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

namespace {

/// 2,000 samples of 50 values: row r holds the probability r / 49 everywhere, so it starts at 0 and ends
/// at 1.
Dataset ramp() {
  Matrix<float> samples(50, 2000);
  for (Index r = 0; r < 50; ++r) samples.row(r).setConstant(static_cast<float>(r) / 49.0f);
  return Dataset("ramp", {50}, samples);
}

template <Scalar S = float>
Matrix<S> epoch_of(const Dataset& dataset, Index epoch) {
  std::vector<Index> all(static_cast<std::size_t>(dataset.size()));
  std::iota(all.begin(), all.end(), Index{0});
  Matrix<S> out(dataset.sample_shape().size(), dataset.size());
  dataset.gather<S>(all, as_view(out), epoch);
  return out;
}

}  // namespace

TEST_CASE("binarize: dynamic values are 0 or 1 with the right probability, independent between epochs") {
  const Dataset binary = data::binarize_dynamic(ramp(), 11);
  const Matrix<float> a = epoch_of(binary, 0), b = epoch_of(binary, 1);
  CHECK(((a.array() == 0.0f) || (a.array() == 1.0f)).all());
  CHECK((a.row(0).array() == 0.0f).all());
  CHECK((a.row(49).array() == 1.0f).all());
  for (Index r = 1; r < 49; ++r) {
    const double p = static_cast<double>(r) / 49, n = 2000;
    const auto close = [&](double mean, double expected) {
      return std::abs(mean - expected) <
             testing::tolerance::standard_errors * std::sqrt(expected * (1 - expected) / n);
    };
    CAPTURE(r);
    CHECK(close(a.row(r).cast<double>().mean(), p));
    // Both epochs at once, neighbours in a sample, neighbours in the data: all independent.
    CHECK(close(a.row(r).cwiseProduct(b.row(r)).cast<double>().mean(), p * p));
    if (r < 48) CHECK(close(a.row(r).cwiseProduct(a.row(r + 1)).cast<double>().mean(), p * (p + 1.0 / 49)));
    const auto shifted = a.row(r).head(1999).cwiseProduct(a.row(r).tail(1999));
    CHECK(close(shifted.cast<double>().mean(), p * p));
  }
}

TEST_CASE("binarize: a draw depends on seed, epoch and sample, not on subset, position or scalar") {
  const Dataset binary = data::binarize_dynamic(ramp(), 11);
  const Matrix<float> all = epoch_of(binary, 3);
  CHECK(epoch_of(binary, 3) == all);
  CHECK(epoch_of<double>(binary, 3) == all.cast<double>());
  CHECK(epoch_of(data::binarize_dynamic(ramp(), 12), 3) != all);
  const std::vector<Index> positions{1500, 3};
  const Matrix<float> part = epoch_of(binary.subset(positions), 3);
  CHECK(part.col(0) == all.col(1500));
  CHECK(part.col(1) == all.col(3));
  CHECK(all.col(3) != all.col(4));
}

TEST_CASE("binarize: static is epoch 0 of dynamic, for ever") {
  const Dataset fixed = data::binarize_static(ramp(), 11);
  CHECK_FALSE(fixed.has_transforms());
  CHECK(epoch_of(fixed, 0) == epoch_of(data::binarize_dynamic(ramp(), 11), 0));
  CHECK(epoch_of(fixed, 5) == epoch_of(fixed, 0));
}

TEST_CASE("binarize: a threshold keeps what is above it") {
  const Dataset dataset("x", {4}, Matrix<float>{{0.2f}, {0.5f}, {0.51f}, {1.0f}}, {0}, 1);
  const Dataset binary = data::binarize_threshold(dataset);
  CHECK(binary.sample(0) == Vector<float>{{0, 0, 1, 1}});
  CHECK(binary.labels() == std::vector<int>{0});
  CHECK(data::binarize_threshold(dataset, 0.1f).sample(0) == Vector<float>::Ones(4));
}

TEST_CASE("binarize: only probabilities are drawn from") {
  for (const float bad : {-0.01f, 1.01f, std::nanf("")}) {
    const Dataset dataset("x", {2}, Matrix<float>{{0.5f, 0.5f}, {0.5f, bad}});
    CHECK_THROWS_AS(data::binarize_dynamic(dataset, 0), ConfigError);
    CHECK_THROWS_AS(data::binarize_static(dataset, 0), ConfigError);
    CHECK(data::binarize_dynamic(dataset.take(1), 0).size() == 1);
  }
  CHECK_THROWS_AS(data::binarize_dynamic(data::binarize_dynamic(ramp(), 0), 0), ConfigError);
}
