#include "eigenerate/layers/element_map.hpp"

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("an empty map leaves the elements as they are", "[prediction]") {
  const ElementMap map;
  CHECK(map.is_identity());
  CHECK(map.only_moves());
  CHECK(map.source_of(3) == 3);
  CHECK(map.scale_of(3) == 1);
  CHECK(map.shift_of(3) == 0);
  CHECK_FALSE(ElementMap{.shift = {0}}.is_identity());
  CHECK_FALSE(ElementMap{.source = {1, 0}}.is_identity());
  CHECK(ElementMap{.source = {1, 0}}.only_moves());
  CHECK_FALSE(ElementMap{.scale = {2}}.only_moves());
}

TEST_CASE("a map that does the same in every pixel is one of channels", "[prediction]") {
  const ElementMap same{.source = {1, 0, 3, 2}, .scale = {2, 3, 2, 3}, .shift = {4, 5, 4, 5}};
  const auto channels = same.on_channels(2, 2);
  REQUIRE(channels);
  CHECK(channels->source == std::vector<Index>{1, 0});
  CHECK(channels->scale == std::vector<double>{2, 3});
  CHECK(channels->shift == std::vector<double>{4, 5});
  CHECK(same.on_channels(4, 1)->scale == same.scale);
  CHECK(ElementMap{}.on_channels(2, 3)->is_identity());

  CHECK_FALSE(ElementMap{.source = {2, 1, 0, 3}}.on_channels(2, 2));  // across pixels
  CHECK_FALSE(ElementMap{.source = {1, 0, 2, 3}}.on_channels(2, 2));  // in one pixel alone
  CHECK_FALSE(ElementMap{.scale = {1, 1, 1, 2}}.on_channels(2, 2));
  CHECK_FALSE(ElementMap{.shift = {0, 0, 1, 0}}.on_channels(2, 2));
}
