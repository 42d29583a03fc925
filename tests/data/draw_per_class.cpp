#include "eigenerate/data/draw_per_class.hpp"

#include <algorithm>
#include <set>

#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::message_of;

namespace {

/// 100 samples, of which class 0 has 50, class 1 has 30, class 2 has 20.
Dataset uneven() {
  std::vector<int> labels;
  for (int i = 0; i < 100; ++i) labels.push_back(i % 10 < 5 ? 0 : i % 10 < 8 ? 1 : 2);
  return Dataset("uneven", {1}, Matrix<float>::Random(1, 100), labels, 3);
}

}  // namespace

TEST_CASE("draw per class: as many of each, every one once, by the seed alone") {
  const Dataset data = uneven();
  const std::vector<Index> drawn = data::draw_per_class(data, 20, 7);
  CHECK(std::is_sorted(drawn.begin(), drawn.end()));
  CHECK(std::set<Index>(drawn.begin(), drawn.end()).size() == 60);
  std::vector<int> counts(3);
  for (const Index position : drawn) ++counts[static_cast<std::size_t>(data.label(position))];
  CHECK(counts == std::vector<int>{20, 20, 20});
  CHECK(data::draw_per_class(data, 20, 7) == drawn);
  CHECK(data::draw_per_class(data, 20, 8) != drawn);
  // Those without a label are never drawn.
  CHECK(data::draw_per_class(data.labelled_at(drawn), 20, 9) == drawn);
}

TEST_CASE("draw per class: classes that have too few are refused by number") {
  const Dataset data = uneven();
  CHECK(message_of<ConfigError>([&] { data::draw_per_class(data, 21, 7); }) ==
        "uneven: cannot draw 21 samples of class 2, which has 20");
  CHECK_THROWS_AS(data::draw_per_class(data, 0, 7), ConfigError);
  CHECK_THROWS_AS(data::draw_per_class(Dataset("x", {1}, Matrix<float>::Zero(1, 2)), 1, 7), StateError);
}
