#pragma once
// What the frames of animations are like, and how evenly they follow each other, beside real images.

#include <eigenerate/metrics/frame_consistency.hpp>
#include <eigenerate/metrics/nearest_neighbors.hpp>
#include <optional>
#include <string>
#include <vector>

#include "measures.hpp"

namespace examples {

/// A row for each kind of animation, and a line of JSON.
class FrameTable {
 public:
  /// Pixels in [0, 1]. `steps` frames of a loop lead from one image to the next.
  FrameTable(const Shape& shape, Index steps, Matrix<float> train, Matrix<float> test,
             std::optional<FeatureClassifier> classifier)
      : shape_(shape),
        steps_(steps),
        train_(std::move(train)),
        test_(std::move(test)),
        classifier_(std::move(classifier)) {
    if (classifier_) test_features_ = classifier_->features(test_);
    report("{:<26}{:>19}{:>18}{}{:>18}{:>18}", "", "step", "largest by mean",
           classifier_ ? fmt::format("{:>16}{:>18}", "recognized, %", "Fréchet distance") : "",
           "nearest, training", "sharpness");
  }

  /// Loops of `length` frames each, side by side. How they move, all frames say; what they show, those of the
  /// middle third of the way from an image to the next: nearer to an end they show what is given.
  void loops(const std::string& name, const std::string& key, const Matrix<float>& frames, Index length) {
    const Index count = frames.cols() / length;
    Matrix<float> closed(frames.rows(), count * (length + 1));
    for (Index i = 0; i < count; ++i)
      closed.middleCols(i * (length + 1), length + 1) << frames.middleCols(i * length, length),
          frames.col(i * length);
    std::vector<Index> middle;
    for (Index i = 0; i < frames.cols(); ++i)
      if (const Index k = i % length % steps_; steps_ <= 3 * k && 3 * k <= 2 * steps_) middle.push_back(i);
    row(name, key, frame_consistency(closed, length + 1), frames(Eigen::all, middle));
  }
  /// A real film, in clips of `length` frames: how it moves. What it shows, training images are of.
  void film(const Matrix<float>& frames, Index length) {
    row("the film", "film", frame_consistency(frames.leftCols(frames.cols() / length * length), length), {});
  }
  void real_images() { row("test images", "real", std::nullopt, test_); }
  void write(const std::filesystem::path& path) const { write_line(path, json_); }

 private:
  void row(const std::string& name, const std::string& key, const std::optional<FrameConsistency>& movement,
           const Matrix<float>& frames) {
    std::string line = fmt::format("{:<26}", name);
    const auto cell = [&](const char* measure, int width, const Estimate& e, double scale = 1) {
      line += fmt::format("{:>{}}", to_string(Estimate{scale * e.value, scale * e.standard_error}, 3), width);
      json_[key][measure] = {e.value, e.standard_error};
    };
    if (movement) {
      cell("step", 19, movement->step);
      cell("largest", 18, movement->largest);
    } else {
      line += fmt::format("{:>37}", "");
    }
    if (frames.cols() == 0) return report("{}", line);
    if (classifier_) {
      const Matrix<float> features = classifier_->features(frames);
      cell("recognized", 16, recognized_share(classifier_->probabilities(features)), 100);
      cell("frechet", 18, frechet_distance(test_features_, features));
    }
    // By the root mean squared difference of pixels, as the steps.
    const Estimate nearest = nearest_neighbors(frames, train_, test_.leftCols(1)).distance;
    const double scale = 1 / std::sqrt(static_cast<double>(frames.rows()));
    cell("nearest", 18, {scale * nearest.value, scale * nearest.standard_error});
    cell("sharpness", 18, sharpness(frames, shape_));
    report("{}", line);
  }

  Shape shape_;
  Index steps_;
  Matrix<float> train_, test_, test_features_;
  std::optional<FeatureClassifier> classifier_;
  nlohmann::ordered_json json_;
};

}  // namespace examples
