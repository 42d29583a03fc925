// mnist_semi_supervised as a person runs it: what it writes, that it goes on, and how it ends.

#include <eigenerate/io/png.hpp>
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

/// A run with next to no work.
Outcome run(const fs::path& out, const std::vector<std::string>& options, const std::string& epochs = "2") {
  return support::run_example("mnist_semi_supervised",
                              {{"--out", out.string()},
                               {"--data", support::embedded_digits()},
                               {"--images", "1000"},
                               {"--hidden", "16"},
                               {"--latent", "4"},
                               {"--batch-size", "100"},
                               {"--m1-epochs", "1"},
                               {"--epochs", epochs}},
                              options);
}

}  // namespace

TEST_CASE("mnist_semi_supervised trains both models, and writes its errors and every class in ten styles",
          "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome = run(out.path(), {});
  CAPTURE(outcome.error);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "100 labels, 1000 images"));
  const nlohmann::json measures = measures_of(out.path());
  CHECK(measures.at("labels") == 100);
  for (const auto* name : {"m1_error", "error"}) {
    CHECK(measures.at(name).at(0) > 0);
    CHECK(measures.at(name).at(0) < 0.95);
  }
  const eigenerate::Bitmap picture = eigenerate::read_png(out / "analogies.png");
  CHECK(picture.width == 11 * 28 + 12 * 2);
  CHECK(picture.height == 10 * 28 + 11 * 2);
  for (const auto* file : {"m1.safetensors", "weights.safetensors", "metrics.jsonl",
                           "checkpoint_last.safetensors", "m1/checkpoint_last.safetensors"})
    CHECK(fs::file_size(out / file) > 100);
}

TEST_CASE("mnist_semi_supervised goes on where it was stopped, and takes an M1 that is there", "[examples]") {
  const support::TemporaryFolder straight, parts, other;
  REQUIRE(run(straight.path(), {"--threads", "1"}).code == 0);
  REQUIRE(run(parts.path(), {"--threads", "2"}, "1").code == 0);
  CHECK(measures_of(straight.path()) != measures_of(parts.path()));
  REQUIRE(run(parts.path(), {"--resume"}).code == 0);
  CHECK(measures_of(straight.path()) == measures_of(parts.path()));
  REQUIRE(run(other.path(), {"--m1", (straight / "m1.safetensors").string()}).code == 0);
  CHECK(measures_of(straight.path()) == measures_of(other.path()));
  CHECK_FALSE(fs::exists(other / "m1"));
  // And an M2: begun with what it has learned, it ends elsewhere.
  const std::string first = (straight / "m1.safetensors").string();
  REQUIRE(run(other.path(), {"--m1", first, "--weights", (straight / "weights.safetensors").string()}).code ==
          0);
  CHECK(measures_of(straight.path()) != measures_of(other.path()));
}

TEST_CASE("mnist_semi_supervised refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  CHECK(run(out.path(), {"--classification-weight", "nan"}).code == 2);
  CHECK(run(out.path(), {"--labels", "0"}).code == 2);
  const Outcome few = run(out.path(), {"--labels", "500"});
  CHECK(few.code == 1);
  CHECK(contains(few.error, "cannot draw 500 samples of class"));
  CHECK(run(out.path(), {"--resume"}).code == 1);
  CHECK(run(out.path(), {"--m1", (out / "none.safetensors").string()}).code == 1);
}
