#include "eigenerate/data/pixel_range.hpp"

#include "eigenerate/data/binarize.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("pixel range: the ends are exact and the steps even") {
  const auto unit = data::gray_levels(data::PixelRange::unit);
  CHECK(unit[0] == 0.0f);
  CHECK(unit[255] == 1.0f);
  CHECK(unit[51] == 0.2f);
  const auto centered = data::gray_levels(data::PixelRange::signed_unit);
  CHECK(centered[0] == -1.0f);
  CHECK(centered[255] == 1.0f);
  for (std::size_t i = 0; i < 256; ++i) CHECK(centered[i] == 2 * unit[i] - 1);
}

TEST_CASE("pixel range: a dataset is scaled while it is gathered") {
  const Dataset dataset("x", {3}, Matrix<float>{{0.0f}, {0.25f}, {1.0f}});
  const Dataset scaled = data::scale_to_signed(dataset);
  CHECK(scaled.sample(0) == Vector<float>{{-1, -0.5f, 1}});
  CHECK(scaled.storage() == dataset.storage());
}

TEST_CASE("pixel range: datasets know theirs") {
  const Dataset dataset("x", {1}, Matrix<float>{{0.25f, 0.5f}}, {}, 0,
                        data::value_range(data::PixelRange::unit));
  CHECK(dataset.value_range() == ValueRange{0, 1});
  CHECK(data::scale_to_signed(dataset).value_range() == ValueRange{-1, 1});
  CHECK(data::binarize_dynamic(dataset, 1).value_range() == ValueRange{0, 1});
  CHECK(data::binarize_threshold(data::scale_to_signed(dataset)).value_range() == ValueRange{0, 1});
}
