// How models use their latent dimensions.

#include "eigenerate/models/measure_latent_usage.hpp"

#include "eigenerate/adversarial/adversarial.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

/// Encodes x itself: the mean of dimension d is x_d, its variance e^v; dimension 2 is the prior.
Vae<double> copying(double log_variance) {
  Vae<double> vae(Linear{3, 6}, Linear{3, 3}, {.likelihood = UnitNormal{}});
  Arena<double>& p = vae.encoder().parameters();
  std::fill_n(p.data(), p.size(), 0.0);
  for (const Segment& s : p.segments()) {
    double* const at = p.data() + s.offset;
    if (s.name.ends_with("bias"))
      at[3] = at[4] = log_variance;
    else
      at[0] = at[3 + 1] = 1;  // in × out, column-major: weights (0, 0) and (1, 1)
  }
  return vae;
}

}  // namespace

TEST_CASE("latent usage of a VAE whose posteriors are known", "[vae]") {
  const double v = std::log(0.25);
  Vae<double> vae = copying(v);
  Matrix<double> x(3, 1500);
  fill_normal(x.data(), x.size(), RandomStream{3});
  // Find out how the encoder's weights lie, rather than believe it.
  const auto q = vae.encode(as_const(x));
  REQUIRE(std::abs(q.log_variance(0, 0) - v) < 1e-12);
  REQUIRE(q.log_variance(2, 0) == 0);
  const LatentUsageFigures figures = measure_latent_usage<double>(vae, as_const(x));
  Index active = 0;
  for (Index d = 0; d < 3; ++d) {
    const auto i = static_cast<std::size_t>(d);
    const double variance =
        (q.mean.row(d).array() - q.mean.row(d).mean()).square().sum() / static_cast<double>(x.cols() - 1);
    CHECK(std::abs(figures.center_variances[i] - variance) < 1e-10);
    active += variance > 0.01 ? 1 : 0;
    const auto m = q.mean.row(d).array();
    const auto lv = q.log_variance.row(d).array();
    CHECK(std::abs(figures.kl_by_dimension[i] - (0.5 * (m.square() + lv.exp() - 1 - lv)).mean()) < 1e-12);
  }
  CHECK(active == 2);
  CHECK(figures.active_units == active);
  CHECK(std::abs(figures.kl_by_dimension[2]) < 1e-12);
  // Two channels of a unit signal in noise of variance ¼.
  REQUIRE(figures.mutual_information);
  CHECK(std::abs(figures.mutual_information->value - std::log(1 + 4.0)) < 0.1);
  CHECK_FALSE(measure_latent_usage<double>(vae, as_const(x), {}, 0, false).mutual_information);
}

TEST_CASE("latent usage of other models says what there is", "[vae]") {
  const Matrix<float> x = testing::uniform_batch<float>(6, 130, 1);
  std::vector<int> labels(130);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i % 2);
  const Vae<float> conditional(Linear{6 + 2, 4}, Linear{2 + 2, 6}, {.classes = 2});
  const auto of_labels = measure_latent_usage<float>(conditional, as_const(x), labels);
  CHECK(of_labels.mutual_information);
  CHECK(of_labels.kl_by_dimension.size() == 2);
  const AdversarialAutoencoder<float> aae(Linear{6, 2}, Linear{2, 6}, Linear{2, 1});
  const auto deterministic = measure_latent_usage<float>(aae, as_const(x));
  CHECK_FALSE(deterministic.mutual_information);
  CHECK(deterministic.kl_by_dimension.empty());
  CHECK(deterministic.active_units == 2);
  const Vae<float> flow(
      Linear{6, 6}, Linear{2, 6},
      {.posterior = InverseAutoregressiveFlow{.steps = 1, .hidden = 4, .context = 2}, .objective = Iwae{}});
  CHECK_FALSE(measure_latent_usage<float>(flow, as_const(x)).mutual_information);
}
