// toy_gan as a person runs it: every data set and recipe, what it writes, and how it ends.

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
using support::text_of;

/// A run with next to no work.
Outcome run(const fs::path& out, const std::vector<std::string>& options) {
  return support::run_example("toy_gan",
                              {{"--out", out.string()},
                               {"--samples", "200"},
                               {"--batch-size", "20"},
                               {"--judged", "60"},
                               {"--epochs", "2"},
                               {"--threads", "2"}},
                              options);
}

/// The discriminator's loss in the last epoch.
double last_loss(const fs::path& out) {
  std::ifstream in(out / "metrics.jsonl");
  double loss = 0;
  for (std::string line; std::getline(in, line);) loss = nlohmann::json::parse(line).at("discriminator_loss");
  return loss;
}

}  // namespace

TEST_CASE("toy_gan judges every data set by its own measures and draws a picture", "[examples]") {
  const std::map<std::string, std::vector<std::string>> names{
      {"ring", {"modes", "high_quality", "reverse_kl"}},
      {"grid", {"modes", "high_quality", "reverse_kl"}},
      {"swiss-roll", {"precision", "recall", "density", "coverage"}},
      {"digits", {"modes", "reverse_kl"}}};
  for (const auto& [dataset, measures] : names) {
    CAPTURE(dataset);
    const support::TemporaryFolder out;
    const Outcome outcome = run(
        out / "a b", {"--dataset", dataset, "--data", std::string(EIGENERATE_SOURCE_DIR) + "/examples/data"});
    CAPTURE(outcome.out, outcome.error);
    REQUIRE(outcome.code == 0);
    const auto line = measures_of(out / "a b");
    CHECK(line.at("dataset") == dataset);
    CHECK(line.at("epochs") == 2);
    CHECK(line.at("steps") == 20);
    CHECK(line.at("finished") == true);
    for (const auto& name : measures) {
      CAPTURE(name);
      CHECK(line.at(name).size() == 2);
      CHECK(contains(outcome.out, name));
    }
    const eigenerate::Bitmap picture = eigenerate::read_png(out / "a b" / "samples.png");
    CHECK(picture.channels == 3);
    CHECK((dataset == "digits" || picture.width == 2 * picture.height - 12));
  }
}

TEST_CASE("toy_gan knows its recipes, and flags replace their parts", "[examples]") {
  const support::TemporaryFolder out;
  for (const std::string recipe : {"best", "gan", "pacgan", "r1", "wgan-gp"}) {
    const Outcome outcome = run(out / recipe, {"--recipe", recipe});
    CAPTURE(recipe, outcome.error);
    REQUIRE(outcome.code == 0);
    CHECK(measures_of(out / recipe).at("recipe") == recipe);
  }
  // The paper's GAN with packs of two is the paper's PacGAN; without, another GAN.
  REQUIRE(run(out / "packed", {"--recipe", "gan", "--pac", "2"}).code == 0);
  auto packed = measures_of(out / "packed"), pacgan = measures_of(out / "pacgan");
  packed.erase("recipe");
  pacgan.erase("recipe");
  CHECK(packed == pacgan);
  CHECK(measures_of(out / "gan").at("steps") == packed.at("steps"));
  CHECK(last_loss(out / "gan") != last_loss(out / "packed"));
  // The same samples in the same steps, judged one by one.
  REQUIRE(run(out / "apart", {"--recipe", "gan", "--batch-size", "40", "--epochs", "4"}).code == 0);
  CHECK(measures_of(out / "apart").at("steps") == packed.at("steps"));
  CHECK(last_loss(out / "apart") != last_loss(out / "packed"));
  for (const auto& [penalty, loss] : std::map<std::string, std::string>{{"none", "minimax"},
                                                                        {"wgan-gp", "wasserstein"},
                                                                        {"r1", "least-squares"},
                                                                        {"r2", "hinge"},
                                                                        {"r1+r2", "relativistic-average"},
                                                                        {"dragan", "non-saturating"}}) {
    const Outcome outcome = run(out / "any", {"--recipe", "gan", "--loss", loss, "--penalty", penalty,
                                              "--penalty-weight", "0.1", "--spectral-norm", "--epochs", "1"});
    CAPTURE(loss, penalty, outcome.error);
    CHECK(outcome.code == 0);
    const std::string metrics = text_of(out / "any" / "metrics.jsonl");
    CHECK(contains(metrics, "\"gradient_penalty\"") == (penalty == "wgan-gp"));
    CHECK(contains(metrics, "r1_penalty") == (penalty == "r1" || penalty == "r1+r2"));
    CHECK(contains(metrics, "r2_penalty") == (penalty == "r2" || penalty == "r1+r2"));
    CHECK(contains(metrics, "dragan_penalty") == (penalty == "dragan"));
  }
}

TEST_CASE("toy_gan gives the same measures on any number of threads, and after an interruption",
          "[examples]") {
  const support::TemporaryFolder out;
  const std::vector<std::string> options{"--recipe", "best", "--epochs", "60"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), options.begin(), options.end());
    return more;
  };
  REQUIRE(run(out / "one", with({"--threads", "1"})).code == 0);
  REQUIRE(run(out / "two", with({"--threads", "2"})).code == 0);
  CHECK(text_of(out / "one" / "measures.json") == text_of(out / "two" / "measures.json"));
  // Out of time is as good as Ctrl-C for what is left behind.
  const Outcome stopped = run(out / "stopped", with({"--max-seconds", "0.5", "--resume"}));
  REQUIRE(stopped.code == 0);
  CHECK(measures_of(out / "stopped").at("finished") == false);
  const Outcome resumed = run(out / "stopped", with({"--resume"}));
  REQUIRE(resumed.code == 0);
  CHECK(contains(resumed.error, "epoch 60/60"));
  CHECK(!contains(resumed.error, "epoch 1/60"));
  CHECK(text_of(out / "one" / "measures.json") == text_of(out / "stopped" / "measures.json"));
}

TEST_CASE("toy_gan says what is wrong with its command line", "[examples]") {
  const support::TemporaryFolder out;
  for (const auto& [option, value] : std::map<std::string, std::string>{{"--dataset", "cube"},
                                                                        {"--recipe", "worst"},
                                                                        {"--loss", "none"},
                                                                        {"--pac", "0"},
                                                                        {"--learning-rate", "nan"},
                                                                        {"--ema", "1"}}) {
    const Outcome outcome = run(out / "x", {option, value});
    CAPTURE(option, outcome.error);
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.error + outcome.out, option));
  }
  const Outcome missing = run(out / "x", {"--dataset", "digits", "--data", "/nowhere"});
  CHECK(missing.code == 1);
  CHECK(contains(missing.error, "/nowhere"));
}
