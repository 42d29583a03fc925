// VAEs of the posteriors and priors that are included by name: whole steps against central differences and
// PyTorch; allocations, threads, and what a trained one does.

#include <string_view>
#include <vector>

#include "eigenerate/latent/flow_prior.hpp"
#include "eigenerate/latent/full_normal_posterior.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/latent/mixture_prior.hpp"
#include "eigenerate/latent/normalizing_flow.hpp"
#include "eigenerate/latent/planar_flow.hpp"
#include "eigenerate/latent/radial_flow.hpp"
#include "eigenerate/layers/layers.hpp"
#include "models/golden_step.hpp"
#include "models/model_step.hpp"
#include "models/step_promises.hpp"
#include "support/batches.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace model_step;
using namespace step_promises;
using testing::Golden;

namespace {

/// Parts in one scalar: a posterior and a prior, and an objective for them.
template <Scalar S>
struct Parts {
  AnyPosterior<S> posterior;
  AnyPrior<S> prior;
  AnyObjective<S> objective;
};

template <Scalar S>
Vae<S> make(const Parts<S>& parts, Index features, Index hidden, Index latent, Index samples,
            const Optimizer& optimizer) {
  return {
      Sequential{Linear{features, hidden}, Tanh{}, Linear{hidden, parts.posterior.parameter_rows(latent)}},
      Sequential{Linear{latent, hidden}, Silu{}, Linear{hidden, features}},
      {.posterior = parts.posterior,
       .prior = parts.prior,
       .objective = parts.objective,
       .optimizer = optimizer,
       .samples = samples,
       .seed = 3}};
}

/// Every new part occurs, for three latent dimensions.
template <Scalar S>
std::vector<Parts<S>> every_part() {
  return {{PlanarFlow{.steps = 2}, MixturePrior{.components = 3}, Iwae{}},
          {RadialFlow{.steps = 2}, FlowPrior{.steps = 3, .hidden = 4}, Elbo{.kl = KlTerm::sampled}},
          {FullNormalPosterior{}, StandardNormal{}, Elbo{.beta = 2, .free_bits = 0.01}},
          {FullNormalPosterior{}, MixturePrior{.components = 3}, Iwae{}},
          {NormalizingFlow{Sequential{PlanarStep{3}, InverseAutoregressiveStep{3, 7, 4, true}}, 7},
           StandardNormal{}, Iwae{}}};
}

const StepContext context{.step = 2, .seed = 9};

void check(const Golden& c, const Parts<double>& parts, Index latent) {
  Vae<double> vae = make(parts, 6, 5, latent, c.integer("samples"), descent);
  check_golden_gradients(vae, c);
}

}  // namespace

TEST_CASE("VAEs of parts included by name: the gradient of a whole step is exact for every network",
          "[vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 4, 1);
  for (const auto& parts : every_part<double>()) {
    auto vae = make(parts, 6, 5, 3, 2, descent);
    vae.prepare(4);
    for (int learner = 0; learner < static_cast<int>(vae.learners().size()); ++learner) {
      CAPTURE(parts.posterior.kind(), parts.prior.kind(), learner);
      if (vae.learners()[static_cast<std::size_t>(learner)]->network.parameters().size() == 0) continue;
      CHECK(gradient_error(vae, {x, {}}, context, "loss", learner) < 1e-6);
    }
  }
}

TEST_CASE("steps of VAEs of parts included by name are PyTorch's", "[vae][golden]") {
  const Golden all = testing::load_golden("models/vae_latent_parts");
  const Iwae dreg{.doubly_reparameterized = true};
  check(all["planar flow, mixture"], {PlanarFlow{.steps = 2}, MixturePrior{.components = 3}, Iwae{}}, 2);
  check(all["radial flow, coupling flow"],
        {RadialFlow{.steps = 2}, FlowPrior{.steps = 3, .hidden = 4}, Iwae{}}, 3);
  check(all["full normal"], {FullNormalPosterior{}, StandardNormal{}, dreg}, 3);
  check(all["full normal, coupling flow"], {FullNormalPosterior{}, FlowPrior{.steps = 3, .hidden = 4}, dreg},
        3);
}

TEST_CASE("a VampPrior is made of full normals too, and its gradient is exact", "[vae]") {
  const Matrix<double> x = testing::uniform_batch(6, 4, 1);
  auto vae = make<double>({FullNormalPosterior{}, VampPrior{Sequential{Linear{3, 6}, Sigmoid{}}}, Iwae{}}, 6,
                          5, 3, 2, descent);
  vae.prepare(4);
  for (const int learner : {0, 1, 2}) {
    CAPTURE(learner);
    CHECK(gradient_error(vae, {x, {}}, context, "loss", learner) < 1e-6);
  }
}

TEST_CASE(
    "VAEs of parts included by name: same bits on any number of threads, nothing allocated, and what "
    "they do when trained",
    "[vae][threads][allocation]") {
  const Matrix<float> x = testing::uniform_batch<float>(100, 64, 1), some = x.leftCols(3);
  for (const auto& parts : every_part<float>()) {
    CAPTURE(parts.posterior.kind(), parts.prior.kind());
    const auto wide = [&] { return make(parts, 100, 64, 3, 4, Adam{1e-3}); };
    same_bits_on_any_number_of_threads(wide, {x, {}});
    no_step_after_the_first_allocates(wide, {x, {}});
    const Vae<float> vae = wide();
    CHECK(testing::relative_error(vae.embed(some), vae.embed(x).leftCols(3)) < 1e-5);
    CHECK(vae.sample(5).allFinite());
    CHECK(vae.sample(5) == vae.sample(5));
    CHECK(testing::relative_error(vae.make_sampler().sample(5), vae.sample(5)) < 1e-5);
    CHECK(std::isfinite(vae.log_likelihood(some, 100)[2]));
    support::refuses<ConfigError>([&] { vae.encode(some); },
                                  {"Vae", std::string(parts.posterior.kind()), "embed"});
  }
}
