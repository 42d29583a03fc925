// Every model can be returned as a list with its options as a list in it. What g++ 12 thinks of the
// defaults in a template of options decides over that: it may stop with an internal error.
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/models/models.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

template <Scalar S>
Vae<S> vae() {
  return {Linear{2, 6}, Linear{3, 2}, {.objective = Iwae{}, .seed = 3}};
}
template <Scalar S>
Gan<S> gan() {
  return {Linear{2, 3}, Linear{3, 1}, {.loss = Hinge{}, .terms = {R1{}}, .seed = 3}};
}
template <Scalar S>
Pix2Pix<S> pix2pix() {
  return {Linear{2, 3}, Linear{5, 1}, {.l1_weight = 1, .seed = 3}};
}
template <Scalar S>
AdversarialAutoencoder<S> aae() {
  return {Linear{3, 2}, Linear{2, 3}, Linear{2, 1}, {.adversarial_weight = 2, .seed = 3}};
}
template <Scalar S>
Bigan<S> bigan() {
  return {Linear{3, 2}, Linear{2, 3}, Linear{5, 1}, {.loss = Hinge{}, .terms = {R1{}}, .seed = 3}};
}
template <Scalar S>
VaeGan<S> vae_gan() {
  return {Linear{3, 4},
          Linear{2, 3},
          Linear{3, 1 + 2},
          {.loss = Hinge{}, .terms = {FeatureReconstruction{.features = 2}}, .seed = 3}};
}
// And where nothing is a template.
Vae<float> plain_vae() {
  return {Linear{2, 6}, Linear{3, 2}, {.seed = 3}};
}
Gan<float> plain_gan() {
  return {Linear{2, 3}, Linear{3, 1}, {.seed = 3}};
}
Pix2Pix<double> plain_pix2pix() {
  return {Linear{2, 3}, Linear{5, 1}, {.seed = 3}};
}
AdversarialAutoencoder<double> plain_aae() {
  return {Linear{3, 2}, Linear{2, 3}, Linear{2, 1}, {.seed = 3}};
}

Bigan<double> plain_bigan() {
  return {Linear{3, 2}, Linear{2, 3}, Linear{5, 1}, {.seed = 3}};
}

}  // namespace

TEMPLATE_TEST_CASE("a model is returned in braces, and keeps its options", "[models]", float, double) {
  CHECK(vae<TestType>().options().objective.has_value());
  CHECK(gan<TestType>().options().terms.size() == 1);
  CHECK(pix2pix<TestType>().options().l1_weight == 1);
  CHECK(aae<TestType>().options().adversarial_weight == 2);
  CHECK(vae_gan<TestType>().options().terms.size() == 1);
  CHECK(bigan<TestType>().options().terms.size() == 1);
}

TEST_CASE("a model is returned in braces with the defaults of its options", "[models]") {
  CHECK_FALSE(plain_vae().options().objective.has_value());
  CHECK(plain_gan().options().terms.empty());
  CHECK(plain_pix2pix().options().terms.empty());
  CHECK(plain_aae().options().terms.empty());
  CHECK(plain_bigan().options().terms.empty());
}
