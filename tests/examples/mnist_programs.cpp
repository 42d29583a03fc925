// The MNIST programs as a person runs them: what they write where, and how they end.

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/idx_bytes.hpp"
#include "support/process.hpp"

namespace {

namespace fs = std::filesystem;
using support::contains;
using support::Outcome;

const fs::path programs = EIGENERATE_EXAMPLES_DIR;
const std::string embedded = std::string(EIGENERATE_SOURCE_DIR) + "/examples/data";

/// 96 training and 32 test images of bright squares at changing places.
struct SmallSet {
  support::TemporaryFolder folder;

  SmallSet() {
    write("train", 96);
    write("t10k", 32);
  }
  std::string path() const { return folder.path().string(); }

 private:
  void write(const std::string& part, std::size_t count) const {
    support::Bytes pixels(count * 784), labels(count);
    for (std::size_t i = 0; i < count; ++i) {
      labels[i] = static_cast<std::uint8_t>(i % 10);
      for (std::size_t p = 0; p < 100; ++p) pixels[i * 784 + (p / 10 + i % 18) * 28 + p % 10 + i % 10] = 255;
    }
    support::write_bytes(folder / (part + "-images-idx3-ubyte"),
                         support::idx_bytes(8, {count, 28, 28}, pixels));
    support::write_bytes(folder / (part + "-labels-idx1-ubyte"), support::idx_bytes(8, {count}, labels));
  }
};

Outcome run(const std::string& program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), (programs / program).string());
  return support::run(arguments);
}

std::vector<nlohmann::json> lines_of(const fs::path& file) {
  std::ifstream in(file);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

}  // namespace

TEST_CASE("the programs train every architecture, conditional or not, and leave what they promise",
          "[examples]") {
  const SmallSet data;
  for (const std::string program : {"mnist_vae", "mnist_gan"})
    for (const std::string architecture : {"mlp", "conv"})
      for (const bool conditional : {false, true}) {
        CAPTURE(program, architecture, conditional);
        const support::TemporaryFolder out;
        std::vector<std::string> arguments{
            "--data",    data.path(), "--architecture", architecture,
            "--epochs",  "2",         "--batch-size",   "32",
            "--latent",  "5",         "--seed",         "3",
            "--threads", "2",         "--out",          (out / "a b").string()};
        if (conditional) arguments.push_back("--conditional");
        const Outcome outcome = run(program, arguments);
        CHECK(outcome.code == 0);
        CHECK(outcome.error.empty());  // no terminal, no progress line
        CHECK(contains(outcome.out, "data: 96 training and 32 test images from " + data.path()));
        std::vector<std::string> pictures{"samples.png"};
        if (program == "mnist_vae")
          pictures.insert(pictures.end(), {"reconstructions.png", "interpolation.png"});
        for (const auto& picture : pictures) {
          CHECK(contains(outcome.out, (out / "a b" / picture).string() + "\n"));
          CHECK(fs::file_size(out / "a b" / picture) > 500);
        }
        const auto lines = lines_of(out / "a b" / "metrics.jsonl");
        REQUIRE(lines.size() == 2);
        const std::vector<std::string> parts =
            program == "mnist_vae" ? std::vector<std::string>{"reconstruction", "kl"}
                                   : std::vector<std::string>{"generator_loss", "discriminator_loss"};
        for (const auto* key :
             {"epoch", "step", "train_loss", "test_loss", "train_seconds", "images_per_second"})
          CHECK(lines[1].at(key).is_number());
        CHECK(lines[1]["step"] == 6);
        for (const auto& key : parts) CHECK(lines[1].at(key).is_number());
      }
}

TEST_CASE("the same seed gives the same figures on any number of threads", "[examples]") {
  const SmallSet data;
  const auto losses = [&](const std::string& threads, const std::string& seed) {
    const support::TemporaryFolder out;
    run("mnist_vae", {"--data", data.path(), "--epochs", "2", "--batch-size", "32", "--threads", threads,
                      "--seed", seed, "--out", out.path().string(), "--quiet"});
    std::string text;
    for (const auto& line : lines_of(out / "metrics.jsonl")) text += line["test_loss"].dump() + " ";
    return text;
  };
  const std::string one = losses("1", "4");
  CHECK(!one.empty());
  CHECK(losses("3", "4") == one);
  CHECK(losses("1", "5") != one);
}

