#include "eigenerate/metrics/feature_classifier.hpp"

#include "eigenerate/metrics/detail/packed_weights.hpp"
#include "metrics/measure_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

Network<float> seeded(Network<float> network, std::uint64_t seed) {
  network.initialize(DefaultInit{}, seed);
  return network;
}

}  // namespace

TEST_CASE("packed weights come back within half a step of each channel's scale") {
  const Network<float> body = seeded(FeatureClassifier::make_body(), 1),
                       head = seeded(FeatureClassifier::make_head(), 2);
  const std::string text = FeatureClassifier::packed(body, head);
  Network<float> again_body = FeatureClassifier::make_body(), again_head = FeatureClassifier::make_head();
  const std::string begin = text.substr(0, 10001), rest = text.substr(10001);
  const char* const pieces[] = {"", begin.c_str(), "", rest.c_str(), ""};
  detail::Base64Reader in(pieces);
  detail::unpack_weights(in, again_body.parameters());
  detail::unpack_weights(in, again_head.parameters());
  CHECK(in.at_end());
  for (const Segment& s : body.parameters().segments()) {
    CAPTURE(s.name);
    const Vector<float> before = body.parameters()[s.name], after = again_body.parameters()[s.name];
    const bool packed = s.shape.size() > 1;
    const Index rows = packed ? s.size / s.shape[0] : s.size;
    for (Index first = 0; first < s.size; first += rows) {
      const float error = (before - after).segment(first, rows).cwiseAbs().maxCoeff();
      REQUIRE(error <= (packed ? before.segment(first, rows).cwiseAbs().maxCoeff() / 253 : 0));
    }
  }
  // Nothing is lost by packing what was packed: the text is as long, and a scale differs in its last bit at
  // most.
  const std::string twice = FeatureClassifier::packed(again_body, again_head);
  CHECK(twice.size() == text.size());
  const char* const again[] = {twice.c_str()};
  Network<float> third = FeatureClassifier::make_body();
  detail::Base64Reader twice_in(again);
  detail::unpack_weights(twice_in, third.parameters());
  const auto weights = [](const Network<float>& n) { return n.parameters()["8.weight"]; };
  CHECK((weights(third) - weights(again_body)).norm() < 1e-6f * weights(third).norm());
}

TEST_CASE("a feature classifier predicts what its networks do, in any range of values") {
  const Network<float> body = seeded(FeatureClassifier::make_body(), 1),
                       head = seeded(FeatureClassifier::make_head(), 2);
  const std::string text = FeatureClassifier::packed(body, head);
  const char* const pieces[] = {text.c_str()};
  const FeatureClassifier classifier("seeded", pieces);
  CHECK(classifier.name() == "seeded");
  Matrix<float> x(784, 9);
  kernels::fill_uniform(x.data(), x.size(), RandomStream{3});
  const Matrix<float> f = classifier.features(x);
  CHECK(f.rows() == FeatureClassifier::width);
  CHECK((f - body.predict(x)).norm() < 0.05f * f.norm());
  CHECK(f.minCoeff() >= 0);
  CHECK((classifier.features(Matrix<float>(2 * x.array() - 1), {-1, 1}) - f).norm() < 1e-5f * f.norm());
  const Matrix<float> p = classifier.probabilities(f), logits = classifier.logits(f);
  CHECK((p.colwise().sum().array() - 1).abs().maxCoeff() < 1e-6f);
  CHECK(std::abs(std::log(p(3, 2) / p(1, 2)) - (logits(3, 2) - logits(1, 2))) < 1e-4f);
}

TEST_CASE("what a feature classifier refuses") {
  const auto make = [](const char* text) {
    const char* const pieces[] = {text};
    FeatureClassifier("broken", pieces);
  };
  CHECK(contains(refusal<IoError>([&] { make("AAAA"); }), "too early"));
  CHECK(contains(refusal<IoError>([&] { make("AA*A"); }), "'*'"));
  CHECK_THROWS_AS(FeatureClassifier("none", {}), IoError);
  const std::string text =
      FeatureClassifier::packed(FeatureClassifier::make_body(), FeatureClassifier::make_head());
  CHECK(contains(refusal<IoError>([&] { make((text + "AAAA").c_str()); }), "goes on"));
  const char* const pieces[] = {text.c_str()};
  const FeatureClassifier classifier("good", pieces);
  CHECK_THROWS_AS(classifier.features(Matrix<float>(783, 2)), ShapeError);
  CHECK_THROWS_AS(classifier.features(Matrix<float>(784, 2), {1, 1}), ConfigError);
}
