// mnist_translate as a person runs it: both methods and styles, what it says and writes, and how it ends.

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
  return support::run_example("mnist_translate",
                              {{"--out", out.string()},
                               {"--data", support::embedded_digits()},
                               {"--channels", "4"},
                               {"--blocks", "1"},
                               {"--batch-size", "100"},
                               {"--quiet", ""}},
                              options);
}

}  // namespace

TEST_CASE("mnist_translate learns by either method, and measures what it keeps and what it changes",
          "[examples]") {
  for (const auto& [method, style] :
       {std::pair<std::string, std::string>{"cyclegan", "bold"}, {"pix2pix", "outline"}}) {
    CAPTURE(method, style);
    const support::TemporaryFolder out;
    const Outcome outcome = run(out.path(), {"--method", method, "--style", style, "--epochs", "1"});
    CAPTURE(outcome.out, outcome.error);
    REQUIRE(outcome.code == 0);
    CHECK(contains(outcome.out, style + " into plain"));
    const nlohmann::json measures = measures_of(out.path());
    const auto& there = measures.at("to_target");
    CHECK(there.at("accuracy").at("true").at(0) > 98);
    CHECK(there.at("width_distance").at("true").at(0) == 0);
    CHECK(there.at("difference").at("true").at(0) == 0);
    CHECK(there.at("difference").at("before").at(0) > 0.02);
    CHECK(there.at("stroke_width").at("before").at(0) > 1);
    CHECK(there.at("difference").at("made").at(0) < 0.5);
    CHECK(measures.contains("cycle") == (method == "cyclegan"));
    CHECK(measures.contains("to_source") == (method == "cyclegan"));
    if (style == "bold")
      CHECK(there.at("stroke_width").at("before").at(0) > there.at("stroke_width").at("true").at(0));
    const eigenerate::Bitmap picture = eigenerate::read_png(out / "translations.png");
    CHECK(picture.width == 16 * 28 + 17 * 2);
    CHECK(picture.height == (method == "cyclegan" ? 4 * 28 + 5 * 2 : 3 * 28 + 4 * 2));
  }
}

TEST_CASE("mnist_translate goes on where it was stopped, on any number of threads", "[examples]") {
  const support::TemporaryFolder straight, parts;
  REQUIRE(run(straight.path(), {"--epochs", "1", "--threads", "1"}).code == 0);
  REQUIRE(run(parts.path(), {"--epochs", "1", "--threads", "2"}).code == 0);
  CHECK(measures_of(straight.path()) == measures_of(parts.path()));
  REQUIRE(run(parts.path(), {"--epochs", "1", "--resume"}).code == 0);
  CHECK(measures_of(straight.path()) == measures_of(parts.path()));
}

TEST_CASE("mnist_translate refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  for (const std::string option : {"--style", "--method", "--channels", "--blocks", "--cycle-weight",
                                   "--identity-weight", "--l1-weight", "--epochs"}) {
    const Outcome outcome = run(out.path(), {option, "nan"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.error, option));
  }
  CHECK(run(out.path(), {"--resume"}).code == 1);
}
