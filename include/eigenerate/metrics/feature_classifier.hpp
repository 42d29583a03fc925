#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/network/network.hpp"
#include "eigenerate/network/predictor.hpp"

namespace eigenerate {

/// A small fixed network that tells the ten classes of gray images of 28×28 pixels apart, for measures of
/// generated ones: what `digit_features()` and `fashion_features()` return. Its features are the layer below
/// the classes.
///
/// The weights of a version never change, so figures of one version can be compared. Copies share them, and
/// all functions are safe to call from several threads at once.
///
/// **Shapes** images 784 × n; features 64 × n, not negative; logits and probabilities 10 × n; any n.
/// **Cost** 4.7 million multiply-adds for each image.
/// **Errors** `ShapeError` for other images, `ConfigError` for a range without extent.
/// **Numerics** weights of eight bits, with one scale for each output channel.
class FeatureClassifier {
 public:
  static constexpr Index classes = 10;
  static constexpr Index width = 64;  ///< number of features

  /// Of weights as `packed` writes them, in pieces.
  FeatureClassifier(std::string name, std::span<const char* const> packed);

  /// Images to features, and features to logits.
  static Network<float> make_body(std::string name = {});
  static Network<float> make_head(std::string name = {});
  /// The text from which these weights, rounded to eight bits, come back.
  static std::string packed(const Network<float>& body, const Network<float>& head);

  /// Name and version of the weights, for reports: `digits 1`.
  const std::string& name() const { return name_; }

  /// `range` is that of the images' values: black and white.
  Matrix<float> features(ConstView<float> images, ValueRange range = {0, 1}) const;
  /// The same as a function of images in that range, as a `SampleQuality` takes it.
  std::function<Matrix<float>(ConstView<float>)> extractor(ValueRange range = {0, 1}) const {
    return [self = *this, range](ConstView<float> images) { return self.features(images, range); };
  }
  Matrix<float> logits(ConstView<float> features) const { return head_.predict(features); }
  Matrix<float> probabilities(ConstView<float> features) const;

 private:
  static std::pair<Predictor<float>, Predictor<float>> unpack(std::span<const char* const> packed);
  FeatureClassifier(std::string name, std::pair<Predictor<float>, Predictor<float>> parts)
      : name_(std::move(name)), body_(std::move(parts.first)), head_(std::move(parts.second)) {}

  std::string name_;
  Predictor<float> body_, head_;
};

}  // namespace eigenerate

#if EIGENERATE_DEFINES(METRICS)

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/metrics/detail/packed_weights.hpp"

namespace eigenerate {

EIGENERATE_INLINE Network<float> FeatureClassifier::make_body(std::string name) {
  const Conv2dOptions same{.kernel = 3, .padding = 1};
  // Erased one by one: the sequence itself would be compiled in every program.
  std::vector<AnyLayer<float>> layers{Conv2d{1, 16, same},
                                      Relu{},
                                      MaxPool{2},
                                      Conv2d{16, 48, same},
                                      Relu{},
                                      MaxPool{2},
                                      Conv2d{48, 64, same},
                                      Relu{},
                                      Conv2d{64, 64, same},
                                      Relu{},
                                      MaxPool{2},
                                      Flatten{},
                                      Linear{64 * 3 * 3, width},
                                      Relu{}};
  return Network<float>{AnySequential<float>(std::move(layers)), Shape{1, 28, 28}, {.name = std::move(name)}};
}

EIGENERATE_INLINE Network<float> FeatureClassifier::make_head(std::string name) {
  return Network<float>{Linear{width, classes}, {.name = std::move(name)}};
}

EIGENERATE_INLINE std::string FeatureClassifier::packed(const Network<float>& body,
                                                        const Network<float>& head) {
  detail::Base64Writer out;
  detail::pack_weights(out, body.parameters());
  detail::pack_weights(out, head.parameters());
  return std::move(out).text();
}

EIGENERATE_INLINE std::pair<Predictor<float>, Predictor<float>> FeatureClassifier::unpack(
    std::span<const char* const> packed) {
  Network<float> body = make_body("features"), head = make_head("classes");
  detail::Base64Reader in(packed);
  detail::unpack_weights(in, body.parameters());
  detail::unpack_weights(in, head.parameters());
  if (!in.at_end()) fail<IoError>("packed weights: the text goes on behind the last weight");
  return {Predictor<float>(body), Predictor<float>(head)};
}

EIGENERATE_INLINE FeatureClassifier::FeatureClassifier(std::string name, std::span<const char* const> packed)
    : FeatureClassifier(std::move(name), unpack(packed)) {}

EIGENERATE_INLINE Matrix<float> FeatureClassifier::features(ConstView<float> images, ValueRange range) const {
  if (!(range.low < range.high))
    fail<ConfigError>("{}: expected a range of values with low < high, got {} and {}", name_, range.low,
                      range.high);
  if (range.low == 0 && range.high == 1) return body_.predict(images);
  const auto low = static_cast<float>(range.low), extent = static_cast<float>(range.high - range.low);
  const Matrix<float> unit = (images.array() - low) / extent;
  return body_.predict(unit);
}

EIGENERATE_INLINE Matrix<float> FeatureClassifier::probabilities(ConstView<float> features) const {
  Matrix<float> p = logits(features);
  for (Index j = 0; j < p.cols(); ++j) {
    p.col(j).array() = (p.col(j).array() - p.col(j).maxCoeff()).exp();
    p.col(j) /= p.col(j).sum();
  }
  return p;
}

}  // namespace eigenerate

#endif
