// animate as a person runs it: of digits and of any images, what it says and writes, that it goes on, and
// how it ends.

#include <eigenerate/io/png.hpp>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/idx_bytes.hpp"
#include "support/run_example.hpp"

namespace {

namespace fs = std::filesystem;
using support::Bytes;
using support::contains;
using support::measures_of;
using support::Outcome;

/// Bars of 28×28, longer and lower from class to class: 200 to learn from and 40 to test.
void write_digits(const fs::path& folder) {
  for (const auto& [part, count] : {std::pair<std::string, std::size_t>{"train", 200}, {"t10k", 40}}) {
    Bytes pixels(count * 784), labels(count);
    for (std::size_t i = 0; i < count; ++i) {
      labels[i] = static_cast<std::uint8_t>(i % 10);
      for (std::size_t p = 0; p < 8 + i % 10; ++p) pixels[i * 784 + (8 + i % 13) * 28 + 5 + p] = 255;
    }
    support::write_bytes(folder / (part + "-images-idx3-ubyte"),
                         support::idx_bytes(8, {count, 28, 28}, pixels));
    support::write_bytes(folder / (part + "-labels-idx1-ubyte"), support::idx_bytes(8, {count}, labels));
  }
}

/// A film of 120 frames of 6×5: a ramp that becomes brighter and darker.
void write_film(const fs::path& path) {
  Bytes pixels;
  for (int i = 0; i < 120; ++i)
    for (int p = 0; p < 30; ++p)
      pixels.push_back(static_cast<std::uint8_t>(2 * (i % 60 < 30 ? i % 30 : 30 - i % 30) + 4 * p));
  support::write_bytes(path, support::idx_bytes(8, {120, 6, 5}, pixels));
}

Outcome run(const fs::path& out, const std::vector<std::string>& options,
            const std::function<bool()>& interrupt_when = {}) {
  return support::run_example("animate",
                              {{"--out", out.string()},
                               {"--quiet", ""},
                               {"--latent", "3"},
                               {"--tracks", "2"},
                               {"--steps", "4"},
                               {"--poster", "5"}},
                              options, interrupt_when);
}

/// The frames that an animation says it has.
int frames_of(const fs::path& path) {
  const Bytes file = support::read_bytes(path);
  const std::string text(file.begin(), file.end());
  const std::size_t at = text.find("acTL");
  REQUIRE(at != std::string::npos);
  return file[at + 6] * 256 + file[at + 7];
}

}  // namespace

TEST_CASE("animate moves between digits, and compares with cross-fades", "[examples]") {
  const support::TemporaryFolder data;
  write_digits(data.path());
  for (const std::string model : {"vae", "vaegan"}) {
    CAPTURE(model);
    const support::TemporaryFolder out;
    const Outcome outcome =
        run(out.path(), {"--data", data.path().string(), "--epochs", "2", "--model", model});
    CAPTURE(outcome.out, outcome.error);
    REQUIRE(outcome.code == 0);
    CHECK(contains(outcome.out, "4 loops by 10 test images each, 4 frames from one to the next"));
    const nlohmann::json measures = measures_of(out.path());
    for (const auto* row : {"within", "within_fade", "any", "any_fade"}) {
      CAPTURE(row);
      CHECK(measures.at(row).at("step").at(0) > 0);
      CHECK(measures.at(row).at("largest").at(0) > 0.999);
      CHECK(measures.at(row).at("largest").at(0) < 40);
      for (const auto* measure : {"recognized", "frechet", "nearest", "sharpness"})
        CHECK(measures.at(row).at(measure).at(0).is_number());
    }
    // From class to class it is farther, and what lies halfway is less sharp than what it is made of.
    CHECK(measures.at("any_fade").at("step").at(0) > measures.at("within_fade").at("step").at(0));
    CHECK(measures.at("any_fade").at("sharpness").at(0) < measures.at("real").at("sharpness").at(0));
    CHECK(measures.at("real").at("nearest").at(0) < measures.at("any_fade").at("nearest").at(0));
    CHECK(frames_of(out / "walk.png") == 8 * 4);
    CHECK(frames_of(out / "morph.png") == 10 * 4);
    CHECK(frames_of(out / "traversal.png") == 2 * 4);
    const eigenerate::Bitmap morph = eigenerate::read_png(out / "morph.png"),
                             poster = eigenerate::read_png(out / "poster.png");
    CHECK(morph.width == 2 * 28 + 3 * 2);
    CHECK(morph.height == 2 * 28 + 3 * 2);
    CHECK(poster.width == 5 * 28);
    // Cross-fades begin with the images themselves: bars of the first class, as they are.
    int white = 0;
    for (eigenerate::Index x = 0; x < 28; ++x)
      for (eigenerate::Index y = 0; y < 28; ++y) white += morph.pixel(4 + 28 + y, 2 + x)[0] == 255;
    CHECK(white == 8);
  }
}

