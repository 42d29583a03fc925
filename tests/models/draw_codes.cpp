#include "eigenerate/models/draw_codes.hpp"

#include "eigenerate/data/batches.hpp"
#include "eigenerate/latent/full_normal_posterior.hpp"
#include "eigenerate/layers/layers.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

const std::vector<Index> shown{120, 3, 7};

Vae<float> some_vae() {
  return {Sequential{Linear{6, 9}, Tanh{}, Linear{9, 2 * 70}}, Linear{70, 6}, {.seed = 4}};
}
Dataset some_data() {
  std::vector<int> labels(150);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i % 3);
  return Dataset("some", {6}, testing::uniform_batch<float>(6, 150, 1), labels, 3);
}

}  // namespace

TEST_CASE("drawn codes are distributed as the posterior, anew in every epoch", "[draw codes]") {
  const Vae<float> vae = some_vae();
  const Dataset data = some_data(), codes = draw_codes(vae, data, 7);
  CHECK(codes.sample_shape() == Shape{70});
  CHECK(codes.labels() == data.labels());
  Matrix<float> x(6, 3), z(70, 3);
  data.gather<float>(shown, as_view(x));
  const auto q = vae.encode(x);
  const Index epochs = 4000;
  Matrix<double> sum = Matrix<double>::Zero(70, 3), squares = sum;
  for (Index epoch = 0; epoch < epochs; ++epoch) {
    codes.gather<float>(shown, as_view(z), epoch);
    const Matrix<double> away = ((z - q.mean).array() / (q.log_variance.array() / 2).exp()).cast<double>();
    sum += away;
    squares += away.cwiseAbs2();
  }
  // Standard normal: 210 means, each within 5 errors, and as many variances.
  CHECK((sum / epochs).cwiseAbs().maxCoeff() < 5 / std::sqrt(static_cast<double>(epochs)));
  CHECK((squares.array() / epochs - 1).abs().maxCoeff() < 5 * std::sqrt(2.0 / epochs));
  // No two elements share a draw, behind the first 64 neither.
  CHECK(std::abs((z - q.mean)(0, 0) / (z - q.mean)(64, 0) -
                 std::exp((q.log_variance(0, 0) - q.log_variance(64, 0)) / 2)) > 1e-3f);
}

TEST_CASE("drawn codes depend on seed, epoch and sample alone", "[draw codes]") {
  const Vae<float> vae = some_vae();
  const Dataset data = some_data(), codes = draw_codes(vae, data, 7);
  Matrix<float> all(70, 3), again(70, 3), later(70, 3);
  codes.gather<float>(shown, as_view(all), 2);
  codes.subset(shown).gather<float>(std::vector<Index>{0, 1, 2}, as_view(again), 2);
  CHECK(all == again);
  draw_codes(vae, data, 7).gather<float>(shown, as_view(again), 2);
  CHECK(all == again);
  codes.gather<float>(shown, as_view(later), 3);
  CHECK((all - later).cwiseAbs().minCoeff() > 0);
  draw_codes(vae, data, 8).gather<float>(shown, as_view(later), 2);
  CHECK(all != later);
}

TEST_CASE("drawn codes refuse to be those of other samples, and posteriors that are not normal",
          "[draw codes]") {
  const Vae<float> vae = some_vae();
  const Dataset data = some_data(), codes = draw_codes(vae, data, 7);
  // The keys of conditions are those of the samples, here 120, 3 and 7 for the codes 0, 1 and 2.
  const Dataset pairs = data.subset(shown).with_conditions(codes.take(3));
  support::refuses<StateError>([&] { static_cast<void>(pairs.conditions().sample(0)); },
                               {"draw_codes", "another sample", "embed_dataset"});
  const Vae<float> full{Linear{6, 5}, Linear{2, 6}, {.posterior = FullNormalPosterior{}}};
  CHECK_THROWS_AS(draw_codes(full, data, 7), ConfigError);
}
