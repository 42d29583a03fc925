// sprites_vae as a person runs it: what it writes, that it goes on, and how it ends.

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

/// A run with next to no work.
Outcome run(const fs::path& out, const std::vector<std::string>& options) {
  return support::run_example("sprites_vae",
                              {{"--out", out.string()},
                               {"--side", "16"},
                               {"--scales", "2"},
                               {"--orientations", "2"},
                               {"--positions", "4"},
                               {"--hidden", "16"},
                               {"--latent", "3"},
                               {"--judged", "50"},
                               {"--score-batches", "20"},
                               {"--batch-size", "32"}},
                              options);
}

}  // namespace

TEST_CASE("sprites_vae trains every objective, and writes its scores and a picture of every dimension",
          "[examples]") {
  for (const std::string objective : {"elbo", "beta-tcvae", "factor-vae", "info-vae"}) {
    CAPTURE(objective);
    const support::TemporaryFolder out;
    const Outcome outcome = run(out.path(), {"--objective", objective, "--epochs", "2"});
    CAPTURE(outcome.error);
    REQUIRE(outcome.code == 0);
    CHECK(contains(outcome.out, "setting: 192 sprites, " + objective));
    const nlohmann::json measures = measures_of(out.path());
    for (const auto* name : {"mig", "mig_shape", "mig_orientation", "disentanglement", "completeness",
                             "error", "active_units", "reconstruction", "kl"})
      CHECK(measures.at(name).is_number());
    for (const auto* name : {"beta_vae_score", "factor_vae_score"}) CHECK(measures.at(name).size() == 2);
    CHECK(measures.at("mig") >= 0);
    const eigenerate::Bitmap picture = eigenerate::read_png(out / "traversals.png");
    CHECK(picture.height == 3 * 16 + 4 * 2);
    CHECK(picture.width == 11 * 16 + 12 * 2);
    for (const auto* file :
         {"samples.png", "weights.safetensors", "metrics.jsonl", "checkpoint_last.safetensors"})
      CHECK(fs::file_size(out / file) > 100);
  }
}

TEST_CASE("sprites_vae: the weight reaches every objective", "[examples]") {
  for (const std::string objective : {"elbo", "beta-tcvae", "factor-vae", "info-vae"}) {
    CAPTURE(objective);
    const auto kl = [&](const char* beta) {
      const support::TemporaryFolder out;
      REQUIRE(run(out.path(), {"--objective", objective, "--beta", beta, "--epochs", "2"}).code == 0);
      const nlohmann::json measures = measures_of(out.path());
      CHECK(measures.at("beta") == std::stod(beta));
      return measures.at("kl").get<double>();
    };
    const double light = kl("0.5"), heavy = kl("50");
    CHECK(std::abs(light - heavy) > 1e-3 * light);
  }
}

TEST_CASE("sprites_vae goes on where it was stopped, on any number of threads", "[examples]") {
  const support::TemporaryFolder straight, parts;
  REQUIRE(run(straight.path(), {"--epochs", "1", "--threads", "1"}).code == 0);
  REQUIRE(run(parts.path(), {"--epochs", "1", "--threads", "2"}).code == 0);
  CHECK(measures_of(straight.path()) == measures_of(parts.path()));
  CHECK(run(parts.path(), {"--epochs", "1", "--resume"}).code == 0);
  CHECK(measures_of(straight.path()) == measures_of(parts.path()));
}

TEST_CASE("sprites_vae refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  CHECK(run(out.path(), {"--objective", "iwae"}).code == 2);
  CHECK(run(out.path(), {"--beta", "nan"}).code == 2);
  const Outcome many = run(out.path(), {"--samples", "1000", "--epochs", "1"});
  CHECK(many.code == 1);
  CHECK(contains(many.error, "up to 192"));
  CHECK(run(out.path(), {"--resume"}).code == 1);
}