TEST_CASE("animate takes any images, compares with their film, and goes on where it was stopped",
          "[examples]") {
  const support::TemporaryFolder folder;
  write_film(folder / "film");
  const std::vector<std::string> options{
      "--images", (folder / "film").string(), "--held-out", "20", "--film", "--epochs", "60"};
  const auto animate = [&](const fs::path& out, const std::vector<std::string>& more) {
    std::vector<std::string> all = options;
    all.insert(all.end(), more.begin(), more.end());
    const Outcome outcome = run(out, all);
    CAPTURE(outcome.out, outcome.error);
    REQUIRE(outcome.code == 0);
    CHECK(contains(outcome.out, "80 training, 20 validation and 20 test images of 1×6×5"));
    return measures_of(out);
  };
  const nlohmann::json straight = animate(folder / "straight", {"--threads", "1"});
  for (const auto* row : {"any", "any_fade", "film"}) CHECK(straight.at(row).at("step").at(0) > 0);
  CHECK_FALSE(straight.contains("within"));
  CHECK_FALSE(straight.at("any").contains("recognized"));
  // Every pixel of a clip moves by 2 of 255 from frame to frame, but once where the ramp turns back.
  CHECK(straight.at("film").at("step").at(0) > 1.9 / 255);
  CHECK(straight.at("film").at("step").at(0) < 4.0 / 255);
  for (const std::string phase : {"model", "poster"}) {
    CAPTURE(phase);
    const fs::path out = folder / ("until " + phase);
    const Outcome stopped = run(out, options, [&] { return fs::exists(out / phase / "metrics.jsonl"); });
    CHECK(stopped.code == 130);
    CHECK(animate(out, {"--resume", "--threads", "2"}) == straight);
  }
}

TEST_CASE("animate refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder folder;
  write_film(folder / "film");
  const std::string film = (folder / "film").string();
  for (const std::string option :
       {"--tracks", "--steps", "--poster", "--milliseconds", "--latent", "--epochs"}) {
    const Outcome outcome = run(folder / "out", {option, "nan"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.error, option));
  }
  CHECK(run(folder / "out", {"--film"}).code == 2);
  CHECK(run(folder / "out", {"--images", film, "--data", "x"}).code == 2);
  CHECK(run(folder / "out", {"--images", film, "--model", "vae"}).code == 2);
  CHECK(run(folder / "out", {"--images", film, "--resume", "--held-out", "20"}).code == 1);
  const Outcome few = run(folder / "out", {"--images", film, "--held-out", "3"});
  CHECK(few.code == 1);
  CHECK(contains(few.error, "expected at least 10 test images, got 3"));
  CHECK(contains(run(folder / "out", {"--images", film, "--held-out", "60"}).error, "more than 121 images"));
  CHECK(contains(run(folder / "out", {"--images", film, "--held-out", "20", "--film", "--steps", "12"}).error,
                 "--film: expected more than 120 frames, as a loop has, got 120"));
}
