#include "eigenerate/training/callbacks/json_lines.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;

TEST_CASE("JSON lines hold one object per epoch with the figures of the better-known set", "[json lines]") {
  const support::TemporaryFolder folder;
  const auto path = folder.path() / "metrics.jsonl";
  CountingModel model;
  Trainer trainer{{.epochs = 3, .batch_size = 5, .evaluate_every = 2}, JsonLines{path}};
  trainer.fit(model, counting_dataset(10), counting_dataset(2));
  std::ifstream in(path);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["epoch"] == 1);
  CHECK(lines[0]["step"] == 2);
  CHECK(lines[0]["train_loss"] == 99.5);
  CHECK(lines[0]["test_loss"].is_null());
  CHECK(lines[0]["extra"] == 2);
  CHECK(lines[1]["test_loss"] == 1);
  CHECK(lines[1]["extra"] == 3);
  CHECK(lines[2]["test_loss"] == 1);
  CHECK(lines[2]["images_per_second"].get<double>() > 0);
  CHECK(lines[2]["train_seconds"].get<double>() > 0);
}

TEST_CASE("JSON lines name the file that cannot be written", "[json lines]") {
  const support::TemporaryFolder folder;
  CountingModel model;
  const auto refusal = [&](const std::filesystem::path& path) {
    return support::error_of([&] {
      Trainer{{.epochs = 1}, JsonLines{path}}.fit(model, counting_dataset(4));
    });
  };
  support::write_bytes(folder / "file", {1});
  CHECK(support::contains(refusal(folder / "file/below.jsonl"), "cannot create the folder"));
  CHECK(support::contains(refusal(folder.path()), "Is a directory"));
  CHECK(support::contains(refusal(""), "is empty"));
  CHECK(model.steps.empty());
  CHECK(refusal(folder / "missing/below/m.jsonl").empty());
  CHECK(std::filesystem::file_size(folder / "missing/below/m.jsonl") > 0);
  // What is no file is written to as it stands.
  CHECK(refusal("/dev/null").empty());
  if (std::filesystem::exists("/dev/full"))
    CHECK_THROWS_AS((Trainer{{.epochs = 1}, JsonLines{"/dev/full"}}.fit(model, counting_dataset(4))),
                    IoError);
}
