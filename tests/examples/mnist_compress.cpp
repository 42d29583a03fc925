// mnist_compress as a person runs it: what it says and writes, that it opens what it wrote, and how it ends.

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
  return support::run_example("mnist_compress",
                              {{"--out", out.string()}, {"--data", support::embedded_digits()}}, options);
}

}  // namespace

TEST_CASE("mnist_compress takes binary and gray images back from a short file", "[examples]") {
  for (const bool gray : {false, true}) {
    CAPTURE(gray);
    const support::TemporaryFolder first, second;
    std::vector<std::string> options{"--hidden", "40", "--latent", "10", "--images", "100"};
    if (gray) options.push_back("--gray");
    std::vector<std::string> training = options;
    training.insert(training.end(), {"--epochs", gray ? "1" : "5", "--batch-size", "200"});
    const Outcome outcome = run(first.path(), training);
    CAPTURE(outcome.out, outcome.error);
    REQUIRE(outcome.code == 0);
    CHECK(contains(outcome.out, "100 test images of 784 " + std::string(gray ? "gray" : "binary")));
    CHECK(contains(outcome.out, "came back whole"));
    const nlohmann::json m = measures_of(first.path());
    const double rate = m.at("rate"), elbo = m.at("negative_elbo");
    CHECK(std::abs(rate / elbo - 1) < 0.02);
    CHECK(m.at("rate_with_initial_bits") > rate);
    CHECK(m.at("file") > m.at("rate_with_initial_bits"));
    CHECK(8.0 * static_cast<double>(fs::file_size(first / "images.ans")) / 78400 ==
          m.at("file").get<double>());
    CHECK(fs::file_size(first / "images.raw") == 100u * (gray ? 784u : 28u * 4u));
    CHECK(m.at("png") > m.at("gzip"));
    // A gray VAE learns more slowly than one epoch.
    if (!gray) CHECK(rate < m.at("gzip"));

    // Another run opens the weights, and writes the same file.
    options.insert(options.end(), {"--weights", (first / "weights.safetensors").string(), "--threads", "1"});
    const Outcome again = run(second.path(), options);
    CAPTURE(again.error);
    REQUIRE(again.code == 0);
    CHECK(measures_of(second.path()) == m);
    CHECK(support::read_bytes(first / "images.ans") == support::read_bytes(second / "images.ans"));
    CHECK_FALSE(fs::exists(second / "metrics.jsonl"));
  }
}

TEST_CASE("mnist_compress refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  CHECK(run(out.path(), {"--latent-bits", "21"}).code == 2);
  CHECK(run(out.path(), {"--images", "0"}).code == 2);
  CHECK(run(out.path(), {"--weights", (out / "none").string()}).code == 1);
}
