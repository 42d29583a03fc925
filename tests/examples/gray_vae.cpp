// gray_vae as a person runs it: every likelihood, what it writes, that it goes on, and how it ends.

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

/// 60 images of 5 rows and 4 columns: ramps of another brightness each.
void write_ramps(const fs::path& path) {
  std::ofstream out(path, std::ios::binary);
  const auto word = [&](int n) {
    for (const int shift : {24, 16, 8, 0}) out.put(static_cast<char>(n >> shift & 255));
  };
  for (const int n : {0x803, 60, 5, 4}) word(n);
  for (int i = 0; i < 60; ++i)
    for (int pixel = 0; pixel < 20; ++pixel) out.put(static_cast<char>(3 * i + 3 * pixel));
}

Outcome run(const fs::path& out, const std::string& epochs, const std::vector<std::string>& options) {
  return support::run_example("gray_vae",
                              {{"--out", (out / "out").string()},
                               {"--images", (out / "ramps").string()},
                               {"--validation", "10"},
                               {"--test", "10"},
                               {"--hidden", "16"},
                               {"--latent", "2"},
                               {"--batch-size", "20"},
                               {"--warm-up", "1"},
                               {"--likelihood-samples", "8"},
                               {"--epochs", epochs}},
                              options);
}

}  // namespace

TEST_CASE("gray_vae says what a pixel costs, by every likelihood and posterior", "[examples]") {
  for (const auto& [likelihood, posterior] : std::vector<std::pair<std::string, std::string>>{
           {"logistic-mixture", "normal"}, {"beta-binomial", "planar"}, {"categorical", "iaf"}}) {
    CAPTURE(likelihood);
    const support::TemporaryFolder folder;
    write_ramps(folder / "ramps");
    const Outcome outcome = run(folder.path(), "3", {"--likelihood", likelihood, "--posterior", posterior});
    CAPTURE(outcome.error);
    REQUIRE(outcome.code == 0);
    CHECK(contains(outcome.out, "40 training, 10 validation and 10 test images of 1×5×4"));
    const nlohmann::json measures = measures_of(folder.path() / "out");
    CHECK(measures.at("bits_per_dimension").at(0) > 2);
    CHECK(measures.at("bits_per_dimension").at(0) < 12);
    CHECK(measures.at("epochs") == 3);
    const eigenerate::Bitmap picture = eigenerate::read_png(folder / "out/reconstructions.png");
    CHECK(picture.width == 10 * 4 + 11 * 2);
    CHECK(picture.height == 2 * 5 + 3 * 2);
    // The images themselves stand in the first row, in their own grays.
    int grays = 0;
    for (const auto byte : picture.bytes) grays += byte > 0 && byte < 255 ? 1 : 0;
    CHECK(grays > 150);
  }
}

TEST_CASE("gray_vae goes on where it was stopped, on any number of threads", "[examples]") {
  const support::TemporaryFolder straight, parts;
  for (const auto* folder : {&straight, &parts}) write_ramps(*folder / "ramps");
  REQUIRE(run(straight.path(), "4", {"--threads", "1"}).code == 0);
  REQUIRE(run(parts.path(), "2", {"--threads", "2"}).code == 0);
  REQUIRE(run(parts.path(), "4", {"--resume"}).code == 0);
  CHECK(measures_of(straight.path() / "out") == measures_of(parts.path() / "out"));
}

TEST_CASE("gray_vae refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder folder;
  write_ramps(folder / "ramps");
  CHECK(run(folder.path(), "1", {"--likelihood", "bernoulli"}).code == 2);
  CHECK(run(folder.path(), "1", {"--likelihood", "categorical", "--components", "3"}).code == 1);
  const Outcome few = run(folder.path(), "1", {"--resume"});
  CHECK(few.code == 1);
  std::ofstream(folder / "ramps", std::ios::binary | std::ios::trunc) << "no images";
  CHECK(run(folder.path(), "1", {}).code == 1);
}
