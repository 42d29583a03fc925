// Coding with a VAE: without loss, at the rate of its ELBO, and what does not fit is refused.

#include "eigenerate/compression/bits_back.hpp"

#include <cmath>

#include "compression/coded_digits.hpp"
#include "eigenerate/core/threads.hpp"
#include "eigenerate/io/weights.hpp"
#include "eigenerate/latent/full_normal_posterior.hpp"
#include "eigenerate/latent/mixture_prior.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "eigenerate/testing/not_a_number.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using testing::Golden;

namespace {

/// Samples of levels that lie close together.
template <Scalar S>
Matrix<S> levels_batch(Index features, Index n, Index levels) {
  const Matrix<S> u = testing::uniform_batch<S>(features, n, 1);
  return (u.array().square() * static_cast<S>(levels)).floor();
}

template <Scalar S = float>
Vae<S> small_vae(AnyLikelihood<S> likelihood, Index numbers, BasicVaeOptions<S> options = {}) {
  options.likelihood = likelihood;
  options.seed = 3;
  return {Sequential{Linear{12, 16}, Tanh{}, Linear{16, 8}},
          Sequential{Linear{4, 16}, Tanh{}, Linear{16, numbers * 12}}, options};
}

/// Codes samples and takes them back, and the message with them; the bits that they cost.
template <Scalar S>
double round_trip(Vae<S>& vae, const Matrix<S>& x, const BitsBackOptions& options = {}) {
  BitsBack<S> codec{vae, options};
  const RandomStream initial{5};
  AnsMessage message{initial};
  for (Index i = 0; i < x.cols(); ++i) codec.push(message, x.col(i));
  const double bits = static_cast<double>(message.bits() - 32 * message.initial_words());
  AnsMessage read(message.state(), {message.words().begin(), message.words().end()});
  Matrix<S> back = testing::poison<S>(x.rows(), x.cols());
  for (Index i = x.cols(); i-- > 0;) codec.pop(read, View<S>(back.col(i).data(), x.rows(), 1));
  CHECK(back == x);
  CHECK(read.is_initial(initial, message.initial_words()));
  return bits;
}

}  // namespace

TEST_CASE("binary digits come back whole, and cost their negative ELBO") {
  Vae vae = support::binary_vae();
  const Matrix<float> x = support::columns_of(support::binary(support::digits().test), 400);
  const double bits = round_trip(vae, x), expected = support::negative_elbo(vae, x);
  CAPTURE(bits, expected);
  CHECK(std::abs(bits / expected - 1) < 0.01);
  // More initial bits, and no other rate.
  const double finer = round_trip(vae, x, {.latent_bits = 18, .mass_bits = 26});
  CHECK(std::abs(finer / bits - 1) < 0.005);
}

TEST_CASE("gray digits come back whole, and cost their negative ELBO") {
  Vae vae = support::gray_vae();
  const Matrix<float> x = support::columns_of(data::to_levels(support::digits().test), 300);
  const double bits = round_trip(vae, x), expected = support::negative_elbo(vae, x);
  CAPTURE(bits, expected);
  CHECK(std::abs(bits / expected - 1) < 0.01);
}

TEST_CASE("every likelihood of levels is coded, in both scalars") {
  const auto check = [](auto vae, Index levels) {
    using S = typename decltype(vae)::scalar_type;
    CAPTURE(vae.likelihood().kind());
    const Matrix<S> x = levels_batch<S>(12, 3000, levels);
    const double bits = round_trip(vae, x), expected = support::negative_elbo(vae, x);
    CAPTURE(bits, expected);
    CHECK(std::abs(bits / expected - 1) < 0.01);
  };
  check(small_vae<float>(Bernoulli{}, 1), 2);
  check(small_vae<double>(Bernoulli{}, 1), 2);
  check(small_vae<float>(Categorical{7}, 7), 7);
  check(small_vae<double>(BetaBinomial{15}, 2), 16);
  check(small_vae<float>(DiscretizedLogisticMixture{3, 16}, 9), 16);
  check(small_vae<float>(DiscretizedLogisticMixture{1, 256}, 3), 256);
}

TEST_CASE("published weights cost what PyTorch's ELBO says", "[golden]") {
  for (const Golden& c : testing::load_golden("models/published_vae").cases()) {
    if (c.name() != "binary") continue;
    const Matrix<float> x = c.batch<float>("x");
    const Index hidden = c.integer("hidden"), latent = c.integer("latent");
    Vae vae{Sequential{Linear{x.rows(), hidden}, Relu{}, Linear{hidden, 2 * latent}},
            Sequential{Linear{latent, hidden}, Relu{}, Linear{hidden, x.rows()}},
            {.posterior = DiagonalNormalPosterior{{.scale = Scale::log_deviation}}}};
    load_weights(
        std::string(EIGENERATE_SOURCE_DIR) + "/tests/goldens/models/published_binary_vae.safetensors", vae);
    // The same four images again and again, with latent vectors of their own: the noise of a few draws
    // averages out.
    const Matrix<float> often = x.replicate(1, 100);
    CHECK(std::abs(round_trip(vae, often) / support::negative_elbo(vae, often) - 1) < 0.01);
  }
}

