// mnist_codes as a person runs it: what it says and writes, and what it refuses.

#include <eigenerate/io/png.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/run_example.hpp"

namespace {

namespace fs = std::filesystem;
using support::contains;
using support::Outcome;

Outcome run(const fs::path& out, const std::vector<std::string>& options) {
  return support::run_example("mnist_codes",
                              {{"--out", out.string()},
                               {"--data", support::embedded_digits()},
                               {"--epochs", "1"},
                               {"--channels", "4"},
                               {"--images", "60"},
                               {"--quiet", ""}},
                              options);
}

}  // namespace

TEST_CASE("mnist_codes puts the codes of VQ-VAEs beside JPEG", "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome = run(out.path(), {"--codes", "4", "32"});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  std::ifstream in(out / "measures.json");
  const auto rows = nlohmann::json::parse(in);
  REQUIRE(rows.size() == 5);
  for (std::size_t i : {0, 2}) {
    CAPTURE(rows[i].dump(), rows[i + 1].dump());
    // 49 codes of 2 or 5 bits; a file has a header, too.
    const auto file = out / (i == 0 ? "images-4.ans" : "images-32.ans");
    CHECK(rows[i].at("bits") < (i == 0 ? 2 : 5) * 49 / 784.0);
    CHECK(8 * static_cast<double>(fs::file_size(file)) > rows[i].at("bits").get<double>() * 784 * 60);
    // JPEG is as like to the images, and dearer.
    CHECK(rows[i + 1].at("ssim").at(0) >= rows[i].at("ssim").at(0));
    CHECK(rows[i + 1].at("bits") > rows[i].at("bits"));
    CHECK(rows[i + 1].at("bits") < 8);
  }
  CHECK(rows[2].at("ssim").at(0) > rows[0].at("ssim").at(0));
  CHECK(rows[4].at("bits") == 8);
  CHECK(rows[4].at("ssim").at(0) == 1);
  const eigenerate::Bitmap picture = eigenerate::read_png(out / "compressed.png");
  CHECK(picture.width == 20 * 28 + 21 * 2);
  CHECK(picture.height == 5 * 28 + 6 * 2);
}

TEST_CASE("mnist_codes refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  for (const std::string option :
       {"--codes", "--channels", "--images", "--epochs", "--batch-size", "--threads"}) {
    const Outcome outcome = run(out.path(), {option, "nan"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.error, option));
  }
  CHECK(run(out.path(), {"--codes", "1"}).code == 2);
  CHECK(run(out.path(), {"--codes", "4", "--full"}).code == 2);
}
