// compare_gan_vae as a person runs it: what it says and writes, what it keeps, and what it refuses.

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/run_example.hpp"

namespace {

namespace fs = std::filesystem;
using support::contains;
using support::Outcome;
using support::text_of;

Outcome run(const fs::path& out, const std::vector<std::string>& options) {
  return support::run_example("compare_gan_vae",
                              {{"--out", out.string()},
                               {"--data", support::embedded_digits()},
                               {"--seconds", "0.2"},
                               {"--judged", "60"},
                               {"--encoded", "20"},
                               {"--channels", "4"},
                               {"--latent", "8"}},
                              options);
}

std::vector<nlohmann::json> runs_of(const fs::path& out) {
  std::ifstream in(out / "runs.jsonl");
  std::vector<nlohmann::json> runs;
  std::string line;
  std::getline(in, line);  // the setting
  while (std::getline(in, line)) runs.push_back(nlohmann::json::parse(line));
  return runs;
}

}  // namespace

TEST_CASE("compare_gan_vae measures four models and writes a page, and goes on with more seeds",
          "[examples]") {
  const support::TemporaryFolder out;
  const Outcome first = run(out.path(), {"--seeds", "1"});
  CAPTURE(first.out, first.error);
  REQUIRE(first.code == 0);
  const auto runs = runs_of(out.path());
  REQUIRE(runs.size() == 4);
  for (const auto& one : runs) {
    CAPTURE(one.dump());
    const auto& figures = one.at("figures");
    CHECK(figures.at("frechet") > figures.at("real_frechet"));
    CHECK(figures.at("images") > 0);
    CHECK(figures.at("encoding_ms") > 0);
    // What a fifth of a second teaches depends on the processor, and 60 images are few.
    CHECK(figures.at("odd_by_error") > 0);
    CHECK(figures.at("odd_by_error") <= 1);
    CHECK(figures.contains("nll") == (one.at("model") == "vae"));
    CHECK(figures.contains("bits") == (one.at("model") == "vae"));
    // Equal in size, as far as whole channels go.
    CHECK(std::abs(figures.at("parameters").get<double>() /
                       runs[1].at("figures").at("parameters").get<double>() -
                   1) < 0.2);
  }
  CHECK(contains(first.out, "only the VAE has one"));
  CHECK(contains(first.out, "fewer than 5 seeds"));
  const std::string page = text_of(out / "comparison.html");
  CHECK(contains(page, "data:image/png;base64,"));
  CHECK(contains(page, "recognized between two images"));
  CHECK(contains(first.out, text_of(out / "comparison.md")));

  const Outcome more = run(out.path(), {"--seeds", "2", "--resume"});
  REQUIRE(more.code == 0);
  const auto all = runs_of(out.path());
  REQUIRE(all.size() == 8);
  CHECK(std::equal(runs.begin(), runs.end(), all.begin()));
  const Outcome other = run(out.path(), {"--seeds", "1", "--resume", "--left-out", "3", "--quiet"});
  CHECK(other.code == 1);
  CHECK(contains(other.error, "another setting"));
  CHECK(runs_of(out.path()) == all);
}

TEST_CASE("compare_gan_vae refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder out;
  for (const std::string option :
       {"--seconds", "--seeds", "--judged", "--encoded", "--channels", "--latent", "--left-out"}) {
    const Outcome outcome = run(out.path(), {option, "nan"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.error, option));
  }
  CHECK(run(out.path(), {"--left-out", "10"}).code == 2);
  CHECK(run(out.path(), {"--judged", "39"}).code == 2);
}
