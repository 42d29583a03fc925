// mnist_super_resolution as a person runs it: what it says and writes, that it goes on, and how it ends.

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
  return support::run_example("mnist_super_resolution",
                              {{"--out", out.string()},
                               {"--data", support::embedded_digits()},
                               {"--channels", "4"},
                               {"--blocks", "1"},
                               {"--batch-size", "100"},
                               {"--quiet", ""}},
                              options);
}

}  // namespace

TEST_CASE("mnist_super_resolution compares both networks with bicubic enlargement", "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome = run(out.path(), {"--factor", "2", "--epochs", "1", "--game-epochs", "1"});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "from 14×14 to 28×28 pixels"));
  const nlohmann::json measures = measures_of(out.path());
  for (const auto* method : {"bicubic", "error", "game"}) {
    CAPTURE(method);
    CHECK(measures.at(method).at("psnr").at(0) > 8);
    CHECK(measures.at(method).at("psnr").at(0) < 40);
    CHECK(measures.at(method).at("ssim").at(0) < 1);
    CHECK(measures.at(method).at("accuracy").at(1) > 0);
    CHECK(measures.at(method).at("frechet").at(0) > measures.at("truth").at("frechet").at(0));
  }
  CHECK(measures.at("truth").at("ssim").at(0) == 1);
  const eigenerate::Bitmap picture = eigenerate::read_png(out / "enlarged.png");
  CHECK(picture.width == 12 * 28 + 13 * 2);
  CHECK(picture.height == 5 * 28 + 6 * 2);
}

TEST_CASE("mnist_super_resolution goes on with a game, on any number of threads", "[examples]") {
  const support::TemporaryFolder straight, parts;
  REQUIRE(run(straight.path(), {"--epochs", "1", "--game-epochs", "1", "--threads", "1"}).code == 0);
  REQUIRE(run(parts.path(), {"--epochs", "1", "--game-epochs", "0", "--threads", "2"}).code == 0);
  CHECK_FALSE(measures_of(parts.path()).contains("game"));
  REQUIRE(run(parts.path(), {"--epochs", "1", "--game-epochs", "1", "--resume"}).code == 0);
  CHECK(measures_of(straight.path()).at("error") == measures_of(parts.path()).at("error"));
  CHECK(measures_of(straight.path()).at("game") == measures_of(parts.path()).at("game"));
}

TEST_CASE("mnist_super_resolution refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  for (const std::string option : {"--factor", "--epochs", "--game-epochs", "--channels", "--blocks",
                                   "--content-weight", "--feature-weight", "--batch-size", "--threads"}) {
    const Outcome outcome = run(out.path(), {option, "nan"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.error, option));
  }
  CHECK(run(out.path(), {"--factor", "3"}).code == 2);
  CHECK(run(out.path(), {"--weights", "x"}).code == 2);
  CHECK(run(out.path(), {"--resume"}).code == 1);
}
