// p(x, z) of trained models as a function of z.

#include "eigenerate/models/latent_joint.hpp"

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;

namespace {

/// Both log-densities have the gradients that are claimed, at z of two samples with three latent vectors
/// each.
void check_gradients(LatentJoint<double> joint, Index latent, const Matrix<double>& x,
                     std::span<const int> labels) {
  Matrix<double> z = testing::normal_batch(latent, 6, 3);
  joint.observe(as_const(x), labels);
  AnnealedEnds<double> ends(latent, 8);
  const auto sum = [&](Vector<double> AnnealedEnds<double>::*of) {
    joint.evaluate(as_const(z), ends);
    return (ends.*of).head(6).sum();
  };
  const auto first =
      testing::central_differences([&] { return sum(&AnnealedEnds<double>::log_first); }, z.data(), z.size());
  const auto last =
      testing::central_differences([&] { return sum(&AnnealedEnds<double>::log_last); }, z.data(), z.size());
  ends.d_first = testing::poison(latent, 8);
  ends.d_last = ends.d_first;
  joint.evaluate(as_const(z), ends);
  CHECK(testing::relative_error(ends.d_first.leftCols(6), first) < testing::tolerance::derivative);
  CHECK(testing::relative_error(ends.d_last.leftCols(6), last) < testing::tolerance::derivative);
  if (!testing::AllocationGuard::available()) return;
  joint.draw(RandomStream{1}, as_view(z));
  const testing::AllocationGuard guard;
  joint.draw(RandomStream{2}, as_view(z));
  joint.evaluate(as_const(z), ends);
  CHECK(guard.count() == 0);
}

LatentJoint<double> joint_of(const Vae<double>& vae, AnnealFrom from) {
  return {vae.parts(), vae.likelihood(), Conditioning{vae.classes()}, from, 2, 8};
}

}  // namespace

TEST_CASE("the gradients of log p(x, z) and of where a path begins", "[likelihood]") {
  const Matrix<double> x = testing::uniform_batch(6, 2, 1);
  const std::vector<int> none, labels{1, 0};
  for (const AnnealFrom from : {AnnealFrom::prior, AnnealFrom::posterior}) {
    const Vae<double> usual{Sequential{Linear{6, 5}, Tanh{}, Linear{5, 4}},
                            Sequential{Linear{2, 5}, Silu{}, Linear{5, 6}},
                            {.seed = 3}};
    check_gradients(joint_of(usual, from), 2, x, none);
    const Vae<double> vamp{Sequential{Linear{6, 5}, Tanh{}, Linear{5, 4}},
                           Sequential{Linear{2, 5}, Silu{}, Linear{5, 6}},
                           {.prior = VampPrior{Sequential{Linear{3, 6}, Sigmoid{}}}, .objective = Iwae{}}};
    check_gradients(joint_of(vamp, from), 2, x, none);
    const Vae<double> conditional{Sequential{Linear{infer, 5}, BatchNorm{5}, Tanh{}, Linear{5, 4}},
                                  Sequential{Linear{infer, 5}, BatchNorm{5}, Silu{}, Linear{5, 6}},
                                  {.likelihood = Normal{0.3}, .classes = 2, .latent = 2}};
    check_gradients(joint_of(conditional, from), 2, x, labels);
  }
  const Vae<double> flow{
      Sequential{Linear{6, 5}, Tanh{}, Linear{5, 8}},
      Sequential{Linear{3, 5}, Silu{}, Linear{5, 6}},
      {.posterior = InverseAutoregressiveFlow{.steps = 1, .hidden = 4, .context = 2}, .objective = Iwae{}}};
  check_gradients(joint_of(flow, AnnealFrom::prior), 3, x, none);
  support::refuses<ConfigError>([&] { joint_of(flow, AnnealFrom::posterior); },
                                {"annealing", "InverseAutoregressiveFlow"});
  const Network<double> generator{Sequential{Linear{2, 5}, Silu{}, Linear{5, 6}}};
  check_gradients(LatentJoint<double>(generator, Normal{0.2}, 2, 8), 2, x, none);
}

TEST_CASE("what log p(x, z) refuses", "[likelihood]") {
  const Matrix<double> x = testing::uniform_batch(6, 3, 1);
  const Network<double> generator{Sequential{Linear{2, 5}, Silu{}, Linear{5, 6}}};
  LatentJoint<double> joint(generator, Normal{0.2}, 2, 8);
  support::refuses<ShapeError>([&] { joint.observe(as_const(x), {}); }, {"2 samples", "got 3"});
  const AdversarialAutoencoder<double> coded(
      Linear{6, 2 + 3}, Linear{2 + 3, 6}, Linear{2 + 3, 1},
      {.posterior = CodedPosterior{{.categorical = 1, .categories = 3}}});
  support::refuses<ConfigError>(
      [&] { LatentJoint<double>(coded.parts(), Bernoulli{}, Conditioning{}, AnnealFrom::prior, 2, 8); },
      {"drawn code"});
}
