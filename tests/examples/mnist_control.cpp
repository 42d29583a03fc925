// mnist_control as a person runs it: its tables with and without labels, its picture, that it goes on, and
// what it refuses.

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

Outcome run(const fs::path& out, const std::vector<std::string>& options) {
  return support::run_example("mnist_control",
                              {{"--out", out.string()},
                               {"--data", support::embedded_digits()},
                               {"--samples", "500"},
                               {"--epochs", "1"},
                               {"--gan-epochs", "1"},
                               {"--quiet", ""}},
                              options);
}

}  // namespace

TEST_CASE("mnist_control measures what each control changes and what it keeps", "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome = run(out.path(), {});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "conditional InfoGAN: "));
  const nlohmann::json measures = measures_of(out.path());
  CHECK(measures.at("real").at("slant_deviation") > 5);
  CHECK(measures.at("real").at("width_deviation") > 0.1);
  for (const auto* model : {"vae", "gan"}) {
    CAPTURE(model);
    const nlohmann::json& of = measures.at(model);
    CHECK(of.at("asked").at(0) > 0.15);
    CHECK(of.at("classes") == 10);
    // A new class leaves the slant, in part at least; a new everything leaves nothing.
    CHECK(of.at("class").at("slant_kept").at(0) > 0.3);
    CHECK(of.at("style").at("slant_kept").at(0) < 0.25);
    CHECK(of.at("everything").at("slant_kept").at(0) < 0.25);
    CHECK(of.at("everything").at("class_kept").at(0) < of.at("style").at("class_kept").at(0));
    CHECK(of.contains("code_0") == (std::string(model) == "gan"));
  }
  for (const auto* code : {"code_0", "code_1"}) {
    const nlohmann::json& of = measures.at("gan").at(code);
    CHECK(of.at("class_kept").at(0) > 0.3);
    CHECK(of.at("slant_change").at(1) > 0);
    CHECK(of.at("width_correlation").at(1) > 0);
  }
  const eigenerate::Bitmap picture = eigenerate::read_png(out / "controls.png");
  CHECK(picture.width == 10 * 28 + 11 * 2);
  CHECK(picture.height == 12 * 28 + 13 * 2);

  REQUIRE(run(out.path(), {"--resume", "--threads", "1"}).code == 0);
  CHECK(measures_of(out.path()) == measures);
}

TEST_CASE("mnist_control goes without labels too, where a code of ten values stands for the class",
          "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome = run(out.path(), {"--unlabelled"});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "\nInfoGAN: "));
  const nlohmann::json measures = measures_of(out.path());
  CHECK(measures.at("gan").at("classes") >= 1);
  CHECK(measures.at("gan").at("asked").at(0) > 0.1);
}

TEST_CASE("mnist_control refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  for (const std::string option :
       {"--epochs", "--gan-epochs", "--latent", "--code-weight", "--samples", "--batch-size"}) {
    const Outcome outcome = run(out.path(), {option, "nan"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.error, option));
  }
  CHECK(run(out.path(), {"--samples", "99"}).code == 2);
  CHECK(run(out.path(), {"--resume"}).code == 1);
}
