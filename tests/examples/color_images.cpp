// color_images as a person runs it: colored shapes and a folder, what it says and writes, that it goes on,
// and how it ends.

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
  return support::run_example("color_images",
                              {{"--out", out.string()},
                               {"--quiet", ""},
                               {"--channels", "4"},
                               {"--latent", "6"},
                               {"--batch-size", "50"}},
                              options);
}

/// 400 pictures of 20×20: a red or a blue half, and white.
void write_folder(const fs::path& folder) {
  for (int i = 0; i < 400; ++i) {
    eigenerate::Bitmap picture{20, 20, 3, std::vector<std::uint8_t>(1200, 255)};
    for (eigenerate::Index y = 0; y < 20; ++y)
      for (eigenerate::Index x = 0; x < 3 + i % 16; ++x) {
        picture.pixel(y, x)[1] = 0;
        picture.pixel(y, x)[i % 2 == 0 ? 0 : 2] = 0;
      }
    eigenerate::write_png(folder / (std::to_string(i) + ".png"), picture);
  }
}

}  // namespace

TEST_CASE("color_images learns colored shapes by a VAE and a GAN", "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome = run(out.path(), {"--count", "200", "--epochs", "3", "--gan-epochs", "1"});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "200 training and 1000 test images of 3×32×32 from colored shapes"));
  const nlohmann::json measures = measures_of(out.path());
  for (const auto* model : {"vae", "gan"}) {
    CAPTURE(model);
    CHECK(measures.at(model).at("frechet").at(0) > measures.at("real").at("frechet").at(0));
    CHECK(measures.at(model).at("closer").at(0) >= 0);
    CHECK(measures.at(model).at("closer").at(0) <= 1);
  }
  CHECK(measures.at("vae").at("psnr").at(0) > 5);
  CHECK(measures.at("vae").at("psnr").at(0) < 40);
  CHECK(measures.at("real").at("saturation").at(0) > 0.05);
  // Test images are as near to the training set as other test images are.
  const double error = measures.at("real").at("closer").at(1);
  CHECK(std::abs(measures.at("real").at("closer").at(0).get<double>() - 0.5) < 5 * error);
  for (const auto* name : {"real.png", "vae.png", "gan.png", "reconstructions.png", "nearest.png"}) {
    CAPTURE(name);
    const eigenerate::Bitmap picture = eigenerate::read_png(out / name);
    CHECK(picture.channels == 3);
    CHECK(picture.width == 12 * 32 + 13 * 2);
  }
}

TEST_CASE("color_images takes a folder, and goes on with the GAN on any number of threads", "[examples]") {
  const support::TemporaryFolder folder, straight, parts;
  write_folder(folder.path());
  const auto learn = [&](const fs::path& out, std::vector<std::string> options) {
    options.insert(options.end(), {"--images", folder.path().string(), "--epochs", "2"});
    const Outcome outcome = run(out, options);
    CAPTURE(outcome.out, outcome.error);
    REQUIRE(outcome.code == 0);
    CHECK(contains(outcome.out, "320 training and 80 test images"));
    return measures_of(out);
  };
  const nlohmann::json whole =
      learn(straight.path(), {"--gan-epochs", "1", "--threads", "1", "--no-augment"});
  CHECK_FALSE(learn(parts.path(), {"--gan-epochs", "0", "--threads", "2"}).contains("gan"));
  CHECK(learn(parts.path(), {"--gan-epochs", "1", "--no-augment", "--resume"}) == whole);
  // Two colors, and no green.
  const eigenerate::Bitmap real = eigenerate::read_png(straight / "real.png");
  const auto* const first = real.pixel(2 + 16, 2 + 1);
  CHECK(first[1] == 0);
  CHECK(first[0] + first[2] == 255);
}

TEST_CASE("color_images refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  for (const std::string option : {"--count", "--epochs", "--gan-epochs", "--channels", "--latent"}) {
    const Outcome outcome = run(out.path(), {option, "nan"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.error, option));
  }
  CHECK(run(out.path(), {"--images", out.path().string(), "--count", "400"}).code == 2);
  const Outcome empty = run(out.path(), {"--images", out.path().string()});
  CHECK(empty.code == 1);
  CHECK(contains(empty.error, "holds no .png"));
  CHECK(run(out.path(), {"--resume", "--count", "100"}).code == 1);
}
