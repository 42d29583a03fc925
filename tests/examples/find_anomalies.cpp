// find_anomalies as a person runs it: on digits, on pictures of a folder, on images of an IDX file and on
// tables.

#include <eigenerate/io/image_grid.hpp>
#include <eigenerate/io/png.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "eigenerate/kernels/kernels.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/run_example.hpp"

namespace {

namespace fs = std::filesystem;
using namespace eigenerate;
using support::contains;
using support::measures_of;
using support::Outcome;
using support::text_of;

Outcome run(const fs::path& out, const std::vector<std::string>& options) {
  return support::run_example("find_anomalies",
                              {{"--out", out.string()},
                               {"--quiet", ""},
                               {"--steps", "150"},
                               {"--gan-steps", "150"},
                               {"--encoder-steps", "150"},
                               {"--draws", "3"},
                               {"--importance-samples", "3"},
                               {"--search-steps", "3"}},
                              options);
}

const std::string digits = (fs::path(EIGENERATE_SOURCE_DIR) / "examples/data").string();

/// Rows of four numbers that lie on a plane; those of an anomaly do not.
void write_table(const fs::path& path, int rows, std::uint64_t seed, bool anomalies, bool labels) {
  std::ofstream out(path);
  out << "width,height,\"sum, of both\",difference" << (labels ? ",kind" : "") << "\n";
  for (int i = 0; i < rows; ++i) {
    double z[3];
    fill_normal(z, 3, RandomStream{seed}.lane(static_cast<std::uint64_t>(i)));
    const bool anomaly = anomalies && (!labels || i % 4 == 0);
    out << 100 + z[0] << "," << 50 + z[1] << "," << 150 + z[0] + z[1] << ","
        << 50 + z[0] - z[1] + (anomaly ? 4 : 0);
    if (labels) out << (anomaly ? ",bad" : ",good");
    out << "\n";
  }
}

/// Pictures of a bright square somewhere, or of a bright cross.
void write_pictures(const fs::path& folder, int count, bool crosses) {
  fs::create_directories(folder);
  for (int i = 0; i < count; ++i) {
    Matrix<float> image = Matrix<float>::Zero(256, 1);
    const int top = 2 + i % 7, left = 2 + i / 7 % 7;
    for (int y = 0; y < 5; ++y)
      for (int x = 0; x < 5; ++x)
        if (!crosses || x == 2 || y == 2) image((top + y) * 16 + left + x, 0) = 1;
    write_image_grid<float>(folder / fmt::format("{}.png", i), image, {1, 16, 16},
                            {.columns = 1, .padding = 0});
  }
}

}  // namespace

TEST_CASE("find_anomalies tells other digits by every score, and reports the worst", "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome = run(out.path(), {"--data", digits, "--normal-class", "1", "--listed", "5"});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  const nlohmann::json measures = measures_of(out.path());
  CHECK(measures.size() == 9);
  for (const auto& [score, row] : measures.items()) {
    CAPTURE(score);
    CHECK(row.at("auc").at(0) > 0.9);
    CHECK(row.at("auc").at(1) > 0);
    CHECK(row.at("average_precision") > 0.95);
    CHECK(row.at("false_alarms").at(0) < 0.06);
    CHECK(row.at("found").at(0) > 0);
    CHECK_FALSE(row.contains("flagged_others"));
  }
  const Bitmap picture = read_png(out / "worst.png");
  CHECK(picture.width == 5 * 30 + 2);
  CHECK(picture.height == 3 * 30 + 2);
  // A picture for each of the five, in the page itself: a sample, what was made of it and the difference.
  const std::string page = text_of(out / "report.html");
  const std::regex inlined("data:image/png;base64,([A-Za-z0-9+/]*={0,2})\"");
  CHECK(std::distance(std::sregex_iterator(page.begin(), page.end(), inlined), std::sregex_iterator{}) == 5);
  CHECK(contains(page, "anomaly ("));
  const std::string scores = text_of(out / "scores.csv");
  CHECK(std::count(scores.begin(), scores.end(), '\n') == 2001);
  CHECK(scores.starts_with("rank,sample,known_as,class,flagged,mean,neighbor,unexplained,"));
}

TEST_CASE("find_anomalies takes all digits in turn", "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome = run(
      out.path(), {"--full", "--data", digits, "--score", "unexplained", "--steps", "30", "--width", "4"});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  const nlohmann::json of_neighbor = measures_of(out.path()).at("neighbor");
  REQUIRE(of_neighbor.at("auc").size() == 10);
  CHECK(of_neighbor.at("mean") > 0.9);
  CHECK(of_neighbor.at("auc").at(8) == measures_of(out / "digit_8").at("neighbor").at("auc").at(0));
}

