// Whole sets of samples as a file, and back.

#include "eigenerate/compression/compress.hpp"

#include <cmath>

#include "compression/coded_digits.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/isa_guard.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::refuses;

namespace {

Vae<> small_vae(std::uint64_t seed = 1) {
  return {Sequential{Linear{20, 16}, Relu{}, Linear{16, 8}},
          Sequential{Linear{4, 16}, Relu{}, Linear{16, 20}},
          {.likelihood = Bernoulli{}, .seed = seed}};
}

Matrix<float> small_samples(Index n) {
  return (testing::uniform_batch<float>(20, n, 1).array() < 0.3f).cast<float>();
}

void check_round_trip(Vae<>& vae, const Matrix<float>& x) {
  const support::TemporaryFolder folder;
  BitsBack codec{vae};
  const CompressedImages written = compress(codec, x, 9);
  written.save(folder / "digits.ans");
  const CompressedImages read = CompressedImages::load(folder / "digits.ans");
  CHECK(read.count == x.cols());
  CHECK(read.bits() == written.bits());
  CHECK(read.initial_bits() == written.initial_bits());
  CHECK(read.initial_bits() > 0);
  CHECK(read.setting == written.setting);
  // The message, and what stands before it.
  CHECK(std::filesystem::file_size(folder / "digits.ans") * 8 < read.bits() + 8 * 256);
  BitsBack another{vae};
  CHECK(decompress(another, read) == x);
}

}  // namespace

TEST_CASE("binary and gray digits of a file come back whole") {
  const Dataset test = support::digits().test;
  Vae binary = support::binary_vae(), gray = support::gray_vae();
  check_round_trip(binary, support::columns_of(support::binary(test), 300));
  check_round_trip(gray, support::columns_of(data::to_levels(test), 30));
  check_round_trip(gray, support::columns_of(data::to_levels(test), 1));
}

TEST_CASE("all test digits come back whole, binary and gray", "[slow]") {
  const Dataset test = support::digits().test;
  Vae binary = support::binary_vae(), gray = support::gray_vae();
  check_round_trip(binary, support::columns_of(support::binary(test), test.size()));
  check_round_trip(gray, support::columns_of(data::to_levels(test), test.size()));
}

TEST_CASE("images keep their order in memory, on every instruction set") {
  Vae vae{Sequential{Conv2d{3, 4, {.kernel = 3, .padding = 1}}, Relu{}, Flatten{}, Linear{4 * 30, 8}},
          Sequential{Linear{4, 90 * 2}, Reshape{6, 6, 5}},
          {.likelihood = BetaBinomial{15, {.channels = 3}}}};
  REQUIRE(vae.sample_shape() == Shape{3, 6, 5});
  const Matrix<float> x = (16 * testing::uniform_batch<float>(90, 1100, 1).array()).floor();
  for_each_isa([&] {
    BitsBack codec{vae};
    CHECK(decompress(codec, compress(codec, x)) == x);
  });
}

