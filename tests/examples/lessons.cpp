// The lessons: short, without a command line, and each run shows with figures what it teaches.

#include <cmath>
#include <functional>
#include <map>
#include <regex>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/process.hpp"

namespace {

namespace fs = std::filesystem;

std::vector<double> numbers_of(const std::string& text) {
  static const std::regex number("-?[0-9]+(\\.[0-9]+)?");
  std::vector<double> all;
  for (std::sregex_iterator i(text.begin(), text.end(), number), end; i != end; ++i)
    all.push_back(std::stod(i->str()));
  return all;
}

using Shown = std::function<bool(const std::vector<double>&)>;
/// What the numbers that a lesson prints must say, in their order; those of a path may follow.
const std::map<std::string, Shown> figures{
    // samples at their label's Gaussian before and after, in %; of the worst label; spread, that of the data
    {"projection_gan",
     [](const auto& n) {
       return n.size() == 5 && n[0] < 20 && n[1] > 95 && n[2] > 90 && n[3] > 0.1 && n[4] > n[3];
     }},
    // samples that show the digit of their code before and after, in %
    {"info_gan", [](const auto& n) { return n.size() >= 2 && n[0] < 20 && n[1] > 50; }},
    // test images whose reconstruction shows the same digit before and after, in %
    {"bigan", [](const auto& n) { return n.size() >= 2 && n[0] < 20 && n[1] > 45; }},
    // sharpness of the VAE, of the VAE-GAN, of test images; the same digit by the VAE and the VAE-GAN, in %
    {"vae_gan",
     [](const auto& n) {
       return n.size() >= 5 && n[0] < n[2] / 1.5 && n[1] > n[2] / 1.3 && n[1] < n[2] * 1.3 && n[4] > 80;
     }},
    // of the autoencoder, the regularized one and the VAE: nats of reconstruction, the 0 of N(0, I), distance
    // of samples from there, and from a normal distribution that is fitted to the codes
    {"autoencoder",
     [](const auto& n) {
       return n.size() >= 12 && n[0] < n[8] - 10 && n[2] > 1.5 * n[10] && n[3] < n[2] / 2 &&
              n[4] < n[8] - 10 && n[6] < n[10];
     }},
    // bits a pixel of a VAE, to begin with, negative ELBO, images that differ; of a VQ-VAE, as they are,
    // similarity
    {"compression",
     [](const auto& n) {
       return n.size() == 7 && std::abs((n[0] - n[1]) / n[2] - 1) < 0.01 && n[2] < 0.25 && n[3] == 0 &&
              n[4] < 0.8 * n[5] && n[6] > 0.85;
     }},
    // of the VAE: loss, KL, -log p(x) with its error; of the ladder the same, with number and KL of its
    // levels
    {"ladder_vae",
     [](const auto& n) {
       return n.size() >= 14 && n[4] < n[0] - 2 && n[7] > 10 && n[9] > 1 && n[11] > 1 && n[12] < n[2] - 2;
     }},
    // nats of reconstruction and of codes, codes used in %, distance of reconstructions and of samples
    {"vq_vae",
     [](const auto& n) { return n.size() >= 5 && n[0] < 70 && n[2] > 90 && n[3] < 1.5 && n[4] < 12; }},
    // sevens that are nines before and after, halves that show the digit with the mean and completed, in %
    {"latent_space", [](const auto& n) { return n.size() >= 4 && n[0] < 5 && n[1] > 50 && n[3] > n[2] + 5; }},
    // gap on average and at worst, active dimensions and information of the VAE, then of the β-TCVAE
    {"beta_tcvae",
     [](const auto& n) { return n.size() == 8 && n[4] > n[0] + 0.1 && n[5] > n[1] + 0.2 && n[6] < n[2]; }},
    // pictures, classes, KB; unseen images from the average one and from their reconstructions
    {"own_pictures",
     [](const auto& n) {
       return n.size() >= 5 && n[0] == 2000 && n[1] == 3 && n[2] == 6000 && n[4] < n[3] / 1.5;
     }},
    // test digits told after the hundred, distorted copies and samples of a VAE, in %
    {"augmentation", [](const auto& n) { return n.size() >= 3 && n[1] > n[0] + 5 && n[2] > n[0] - 10; }},
    // dB and similarity of bicubic enlargement, and of the network's
    {"super_resolution",
     [](const auto& n) { return n.size() == 4 && n[2] > n[0] + 3 && n[3] > n[1] + 0.05; }},
    // area under ROC, alarms at normal images and at anomalies, of 1000 each
    {"gan_anomalies", [](const auto& n) { return n.size() == 5 && n[0] > 0.97 && n[1] <= 25 && n[3] > 900; }},
    // of the walk and of the cross-fade: step, largest step by the mean, digits halfway in %
    {"latent_walk",
     [](const auto& n) { return n.size() >= 6 && n[1] < 6 && n[2] > n[5] + 2 && n[4] < n[1]; }},
    // distance of thin frames from broad ones, of their translations, and after there and back
    {"cycle_gan", [](const auto& n) { return n.size() == 3 && n[1] < n[0] / 2 && n[2] < n[0] / 2; }},
    // the difference on new pairs before and after
    {"pix2pix", [](const auto& n) { return n.size() == 2 && n[1] < n[0] / 5; }},
    // modes reached, of
    {"relativistic_gan", [](const auto& n) { return n.size() == 2 && n[0] == n[1]; }},
};

}  // namespace

TEST_CASE("every lesson is one short program that shows what it teaches", "[examples]") {
  int lessons = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(EIGENERATE_SOURCE_DIR) / "examples/lessons")) {
    if (entry.path().extension() != ".cpp") continue;
    ++lessons;
    const std::string name = entry.path().stem().string();
    CAPTURE(name);
#if !__has_include(<jpeglib.h>)
    if (name == "own_pictures") {
      WARN("libjpeg is missing: own_pictures was not built");
      continue;
    }
#endif
    const support::Bytes bytes = support::read_bytes(entry.path());
    const std::string source(bytes.begin(), bytes.end());
    CHECK(std::count(source.begin(), source.end(), '\n') < 100);
    CHECK(support::contains(source, "int main() {"));
    const support::Outcome outcome = support::run({(fs::path(EIGENERATE_EXAMPLES_DIR) / name).string()});
    CAPTURE(outcome.out, outcome.error);
    CHECK(outcome.code == 0);
    CHECK(!outcome.out.empty());
    if (const auto figure = figures.find(name); figure != figures.end())
      CHECK(figure->second(numbers_of(outcome.out)));
  }
  CHECK(lessons >= static_cast<int>(figures.size()));
}
