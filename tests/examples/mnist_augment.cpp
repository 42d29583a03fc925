// mnist_augment as a person runs it: its tables, its picture, that it goes on, and what it refuses.

#include <cmath>
#include <eigenerate/io/png.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/run_example.hpp"

namespace {

namespace fs = std::filesystem;
using support::contains;
using support::measures_of;
using support::Outcome;

/// With little training: 100 steps of everything.
Outcome run(const fs::path& out, const std::vector<std::string>& options) {
  return support::run_example("mnist_augment",
                              {{"--out", out.string()},
                               {"--data", support::embedded_digits()},
                               {"--pool", "1600"},
                               {"--epochs", "2"},
                               {"--generator-epochs", "2"}},
                              options);
}

}  // namespace

TEST_CASE("mnist_augment compares what classifiers learn from, and goes on where it was stopped",
          "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome = run(out.path(), {"--labels", "5"});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "10000 training and 2000 test images"));
  CHECK(contains(outcome.out, "5 of each class, seed 1: "));
  const nlohmann::json measures = measures_of(out.path()).at("5");
  for (const auto* kind : {"real", "classical", "vae", "gan", "both", "all"}) {
    CAPTURE(kind);
    CHECK(measures.at("accuracy").at(kind).at(0) > 40);
    CHECK(measures.at("accuracy").at(kind).at(0) < 95);
    CHECK(measures.at("accuracy").at(kind).at(1) > 0);
    if (std::string(kind) == "real") continue;
    const double difference = measures.at("accuracy").at(kind).at(0).get<double>() -
                              measures.at("accuracy").at("real").at(0).get<double>();
    CHECK(std::abs(measures.at("gain").at(kind).at(0).get<double>() - difference) < 1e-9);
  }
  // Each of them learned from something else.
  std::set<double> distinct;
  for (const auto& [kind, accuracy] : measures.at("accuracy").items())
    distinct.insert(accuracy.at(0).get<double>());
  CHECK(distinct.size() >= 5);
  for (const auto* model : {"vae", "gan"}) {
    CHECK(measures.at("told").at(model).at(0) > 10);
    CHECK(measures.at("frechet").at(model).at(0) > 0);
  }
  const eigenerate::Bitmap picture = eigenerate::read_png(out / "samples.png");
  CHECK(picture.width == 10 * 28 + 11 * 2);
  CHECK(picture.height == 9 * 28 + 10 * 2);

  // What is there is not made again: the last result is lost, and comes back with the same bits.
  std::vector<std::string> lines;
  {
    std::ifstream in(out / "results.jsonl");
    for (std::string line; std::getline(in, line);) lines.push_back(line);
  }
  REQUIRE(lines.size() == 3);
  std::ofstream(out / "results.jsonl") << lines[0] << "\n" << lines[1] << "\n";
  const Outcome again = run(out.path(), {"--labels", "5", "--resume", "--threads", "1"});
  CAPTURE(again.out, again.error);
  REQUIRE(again.code == 0);
  CHECK_FALSE(contains(again.out, "seed 0: "));
  CHECK(contains(again.out, "seed 1: "));
  CHECK(measures_of(out.path()).at("5") == measures);

  const Outcome other = run(out.path(), {"--labels", "5", "--resume", "--plain-generators"});
  CHECK(other.code == 1);
  CHECK(contains(other.error, "results of another setting"));
  std::ofstream(out / "results.jsonl") << lines[0] << "\n{\"labels\": 5, \n";
  const Outcome torn = run(out.path(), {"--labels", "5", "--resume"});
  CHECK(torn.code == 1);
  CHECK(contains(torn.error, "line 2 is no JSON"));
}

TEST_CASE("mnist_augment refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  for (const std::string option :
       {"--labels", "--seeds", "--epochs", "--generator-epochs", "--pool", "--threads"}) {
    const Outcome outcome = support::run({(fs::path(EIGENERATE_EXAMPLES_DIR) / "mnist_augment").string(),
                                          "--out", out.path().string(), option, "nan"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.error, option));
  }
  const Outcome crowded = run(out.path(), {"--labels", "81"});
  CHECK(crowded.code == 1);
  CHECK(contains(crowded.error, "expected at least 1620, got 1600"));
  CHECK(run(out.path(), {"--labels", "0"}).code == 2);
  CHECK(run(out.path(), {"--seeds", "1"}).code == 2);
  CHECK(run(out.path(), {"--full", "--seeds", "3"}).code == 2);
  const Outcome nothing = run(out.path(), {"--resume"});
  CHECK(nothing.code == 1);
  CHECK(contains(nothing.error, "no results to go on from"));
}
