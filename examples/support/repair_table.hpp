#pragma once
// What mnist_repair says of repaired images.

#include <algorithm>
#include <cmath>
#include <eigenerate/metrics/psnr.hpp>
#include <eigenerate/metrics/ssim.hpp>
#include <string>
#include <utility>
#include <vector>

#include "measures.hpp"
#include "mnist_options.hpp"

namespace examples {

/// What came of a method for all images: one answer, or several, those of an image side by side.
struct Answers {
  std::string name, key;
  Matrix<float> images;
};

/// One of each image's answers.
inline Matrix<float> answer(const Answers& all, Index which, Index images) {
  const Index each = all.images.cols() / images;
  Matrix<float> one(all.images.rows(), images);
  for (Index i = 0; i < images; ++i) one.col(i) = all.images.col(i * each + which);
  return one;
}

/// How far two answers for an image are from each other, as the root of the mean square over damaged pixels.
inline Estimate spread(const Answers& all, const Matrix<float>& mask) {
  const Index each = all.images.cols() / mask.cols();
  std::vector<double> of_image;
  for (Index i = 0; i < mask.cols(); ++i) {
    const double seen = static_cast<double>(mask.col(i).sum()), all_pixels = static_cast<double>(mask.rows()),
                 damaged = seen < all_pixels ? all_pixels - seen : all_pixels;
    double sum = 0;
    for (Index a = 0; a < each; ++a)
      for (Index b = 0; b < a; ++b)
        sum +=
            std::sqrt((all.images.col(i * each + a) - all.images.col(i * each + b)).squaredNorm() / damaged);
    of_image.push_back(2 * sum / static_cast<double>(each * (each - 1)));
  }
  return mean_of(of_image);
}

/// How near answers come to the truth, and how far from each other they are.
class RepairTable {
 public:
  RepairTable(const std::string& dataset, Images truth)
      : truth_(std::move(truth)), classifier_(dataset == "fashion" ? fashion_features() : digit_features()) {}

  void begin(const std::string& damage) {
    damage_ = damage;
    report("\n{:<24}{:>16}{:>18}{:>16}{:>20}", damage, "PSNR, dB", "SSIM", "class told, %",
           "answers differ by");
  }
  void row(const Answers& a, const Matrix<float>& mask) {
    const Index n = truth_.pixels.cols();
    const Matrix<float> first = answer(a, 0, n);
    const bool is_truth = first == truth_.pixels, several = a.images.cols() > n;
    const Estimate accuracy =
        classifier_accuracy(classifier_.probabilities(classifier_.features(first)), truth_.labels);
    const Estimate ratio = is_truth ? Estimate{} : psnr(first, truth_.pixels),
                   structure = ssim(first, truth_.pixels, {1, 28, 28}),
                   differ = several ? spread(a, mask) : Estimate{};
    report("{:<24}{:>16}{:>18}{:>16}{:>20}", a.name, is_truth ? "" : to_string(ratio),
           to_string(structure, 3),
           to_string(Estimate{100 * accuracy.value, 100 * accuracy.standard_error}, 3),
           several ? to_string(differ, 3) : "");
    for (const auto& [measure, e] : {std::pair{"psnr", ratio}, {"ssim", structure}, {"accuracy", accuracy}})
      json_[damage_][a.key][measure] = {e.value, e.standard_error};
    if (several) json_[damage_][a.key]["spread"] = {differ.value, differ.standard_error};
  }
  void write(const fs::path& path) const { write_line(path, json_); }

 private:
  Images truth_;
  FeatureClassifier classifier_;
  std::string damage_;
  nlohmann::ordered_json json_;
};

}  // namespace examples
