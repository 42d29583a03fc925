// Images of categories, coded pixel by pixel.

#include "eigenerate/compression/pixel_coder.hpp"

#include <cmath>
#include <numeric>

#include "eigenerate/compression/compress.hpp"
#include "eigenerate/core/threads.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/layers/masked_conv2d.hpp"
#include "eigenerate/models/vq_vae.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "eigenerate/testing/not_a_number.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/isa_guard.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

template <Scalar S = float>
PixelCnn<S> pixel_cnn(std::uint64_t seed = 1, Index classes = 0) {
  const Residual block{
      Sequential{Relu{}, MaskedConv2d{16, 16, {.kernel = 3}}, Relu{}, MaskedConv2d{16, 16, {.kernel = 1}}}};
  if (classes > 0)
    return {Sequential{MaskedConv2d{5, 16, {.kernel = 3, .sees_center = false}}, Modulate{}, block,
                       MaskedConv2d{16, 5, {.kernel = 1}}},
            {.sample = {1, 6, 7}, .categories = 5, .classes = classes, .seed = seed}};
  return {Sequential{MaskedConv2d{5, 16, {.kernel = 5, .sees_center = false}}, block, block,
                     MaskedConv2d{16, 5, {.kernel = 1}}},
          {.sample = {1, 6, 7}, .categories = 5, .seed = seed}};
}

template <Scalar S = float>
Matrix<S> images(Index n) {
  return (testing::uniform_batch<S>(42, n, 1).array().square() * S(5)).floor();
}

}  // namespace

TEST_CASE("images of categories come back whole, and cost what the model says", "[pixel_coder]") {
  const auto check = [](auto model) {
    using S = typename decltype(model)::scalar_type;
    // Larger weights than at the beginning, so that a pixel depends on those before it.
    for (S& p : numbers(model.network().parameters().data(), model.network().parameters().size())) p *= S(2);
    const Matrix<S> x = images<S>(40);
    PixelCoder<S> coder{model};
    const CompressedImages compressed = compress(coder, x);
    CHECK(decompress(coder, compressed) == x);
    const std::vector<double> log_p = model.log_likelihood(x);
    const double expected = -std::accumulate(log_p.begin(), log_p.end(), 0.0) / std::log(2.0);
    const double bits = static_cast<double>(compressed.bits());
    CAPTURE(bits, expected);
    CHECK(bits > expected);
    CHECK(bits < 1.0005 * expected + 64 + 32);  // the state, and a part of a word
    CHECK(compressed.initial_bits() == 32);
  };
  for_each_isa([&] { check(pixel_cnn<float>()); });
  check(pixel_cnn<double>());
}

TEST_CASE("the codes of a VQ-VAE are a short message, and decode to its reconstructions", "[pixel_coder]") {
  const VqVae<float> vae{
      Sequential{Conv2d{1, 8, {.kernel = 4, .stride = 2, .padding = 1}}, Relu{}, Conv2d{8, 4, {.kernel = 1}}},
      Sequential{ConvTranspose2d{4, 1, {.kernel = 4, .stride = 2, .padding = 1}}},
      {.quantizer = VectorQuantizer{5}, .sample = Shape{1, 12, 14}, .seed = 1}};
  REQUIRE(vae.code_shape() == Shape{1, 6, 7});
  const Matrix<float> x = testing::uniform_batch<float>(168, 9, 2), codes = vae.encode(x);
  const PixelCnn<float> prior = pixel_cnn();
  PixelCoder coder{prior};
  const Matrix<float> read = decompress(coder, compress(coder, codes));
  CHECK(read == codes);
  CHECK(vae.decode(read) == vae.reconstruct(x));
}

TEST_CASE("coded pixels: the same message on any number of threads, nothing allocated after the first image",
          "[pixel_coder]") {
  const PixelCnn<float> model = pixel_cnn();
  const Matrix<float> x = images(3);
  std::vector<std::uint64_t> states;
  for (const int threads : {1, 2, 3}) {
    set_num_threads(threads);
    PixelCoder coder{model};
    AnsMessage message{RandomStream{1}};
    message.reserve(1000);
    coder.push(message, x.col(0));
    Matrix<float> back(42, 1);
    const testing::AllocationGuard guard;
    coder.push(message, x.col(1));
    coder.pop(message, as_view(back));
    if (testing::AllocationGuard::available()) CHECK(guard.count() == 0);
    CHECK(back == x.col(1));
    states.push_back(message.state());
  }
  set_num_threads(0);
  CHECK(states == std::vector<std::uint64_t>(3, states[0]));
}

TEST_CASE("what coded pixels refuse", "[pixel_coder]") {
  using support::refuses;
  const PixelCnn<float> model = pixel_cnn(), other = pixel_cnn(2), labelled = pixel_cnn(1, 3);
  refuses<ConfigError>([&] { PixelCoder{labelled}; }, {"PixelCoder", "labels"});
  refuses<ConfigError>([&] { PixelCoder(model, 3); }, {"5 for 2^3"});
  PixelCoder coder{model}, of_other{other};
  const Matrix<float> x = images(4);
  const CompressedImages compressed = compress(coder, x);
  refuses<IoError>([&] { decompress(of_other, compressed); }, {"weights of the model"});
  CompressedImages more = compressed;
  more.count = 5;
  refuses<IoError>([&] { decompress(coder, more); }, {"compressed samples"});
  AnsMessage message;
  Matrix<float> one = x.leftCols(1), room(41, 1);
  refuses<ShapeError>([&] { coder.push(message, ConstView<float>(x)); },
                      {"PixelCoder", "42 values", "42 × 4"});
  refuses<ShapeError>([&] { coder.pop(message, as_view(room)); }, {"41 × 1"});
  for (const float value : {5.0f, -1.0f, 0.5f, testing::not_a_number<float>()}) {
    one(13, 0) = value;
    refuses<ConfigError>([&] { coder.push(message, ConstView<float>(one)); }, {"levels 0 to 4", "value 13"});
  }
  CHECK(message.bits() == 64);
  PixelCnn<float> broken = pixel_cnn();
  broken.network().parameters().data()[0] = testing::not_a_number<float>();
  PixelCoder of_broken{broken};
  refuses<DivergenceError>([&] { of_broken.push(message, x.col(0)); }, {"PixelCoder"});
}
