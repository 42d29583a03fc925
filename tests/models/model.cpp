#include "eigenerate/models/model.hpp"

#include "support/catch.hpp"

using namespace eigenerate;

TEST_CASE("step metrics keep their order, overwrite by name and average by weight", "[metrics]") {
  StepMetrics a;
  a.set("loss", 2);
  a.set("kl", 1);
  a.set("loss", 3);
  CHECK(a.begin()->name.view() == "loss");
  CHECK(a["loss"] == 3);
  CHECK(a.contains("kl"));
  CHECK_FALSE(a.contains("fid"));
  CHECK_THROWS_AS(a["fid"], ConfigError);

  StepMetrics mean;
  mean.average_in(a, 30);
  StepMetrics b;
  b.set("loss", 7);
  b.set("late", 5);
  mean.average_in(b, 10);
  CHECK(std::abs(mean["loss"] - 4) < 1e-12);
  CHECK(mean["kl"] == 1);
  CHECK(mean["late"] == 5);

  StepMetrics silent;
  silent.set("loss", 100, 0);
  mean.average_in(silent, 10);
  CHECK(std::abs(mean["loss"] - 4) < 1e-12);
}

TEST_CASE("step metrics refuse more figures than they have room for", "[metrics]") {
  StepMetrics m;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) m.set(name, 1);
  CHECK_NOTHROW(m.set("h", 2));
  CHECK_THROWS_AS(m.set("i", 1), ConfigError);
}

TEST_CASE("a metric's name is held by value and has a greatest length", "[metrics]") {
  StepMetrics m;
  {
    std::string name(MetricName::capacity, 'x');
    m.set(name, 4);
    name.assign(MetricName::capacity, 'y');
  }
  CHECK(m[std::string(31, 'x')] == 4);
  CHECK_THROWS_AS(m.set(std::string(32, 'x'), 1), ConfigError);
  CHECK(m.size() == 1);
}