TEST_CASE("messages are the same on any number of threads, and nothing allocates after the first sample") {
  Vae vae{Sequential{Reshape{1, 16, 16}, Conv2d{1, 8, {.kernel = 3, .padding = 1}}, Relu{}, Flatten{},
                     Linear{2048, 512}, Relu{}, Linear{512, 32}},
          Sequential{Linear{16, 512}, Relu{}, Linear{512, 256}},
          {.likelihood = Bernoulli{}}};
  const Matrix<float> x = levels_batch<float>(256, 4, 2);
  std::vector<std::uint64_t> states;
  for (const int threads : {1, 2, 3}) {
    set_num_threads(threads);
    BitsBack codec{vae};
    AnsMessage message{RandomStream{1}};
    message.reserve(1000);
    codec.push(message, x.col(0));
    const testing::AllocationGuard guard;
    for (Index i = 1; i < 4; ++i) codec.push(message, x.col(i));
    if (testing::AllocationGuard::available()) CHECK(guard.count() == 0);
    states.push_back(message.state());
    Matrix<float> back(256, 1);
    codec.pop(message, as_view(back));
    const testing::AllocationGuard again;
    codec.pop(message, as_view(back));
    if (testing::AllocationGuard::available()) CHECK(again.count() == 0);
    CHECK(back == x.col(2));
  }
  set_num_threads(0);
  CHECK(states == std::vector<std::uint64_t>(3, states[0]));
}

TEST_CASE("a codec keeps the weights that it was made with") {
  Vae vae = small_vae<float>(Bernoulli{}, 1);
  const Matrix<float> x = levels_batch<float>(12, 5, 2);
  BitsBack codec{vae};
  const CompressionSetting before = codec.setting();
  AnsMessage message{RandomStream{2}};
  for (Index i = 0; i < 5; ++i) codec.push(message, x.col(i));
  for (float& p : numbers(vae.decoder().parameters().data(), vae.decoder().parameters().size())) p += 1;
  CHECK(codec.setting() == before);
  Matrix<float> back(12, 1);
  for (Index i = 5; i-- > 0;) {
    codec.pop(message, as_view(back));
    CHECK(back == x.col(i));
  }
  BitsBack other{vae};
  CHECK(other.setting().model != before.model);
}

TEST_CASE("what cannot be coded is refused by name") {
  using support::refuses;
  const auto refused = [](const Vae<>& vae, const std::vector<std::string>& words) {
    refuses<ConfigError>([&] { BitsBack{vae}; }, words);
  };
  refused(small_vae<float>(UnitNormal{}, 1), {"BitsBack", "likelihood UnitNormal", "Bernoulli"});
  refused(small_vae<float>(ContinuousBernoulli{}, 1), {"ContinuousBernoulli"});
  refused(small_vae<float>(Poisson{}, 1), {"Poisson"});
  refused({Sequential{Linear{12, 14}}, Sequential{Linear{4, 12}}, {.posterior = FullNormalPosterior{}}},
          {"posterior", "FullNormal", "DiagonalNormalPosterior"});
  refused(
      small_vae<float>(Bernoulli{}, 1, {.prior = MixturePrior{}, .objective = Elbo{.kl = KlTerm::sampled}}),
      {"prior", "MixturePrior", "StandardNormal"});
  refused({Sequential{Linear{infer, 8}}, Sequential{Linear{infer, 12}}, {.classes = 3, .latent = 4}},
          {"classes"});
  Vae vae = small_vae<float>(Bernoulli{}, 1);
  refuses<ConfigError>([&] { BitsBack(vae, {.latent_bits = 0}); }, {"n = 0"});
  refuses<ConfigError>([&] { BitsBack(vae, {.mass_bits = 40}); }, {"40"});

  BitsBack codec{vae};
  AnsMessage message{RandomStream{1}};
  Matrix<float> x = Matrix<float>::Zero(12, 1);
  for (const float value : {0.5f, 2.0f, -1.0f, testing::not_a_number<float>()}) {
    x(7, 0) = value;
    refuses<ConfigError>([&] { codec.push(message, x); }, {"levels 0 to 1", "value 7"});
  }
  const Matrix<float> two = Matrix<float>::Zero(12, 2), short_one = Matrix<float>::Zero(11, 1);
  refuses<ShapeError>([&] { codec.push(message, two); }, {"12 values", "12 × 2"});
  refuses<ShapeError>([&] { codec.push(message, short_one); }, {"11 × 1"});
  Matrix<float> room(11, 1);
  refuses<ShapeError>([&] { codec.pop(message, as_view(room)); }, {"11 × 1"});
  CHECK(message.initial_words() == 1);
  AnsMessage ends;
  Matrix<float> enough(12, 1);
  refuses<IoError>([&] { codec.pop(ends, as_view(enough)); }, {"ends before"});

  // Weights that are no numbers show in the outputs.
  vae.decoder().parameters().data()[0] = testing::not_a_number<float>();
  BitsBack broken{vae};
  const Matrix<float> zero = Matrix<float>::Zero(12, 1);
  refuses<DivergenceError>([&] { broken.push(message, zero); }, {"Bernoulli"});
  vae.encoder().parameters().data()[0] = testing::not_a_number<float>();
  BitsBack blind{vae};
  const Matrix<float> one = Matrix<float>::Ones(12, 1);
  refuses<DivergenceError>([&] { blind.push(message, one); }, {"mean"});
}