TEST_CASE("wrong usage ends with code 2 and says what is wrong", "[examples]") {
  for (const std::string program : {"mnist_vae", "mnist_gan"}) {
    const auto refused = [&](std::vector<std::string> arguments, std::string_view complaint) {
      const Outcome outcome = run(program, std::move(arguments));
      CAPTURE(outcome.error);
      CHECK(outcome.code == 2);
      CHECK(outcome.out.empty());
      CHECK(contains(outcome.error, complaint));
    };
    refused({"--epochs", "0"}, "--epochs");
    refused({"--epochs", "ten"}, "--epochs");
    refused({"--batch-size", "-1"}, "--batch-size");
    refused({"--learning-rate", "0"}, "--learning-rate");
    refused({"--architecture", "transformer"}, "--architecture");
    refused({"--dataset", "cifar"}, "--dataset");
    refused({"--no-such-option"}, "--no-such-option");
    const Outcome help = run(program, {"--help"});
    CHECK(help.code == 0);
    CHECK(help.error.empty());
    for (const auto* option :
         {"--data", "--dataset", "--architecture", "--conditional", "--epochs", "--batch-size", "--latent",
          "--learning-rate", "--seed", "--threads", "--out", "--quiet"})
      CHECK(contains(help.out, option));
  }
}

TEST_CASE("run-time errors end with code 1, path and reason", "[examples]") {
  const SmallSet data;
  const support::TemporaryFolder out;
  const auto failed = [&](std::vector<std::string> arguments, std::string_view complaint) {
    const Outcome outcome = run("mnist_vae", std::move(arguments));
    CAPTURE(outcome.error);
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.error, complaint));
  };
  failed({"--data", (out / "nowhere").string(), "--out", out.path().string()},
         "nowhere\nFetch it with\n  examples/fetch_mnist.sh");
  failed({"--data", out.path().string(), "--out", (out / "o").string()},
         "found none of train-images-idx3-ubyte");
  support::write_bytes(out / "file", {1});
  failed({"--data", data.path(), "--epochs", "1", "--out", (out / "file" / "below").string()},
         "cannot create folder");
  support::write_bytes(data.folder / "t10k-images-idx3-ubyte", {0, 0, 8, 3, 0, 0});
  failed({"--data", data.path(), "--out", (out / "o").string()}, "malformed at byte");
}

TEST_CASE("divergence ends with code 3", "[examples]") {
  const SmallSet data;
  const support::TemporaryFolder out;
  const Outcome outcome = run("mnist_vae", {"--data", data.path(), "--epochs", "50", "--batch-size", "32",
                                            "--learning-rate", "1e30", "--out", out.path().string()});
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.error, "training diverged in epoch"));
}

TEST_CASE("an interrupt ends with code 130 and saves what was learned", "[examples]") {
  const SmallSet data;
  const support::TemporaryFolder out;
  const auto metrics = out / "metrics.jsonl";
  const Outcome outcome = support::run({(programs / "mnist_gan").string(), "--data", data.path(), "--epochs",
                                        "1000000", "--architecture", "mlp", "--out", out.path().string()},
                                       [&] { return fs::exists(metrics) && fs::file_size(metrics) > 0; });
  CHECK(outcome.code == 130);
  CHECK(contains(outcome.error, "interrupted in step"));
  CHECK(contains(outcome.out, (out / "samples.png").string()));
  CHECK(fs::file_size(out / "samples.png") > 500);
  CHECK(!lines_of(metrics).empty());
}

TEST_CASE("standard output that cannot be written is an error", "[examples]") {
  if (!fs::exists("/dev/full")) {
    WARN("no /dev/full here: skipped");
    return;
  }
  const SmallSet data;
  const support::TemporaryFolder out;
  const std::string command = "'" + (programs / "mnist_vae").string() + "' --data '" + data.path() +
                              "' --epochs 1 --out '" + out.path().string() + "' > /dev/full 2>/dev/null";
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 1);
}

TEST_CASE("on the embedded digits a VAE learns in two epochs what it should", "[examples]") {
  const support::TemporaryFolder out;
  const Outcome outcome =
      run("mnist_vae", {"--data", embedded, "--epochs", "2", "--seed", "1", "--out", out.path().string()});
  REQUIRE(outcome.code == 0);
  const auto lines = lines_of(out / "metrics.jsonl");
  // Always predicting each pixel's mean costs 206 nats; 160 needs a latent space that is used.
  CHECK(lines.at(1)["test_loss"].get<double>() < 170);
  CHECK(lines.at(1)["kl"].get<double>() > 5);
}
