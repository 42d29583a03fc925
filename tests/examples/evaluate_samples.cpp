// The program that judges samples, as a person runs it.

#include <eigenerate/data/load_idx.hpp>
#include <eigenerate/io/png.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/process.hpp"

namespace {

namespace fs = std::filesystem;
using namespace eigenerate;
using support::contains;

const fs::path programs = EIGENERATE_EXAMPLES_DIR;
const fs::path embedded = fs::path(EIGENERATE_SOURCE_DIR) / "examples/data";

support::Outcome evaluate(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), (programs / "evaluate_samples").string());
  arguments.insert(arguments.end(), {"--data", embedded.string(), "--threads", "1"});
  return support::run(arguments);
}

/// The first two numbers of a row: value and error of the samples, and those of the real images.
struct Row {
  double samples = -1, samples_error = -1, real = -1, real_error = -1;
};
Row row_of(const std::string& text, const std::string& name) {
  const auto at = text.find("\n" + name);
  Row r;
  if (at == std::string::npos) return r;
  std::string line = text.substr(at + 1 + name.size(), text.find('\n', at + 1) - at - 1 - name.size());
  for (std::size_t sign; (sign = line.find("±")) != std::string::npos;) line.replace(sign, 3, 1, ' ');
  std::istringstream(line) >> r.samples >> r.samples_error >> r.real >> r.real_error;
  return r;
}

}  // namespace

TEST_CASE("real images pass for real ones, and noise does not", "[examples]") {
  const auto outcome = evaluate({(embedded / "train-images-idx3-ubyte.gz").string(), "--count", "500"});
  CAPTURE(outcome.error, outcome.out);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "samples: 500 of "));
  CHECK(contains(outcome.out, "features: digits 1"));
  const Row frechet = row_of(outcome.out, "Fréchet distance");
  CHECK(frechet.samples > 0);
  CHECK(frechet.samples < 3 * frechet.real);
  const Row recognized = row_of(outcome.out, "recognized, p > 0.9");
  CHECK(recognized.samples > 0.96);
  CHECK(recognized.real > 0.96);
  CHECK(row_of(outcome.out, "precision").samples > 0.7);
  CHECK(contains(outcome.out, "classes seen              10, "));
  // These samples are training images.
  CHECK(row_of(outcome.out, "to the nearest training").samples == 0);
  CHECK(row_of(outcome.out, "nearer than real ones").samples > 0.99);
}

TEST_CASE("a folder of pictures is judged, and what cannot be is refused by name", "[examples]") {
  const support::TemporaryFolder folder;
  const Dataset digits = data::load_idx(embedded / "t10k-images-idx3-ubyte.gz");
  for (Index i = 0; i < 60; ++i)
    write_image_grid<float>(folder / fmt::format("{}.png", i), digits.stored_sample(i), {1, 28, 28},
                            {.columns = 1, .padding = 0});
  const auto outcome = evaluate({folder.path().string()});
  CAPTURE(outcome.error, outcome.out);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "samples: 60 of "));
  CHECK(row_of(outcome.out, "recognized, p > 0.9").samples > 0.9);
  CHECK(row_of(outcome.out, "to the nearest training").samples > 0);

  write_image_grid<float>(folder / "wide.png", digits.stored_sample(0), {1, 14, 56}, {.columns = 1});
  const auto wide = evaluate({folder.path().string()});
  CHECK(wide.code == 1);
  CHECK(contains(wide.error, "wide.png: expected 28 × 28 pixels"));
  const support::TemporaryFolder empty;
  CHECK(contains(evaluate({empty.path().string()}).error, "holds no .png files"));
  CHECK(evaluate({(empty / "none.safetensors").string()}).code == 1);
  CHECK(evaluate({folder.path().string(), "--count", "3"}).code == 2);
}

TEST_CASE("weights are judged by samples drawn from them, conditional or not", "[examples]") {
  const support::TemporaryFolder out;
  for (const bool conditional : {false, true}) {
    std::vector<std::string> training{(programs / "mnist_vae").string(),
                                      "--data",
                                      embedded.string(),
                                      "--epochs",
                                      "1",
                                      "--threads",
                                      "1",
                                      "--quiet",
                                      "--out",
                                      out.path().string()};
    if (conditional) training.push_back("--conditional");
    REQUIRE(support::run(training).code == 0);
    const auto outcome = evaluate({(out / "weights.safetensors").string(), "--count", "300"});
    CAPTURE(outcome.error, outcome.out);
    REQUIRE(outcome.code == 0);
    CHECK(row_of(outcome.out, "Fréchet distance").samples > 3 * row_of(outcome.out, "Fréchet distance").real);
    CHECK(contains(outcome.out, "path length") == !conditional);
    CHECK(contains(outcome.out, "spread within classes") == conditional);
    if (conditional) CHECK(row_of(outcome.out, "classifier accuracy").real > 0.97);
  }
}