TEST_CASE("find_anomalies judges rows of a table", "[examples]") {
  const support::TemporaryFolder folder;
  write_table(folder / "all.csv", 800, 1, true, true);
  const Outcome outcome = run(folder / "out", {"--normal", (folder / "all.csv").string(), "--labels", "kind",
                                               "--normal-class", "good", "--score", "likelihood,features",
                                               "--held-out", "0.4", "--latent", "2", "--steps", "1500"});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  const nlohmann::json measures = measures_of(folder / "out");
  CHECK(measures.size() == 4);
  // They are as near to the mean as others: a model alone knows what rows are like.
  CHECK(measures.at("likelihood").at("auc").at(0) > 0.95);
  CHECK(measures.at("likelihood").at("auc").at(0) > measures.at("mean").at("auc").at(0).get<double>() + 0.05);
  CHECK(measures.at("likelihood").at("false_alarms").at(0) < 0.06);
  CHECK(contains(text_of(folder / "out/report.html"), "sum, of both"));
  CHECK(contains(text_of(folder / "out/scores.csv"), ",anomaly,bad,yes,"));
  CHECK_FALSE(fs::exists(folder / "out/worst.png"));

  write_table(folder / "good.csv", 600, 2, false, false);
  write_table(folder / "new.csv", 50, 3, true, false);
  const Outcome others = run(
      folder / "two", {"--normal", (folder / "good.csv").string(), "--others", (folder / "new.csv").string(),
                       "--score", "features", "--held-out", "0.5", "--latent", "2"});
  CAPTURE(others.out, others.error);
  REQUIRE(others.code == 0);
  const nlohmann::json of_others = measures_of(folder / "two");
  CHECK_FALSE(of_others.at("features").contains("auc"));
  CHECK(of_others.at("features").at("flagged_others").at(0) > 0.5);
  CHECK(contains(text_of(folder / "two/scores.csv"), ",unknown,,yes,"));
}

TEST_CASE("find_anomalies judges images of an IDX file by the labels of another one", "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome =
      run(out.path(), {"--normal", digits + "/t10k-images-idx3-ubyte.gz", "--labels",
                       digits + "/t10k-labels-idx1-ubyte.gz", "--normal-class", "1", "--held-out", "0.5",
                       "--quantile", "0.9", "--score", "elbo", "--width", "4"});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  CHECK(measures_of(out.path()).at("elbo").at("auc").at(0) > 0.95);
  CHECK(contains(text_of(out / "scores.csv"), ",anomaly,8,yes,"));
}

TEST_CASE("find_anomalies judges pictures of folders", "[examples]") {
  const support::TemporaryFolder folder;
  write_pictures(folder / "all/square", 49, false);
  write_pictures(folder / "all/cross", 20, true);
  const Outcome outcome = run(
      folder / "out", {"--normal", (folder / "all").string(), "--normal-class", "square", "--size", "16",
                       "--held-out", "0.4", "--quantile", "0.8", "--score", "unexplained", "--steps", "400"});
  CAPTURE(outcome.out, outcome.error);
  REQUIRE(outcome.code == 0);
  CHECK(contains(outcome.out, "of 1×16×16"));
  CHECK(measures_of(folder / "out").at("unexplained").at("auc").at(0) > 0.9);
  CHECK(contains(text_of(folder / "out/scores.csv"), "cross/3.png,anomaly,cross"));
}

TEST_CASE("find_anomalies goes on, and judges again what it has learned", "[examples]") {
  const support::TemporaryFolder folder;
  write_table(folder / "good.csv", 300, 2, false, false);
  write_table(folder / "bad.csv", 40, 3, true, false);
  const auto judge = [&](const char* out, std::vector<std::string> more) {
    more.insert(more.end(),
                {"--normal", (folder / "good.csv").string(), "--anomalies", (folder / "bad.csv").string(),
                 "--held-out", "0.5", "--quantile", "0.9", "--latent", "2"});
    return run(folder / out, more).code;
  };
  REQUIRE(judge("straight", {"--threads", "1"}) == 0);
  REQUIRE(judge("parts", {"--threads", "2", "--score", "elbo"}) == 0);
  CHECK(measures_of(folder / "parts").size() == 3);
  REQUIRE(judge("parts", {"--resume"}) == 0);
  CHECK(measures_of(folder / "parts") == measures_of(folder / "straight"));
  CHECK(text_of(folder / "parts/scores.csv") == text_of(folder / "straight/scores.csv"));
  CHECK(judge("nothing", {"--resume"}) == 1);
}

TEST_CASE("find_anomalies refuses what it cannot do", "[examples]") {
  const support::TemporaryFolder folder;
  for (const std::string option :
       {"--size", "--quantile", "--held-out", "--steps", "--latent", "--width", "--feature-weight",
        "--listed", "--score", "--draws", "--normal", "--others"}) {
    const Outcome outcome = run(folder / "out", {option, "nan"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.error, option));
  }
  CHECK(run(folder / "out", {"--others", folder.path().string()}).code == 2);
  CHECK(run(folder / "out", {"--full", "--normal-class", "2"}).code == 2);
  write_table(folder / "good.csv", 60, 2, false, false);
  write_table(folder / "kinds.csv", 60, 2, true, true);
  const std::string good = (folder / "good.csv").string(), kinds = (folder / "kinds.csv").string();
  const auto refused = [&](const std::vector<std::string>& options, const std::string& words) {
    const Outcome outcome = run(folder / "out", options);
    CAPTURE(outcome.error);
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.error, words));
  };
  refused({"--normal", good}, "nothing to judge");
  refused({"--normal", good, "--others", good}, "at least 99 scores of normal samples, got 6");
  refused({"--normal", good, "--others", good, "--held-out", "0.5", "--quantile", "0.5", "--score",
           "unexplained"},
          "not of tables");
  refused({"--normal", good, "--others", kinds, "--held-out", "0.5", "--quantile", "0.5"}, "kinds.csv");
  refused({"--normal", good, "--normal-class", "good"}, "needs --labels");
  refused({"--normal", kinds, "--labels", "kind", "--normal-class", "fine"}, "got the classes bad, good");
  refused({"--normal-class", "x", "--data", digits}, "'x'");
}
