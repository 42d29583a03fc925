#include "eigenerate/data/stacked_digits.hpp"

#include <array>
#include <cmath>

#include "support/catch.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using testing::tolerance::standard_errors;

namespace {

constexpr Index classes = 4;

/// Twelve images of 2 × 3 pixels, all of whose values are different; the label is the number modulo 4.
Dataset gray_images(bool labelled = true) {
  Matrix<float> images(6, 12);
  std::vector<int> labels;
  for (Index i = 0; i < images.cols(); ++i) {
    for (Index p = 0; p < 6; ++p) images(p, i) = static_cast<float>(6 * i + p);
    labels.push_back(static_cast<int>(i % classes));
  }
  if (!labelled) return Dataset("plain", {1, 2, 3}, images);
  return Dataset("gray", {1, 2, 3}, images, labels, classes, ValueRange{0, 80});
}

}  // namespace

TEST_CASE("stacked_digits: every channel is one of the images, and the label tells which classes they are") {
  const Dataset stacks = data::stacked_digits(gray_images(), 500, 3);
  REQUIRE(stacks.sample_shape() == Shape{3, 2, 3});
  REQUIRE(stacks.size() == 500);
  CHECK(stacks.classes() == 64);
  CHECK(stacks.value_range() == ValueRange{0, 80});
  for (Index i = 0; i < stacks.size(); ++i) {
    const Vector<float> x = stacks.sample(i);
    int label = 0;
    for (Index c = 0, place = 1; c < 3; ++c, place *= classes) {
      const auto image = static_cast<Index>(x[c]) / 6;
      REQUIRE(image < 12);
      for (Index p = 0; p < 6; ++p) REQUIRE(x[3 * p + c] == static_cast<float>(6 * image + p));
      label += static_cast<int>(place * (image % classes));
    }
    REQUIRE(stacks.label(i) == label);
  }
}

TEST_CASE("stacked_digits: all modes have the same share, so the channels are drawn apart") {
  constexpr Index n = 64'000;
  const auto labels = data::stacked_digits(gray_images(), n).labels();
  std::array<double, 64> counts{};
  for (const int label : labels) ++counts[static_cast<std::size_t>(label)];
  const double expected = n / 64.0;
  for (const double count : counts)
    CHECK(std::abs(count - expected) < standard_errors * std::sqrt(expected * (1 - 1 / 64.0)));
}

TEST_CASE("stacked_digits: the seed decides, and fewer samples are the first of more") {
  const auto digits = gray_images();
  const Dataset some = data::stacked_digits(digits, 40, 7), more = data::stacked_digits(digits, 60, 7),
                others = data::stacked_digits(digits, 40, 8);
  bool differ = false;
  for (Index i = 0; i < some.size(); ++i) {
    CHECK(some.sample(i) == more.sample(i));
    differ = differ || some.sample(i) != others.sample(i);
  }
  CHECK(differ);
}

TEST_CASE("stacked_digits: what it refuses, it names") {
  support::refuses<ConfigError>([] { (void)data::stacked_digits(gray_images(false), 5); },
                                {"plain has no labels"});
  support::refuses<ConfigError>([] { (void)data::stacked_digits(gray_images(), 0); },
                                {"expected at least one sample, got 0"});
  const Dataset colored("colored", {3, 1, 2}, Matrix<float>::Zero(6, 2), {0, 1}, 2);
  support::refuses<ShapeError>([&] { (void)data::stacked_digits(colored, 5); }, {"colored of shape"});
}
