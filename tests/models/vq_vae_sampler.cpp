#include "eigenerate/models/vq_vae_sampler.hpp"

#include "eigenerate/layers/layers.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

VqVae<float> model() {
  return {Conv2d{1, 2, {.kernel = 2, .stride = 2}},
          ConvTranspose2d{2, 1, {.kernel = 2, .stride = 2}},
          {.quantizer = VectorQuantizer{5}, .sample = Shape{1, 4, 6}}};
}
PixelCnn<float> prior(const Shape& sample, Index codes) {
  return {Sequential{MaskedConv2d{codes, codes, {.sees_center = false}}, Modulate{}},
          {.sample = sample, .categories = codes, .classes = 2}};
}

}  // namespace

TEST_CASE("VqVaeSampler decodes what the prior draws", "[vq_vae]") {
  VqVae<float> vae = model();
  vae.prepare(20);
  const Matrix<float> x = testing::uniform_batch<float>(24, 20, 1);
  vae.train_step({x, {}}, {});
  const PixelCnn<float> codes = prior(vae.code_shape(), 5);
  const VqVaeSampler<float> sampler(vae, codes);
  CHECK(sampler.sample_shape() == Shape{1, 4, 6});
  CHECK(sampler.classes() == 2);
  const std::vector<int> labels{0, 1, 1};
  CHECK(sampler.sample(labels, Seed{3}) == vae.decode(codes.sample(labels, Seed{3})));
  CHECK(sampler.sample(labels, Seed{3}) != sampler.sample(labels, Seed{4}));
  support::refuses<ShapeError>([&] { sampler.sample(3, Seed{1}); }, {"PixelCnn", "3 labels"});

  const PixelCnn<float> of_others = prior(Shape{1, 3, 2}, 5), of_more = prior(vae.code_shape(), 6);
  support::refuses<ShapeError>([&] { VqVaeSampler<float>(vae, of_others); }, {"1×2×3", "makes 1×3×2"});
  support::refuses<ConfigError>([&] { VqVaeSampler<float>(vae, of_more); }, {"5 codes", "6 categories"});
}