TEST_CASE("a message of another setting is refused, and what differs is said") {
  const Matrix<float> x = small_samples(3);
  Vae vae = small_vae();
  BitsBack codec{vae};
  const CompressedImages compressed = compress(codec, x);
  const auto refused = [&](auto&& other, const std::vector<std::string>& words) {
    refuses<IoError>([&] { decompress(other, compressed); }, words);
  };
  Vae trained = small_vae(2);
  refused(BitsBack{trained}, {"weights of the model", "fingerprint", "compressed samples"});
  refused(BitsBack(vae, {.latent_bits = 10}), {"bits of a latent dimension: expected 10, got 12"});
  refused(BitsBack(vae, {.mass_bits = 20}), {"bits of a probability: expected 20, got 24"});
  // The same weights in other layers: only the probe can tell.
  Vae other_layers{Sequential{Linear{20, 16}, LeakyRelu{0.2}, Linear{16, 8}},
                   Sequential{Linear{4, 16}, LeakyRelu{0.2}, Linear{16, 20}},
                   {.likelihood = Bernoulli{}, .seed = 1}};
  refused(BitsBack{other_layers}, {"what the model computes"});
  Vae other_decoder{Sequential{Linear{20, 16}, Relu{}, Linear{16, 8}},
                    Sequential{Linear{4, 16}, LeakyRelu{0.2}, Linear{16, 20}},
                    {.likelihood = Bernoulli{}, .seed = 1}};
  refused(BitsBack{other_decoder}, {"what the model computes"});
  Vae other_posterior{Sequential{Linear{20, 16}, Relu{}, Linear{16, 8}},
                      Sequential{Linear{4, 16}, Relu{}, Linear{16, 20}},
                      {.likelihood = Bernoulli{},
                       .posterior = DiagonalNormalPosterior{{.scale = Scale::log_deviation}},
                       .seed = 1}};
  refused(BitsBack{other_posterior}, {"what the model computes"});
  // Outputs that differ in their last bits, of which coarse tables know nothing; and tables of the same
  // outputs.
  const auto of_slope = [](double slope) {
    return Vae<>{Sequential{Linear{20, 16}, Relu{}, Linear{16, 8}},
                 Sequential{Linear{4, 16}, LeakyRelu{slope}, Linear{16, 20}},
                 {.likelihood = Bernoulli{}, .seed = 1}};
  };
  const auto of_range = [](double lowest) {
    return Vae<>{Sequential{Linear{20, 16}, Relu{}, Linear{16, 8}},
                 Sequential{Linear{4, 16}, Relu{}, Linear{16, 40}},
                 {.likelihood = BetaBinomial{1, {.min_log = lowest}}, .seed = 1}};
  };
  const auto compare = [&](const Vae<>& one, const Vae<>& another) {
    BitsBack writer(one, {.mass_bits = 6}), reader(another, {.mass_bits = 6});
    const CompressedImages written = compress(writer, x);
    refuses<IoError>([&] { decompress(reader, written); }, {"what the model computes"});
  };
  compare(of_slope(0.2f), of_slope(std::nextafter(0.2f, 1.0f)));
  compare(of_range(-30), of_range(-0.01));
  Vae<double> precise{Sequential{Linear{20, 16}, Relu{}, Linear{16, 8}},
                      Sequential{Linear{4, 16}, Relu{}, Linear{16, 20}},
                      {.likelihood = Bernoulli{}, .seed = 1}};
  refused(BitsBack<double>{precise}, {"scalar: expected 64, got 32"});
  set_matmul_precision(MatmulPrecision::medium);
  refused(codec, {"precision of matrix products: expected medium, got highest"});
  set_matmul_precision(MatmulPrecision::highest);
  const kernels::Isa best = kernels::isa();
  if (best != kernels::Isa::Scalar) {
    kernels::set_isa(kernels::Isa::Scalar);
    refused(codec, {"instruction set", "expected scalar, got"});
    kernels::set_isa(best);
  }
  Vae wider{Sequential{Linear{21, 16}, Relu{}, Linear{16, 8}},
            Sequential{Linear{4, 16}, Relu{}, Linear{16, 2 * 21}},
            {.likelihood = BetaBinomial{7}}};
  refused(BitsBack{wider},
          {"shape of a sample: expected 21, got 20", "levels of a value: expected 8, got 2"});
  CHECK(decompress(codec, compressed) == x);
}

TEST_CASE("a message that does not end as it began is refused") {
  Vae vae = small_vae();
  BitsBack codec{vae};
  const CompressedImages compressed = compress(codec, small_samples(40));
  const auto changed = [&](auto&& change) {
    CompressedImages c = compressed;
    change(c);
    return c;
  };
  const auto refused = [&](const CompressedImages& c, const std::vector<std::string>& words) {
    refuses<IoError>([&] { decompress(codec, c); }, words);
  };
  refused(changed([](auto& c) { c.count = 39; }), {"does not end as it began"});
  refused(changed([](auto& c) { c.count = 400; }), {"sample", "of 400"});
  refused(changed([](auto& c) { c.count = max_scalars; }), {"at most"});
  refused(changed([](auto& c) { c.seed = 1; }), {"does not end as it began"});
  refused(changed([](auto& c) { c.initial_words += 1; }), {"does not end as it began"});
  // One bit of the message anywhere.
  std::vector<std::uint32_t> words(compressed.message.words().begin(), compressed.message.words().end());
  REQUIRE(words.size() > 10);
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] ^= 1u << (i % 32);
    refused(changed([&](auto& c) { c.message = AnsMessage(compressed.message.state(), words); }),
            {"compressed samples"});
    words[i] ^= 1u << (i % 32);
  }
  refuses<ConfigError>([&] { compress(codec, Matrix<float>(20, 0)); }, {"at least one sample"});
}
