#pragma once
// What every measure of samples promises: refusals that name what is wrong, and the same bits on any number
// of threads.

#include <functional>
#include <string>
#include <vector>

#include "eigenerate/core/threads.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/testing/not_a_number.hpp"
#include "support/catch.hpp"

namespace eigenerate::testing {

/// Standard normal samples.
inline Matrix<float> normal_features(Index features, Index samples, std::uint64_t seed) {
  Matrix<float> x(features, samples);
  fill_normal(x.data(), x.size(), RandomStream{seed, Purpose::user});
  return x;
}

/// As a matrix of its own: measures take no expressions.
inline Matrix<float> scaled(float factor, const Matrix<float>& x) {
  return factor * x;
}

/// The message of the `E` that f throws; empty where it throws none.
template <class E, class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return {};
}
inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// `measure(real, generated)` refuses sets that are too small, differ in their features or are not finite.
/// `least` is the fewest samples of a set, `first` and `second` are what the measure calls its arguments.
template <class Measure>
void check_refusals(const std::string& who, Index least, Measure&& measure, const std::string& first = "real",
                    const std::string& second = "generated") {
  const Matrix<float> good = normal_features(4, least + 20, 1), none(4, 0);
  CHECK(contains(refusal<ShapeError>([&] { measure(none, good); }), who + ": '" + first + "'"));
  CHECK(contains(refusal<ShapeError>([&] { measure(good, none); }), who + ": '" + second + "'"));
  CHECK_THROWS_AS(measure(Matrix<float>(0, 30), Matrix<float>(0, 30)), ShapeError);
  CHECK_THROWS_AS(measure(good, normal_features(3, least + 20, 1)), ShapeError);
  if (least > 1) {
    CHECK_THROWS_AS(measure(normal_features(4, least - 1, 1), good), ShapeError);
    CHECK_THROWS_AS(measure(good, normal_features(4, 1, 1)), ShapeError);
  }
  for (const float bad : {not_a_number<float>(), -std::numeric_limits<float>::infinity()}) {
    Matrix<float> one_bad = good;
    one_bad(2, 5) = bad;
    const std::string place = "feature 2 of sample 5 of '";
    CHECK(contains(refusal<ConfigError>([&] { measure(one_bad, good); }), place + first + "' is "));
    CHECK(contains(refusal<ConfigError>([&] { measure(good, one_bad); }), place + second + "' is "));
  }
}

/// All numbers of `figures()` have the same bits on 1, 2, 3, 4 and 8 threads.
template <class Figures>
void check_same_bits(Figures&& figures) {
  set_num_threads(1);
  const std::vector<double> expected = figures();
  for (const int threads : {2, 3, 4, 8}) {
    CAPTURE(threads);
    set_num_threads(threads);
    CHECK(figures() == expected);
  }
  set_num_threads(0);
}

}  // namespace eigenerate::testing
