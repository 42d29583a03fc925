// mnist_one_class as a person runs it: what it says and writes, and how it ends.

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/run_example.hpp"

namespace {

namespace fs = std::filesystem;
using support::contains;
using support::measures_of;
using support::Outcome;

Outcome run(const fs::path& out, const std::vector<std::string>& options) {
  return support::run_example("mnist_one_class",
                              {{"--out", out.string()},
                               {"--data", support::embedded_digits()},
                               {"--draws", "2"},
                               {"--importance-samples", "4"}},
                              options);
}

}  // namespace

TEST_CASE("mnist_one_class tells ones from other digits by every score", "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome = run(out.path(), {"--class", "1", "--epochs", "2"});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "test images of class 1"));
  const nlohmann::json measures = measures_of(out.path());
  CHECK(measures.at("class") == 1);
  // Thin strokes have little variance that an untrained model could explain.
  for (const auto& [score, least] :
       {std::pair{"unexplained", 0.8}, {"reconstruction", 0.95}, {"elbo", 0.95}, {"likelihood", 0.95}}) {
    CAPTURE(score);
    CHECK(measures.at(std::string("auc_") + score).at(0) > least);
    CHECK(measures.at(std::string("auc_") + score).at(0) <= 1);
    CHECK(measures.at(std::string("average_precision_") + score) > least);
  }
  for (const auto* file : {"samples.png", "weights.safetensors", "checkpoint_last.safetensors"})
    CHECK(fs::file_size(out / file) > 100);
}

TEST_CASE("mnist_one_class gives the same figures on any number of threads, and goes on", "[examples]") {
  const support::TemporaryFolder straight, parts;
  REQUIRE(run(straight.path(), {"--class", "8", "--epochs", "2", "--threads", "1"}).code == 0);
  REQUIRE(run(parts.path(), {"--class", "8", "--epochs", "1", "--threads", "2"}).code == 0);
  CHECK(measures_of(straight.path()) != measures_of(parts.path()));
  REQUIRE(run(parts.path(), {"--class", "8", "--epochs", "2", "--resume"}).code == 0);
  CHECK(measures_of(straight.path()) == measures_of(parts.path()));
}

TEST_CASE("mnist_one_class refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  CHECK(run(out.path(), {"--class", "10"}).code == 2);
  CHECK(run(out.path(), {"--draws", "0"}).code == 2);
  CHECK(run(out.path(), {"--resume"}).code == 1);
}
