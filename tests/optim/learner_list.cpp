#include "eigenerate/optim/learner_list.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/optim/learner.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;

TEST_CASE("a list of learners is what functions take, and says when it is full", "[learner]") {
  Learner<float> learner(Network(Linear{2, 1}, {.name = "net"}), {});
  LearnerList<Learner<float>> list;
  CHECK(list.empty());
  for (std::size_t i = 0; i < list.capacity; ++i) list.add(learner);
  CHECK(list.size() == list.capacity);
  CHECK(list[list.capacity - 1] == &learner);
  const Learners<float> view = list;
  CHECK(view.size() == list.capacity);
  CHECK(support::error_of<ConfigError>([&] { list.add(learner); }) == "net: no room in a list of 8 learners");
  CHECK(list.size() == list.capacity);
}
