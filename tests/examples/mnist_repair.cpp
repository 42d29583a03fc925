// mnist_repair as a person runs it: what it says and writes, that it goes on, and how it ends.

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
  return support::run_example("mnist_repair",
                              {{"--out", out.string()},
                               {"--data", support::embedded_digits()},
                               {"--quiet", ""},
                               {"--train-images", "1000"},
                               {"--vae-epochs", "4"},
                               {"--gan-epochs", "1"},
                               {"--network-epochs", "1"},
                               {"--images", "30"},
                               {"--answers", "2"},
                               {"--draws", "16"},
                               {"--search-steps", "5"}},
                              options);
}

}  // namespace

TEST_CASE("mnist_repair compares what models make of damages with what needs none", "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome = run(out.path(), {});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  const nlohmann::json measures = measures_of(out.path());
  REQUIRE(measures.size() == 4);
  for (const auto& [damage, methods] : measures.items())
    for (const auto& [method, row] : methods.items()) {
      CAPTURE(damage, method);
      CHECK(row.at("accuracy").at(0) <= 1);
      if (method == "truth") {
        CHECK(row.at("ssim").at(0) == 1);
        CHECK(row.at("accuracy").at(0) > 0.9);
        continue;
      }
      CHECK(row.at("psnr").at(0) > 5);
      CHECK(row.at("psnr").at(0) < 40);
      CHECK(row.at("psnr").at(1) > 0);
      CHECK(row.at("ssim").at(0) < 1);
      CHECK(row.contains("spread") == (method == "vae" || method == "gan"));
      if (row.contains("spread")) CHECK(row.at("spread").at(0) > 0.01);
    }
  // Little is learned here, but what is to be learned first: that most of it is black.
  const auto ratio = [&](const char* damage, const char* method) {
    return measures.at(damage).at(method).at("psnr").at(0).get<double>();
  };
  CHECK(ratio("noise of 0.5", "network") > ratio("noise of 0.5", "damaged") + 3);
  CHECK(ratio("noise of 0.5", "median") > ratio("noise of 0.5", "damaged"));
  CHECK(ratio("noise of 0.5", "vae") > ratio("noise of 0.5", "damaged"));
  CHECK(ratio("80 % hidden", "vae_mean") > ratio("80 % hidden", "mean"));
  const eigenerate::Bitmap picture = eigenerate::read_png(out / "repaired.png");
  CHECK(picture.width == 16 * 28 + 17 * 2);
  CHECK(picture.height == 9 * 28 + 10 * 2);
}

TEST_CASE("mnist_repair goes on, on any number of threads", "[examples]") {
  const support::TemporaryFolder out;
  REQUIRE(run(out.path(), {"--threads", "1"}).code == 0);
  const nlohmann::json straight = measures_of(out.path());
  // As if it had been stopped behind the GAN.
  fs::remove_all(out / "network");
  fs::remove(out / "measures.json");
  REQUIRE(run(out.path(), {"--threads", "2", "--resume"}).code == 0);
  CHECK(measures_of(out.path()) == straight);
}

TEST_CASE("mnist_repair refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  for (const std::string option :
       {"--vae-epochs", "--gan-epochs", "--network-epochs", "--images", "--answers", "--draws",
        "--search-steps", "--square", "--hidden", "--noise", "--train-images"}) {
    const Outcome outcome = run(out.path(), {option, "nan"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.error, option));
  }
  CHECK(run(out.path(), {"--square", "29"}).code == 2);
  CHECK(run(out.path(), {"--answers", "1"}).code == 2);
  CHECK(run(out.path(), {"--resume"}).code == 1);
}
