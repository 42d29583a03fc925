#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/latent/any_posterior.hpp"
#include "eigenerate/latent/any_prior.hpp"
#include "eigenerate/latent/autoencoder_memory.hpp"
#include "eigenerate/latent/diagonal_normal_posterior.hpp"
#include "eigenerate/latent/standard_normal_prior.hpp"
#include "eigenerate/optim/learner.hpp"
#include "eigenerate/optim/learner_list.hpp"

namespace eigenerate {

/// What an autoencoder is made of besides its two networks.
template <Scalar S>
struct AutoencoderOptions {
  AnyLikelihood<S> likelihood;       ///< tells the shape of the samples behind the decoder's output
  std::optional<Shape> sample = {};  ///< that shape, where it does not
  AnyPosterior<S> posterior{DiagonalNormalPosterior{}};
  AnyPrior<S> prior{StandardNormal{}};
  LearnerOptions learner = {};
  std::optional<Optimizer> decoder_optimizer = {};  ///< of the decoder, where it is not that of all
  Initializer initializer{DefaultInit{}};
  std::uint64_t seed = 0;
  std::optional<MatmulPrecision> precision = {};
  std::string_view who = "Autoencoder";
};

/// Encoder, posterior, prior and decoder: x → h → z ~ q(z|x) → the parameters of p(x|z), and the ways back.
///
/// It knows no loss: a model computes one from what the passes give, and hands the gradients back. Posterior
/// and prior may have networks of their own; these learn as encoder and decoder do.
///
/// **Shapes** samples x: one per column; latent vectors z: latent × k·n, those of one sample side by side; h:
/// the rows that the posterior asks for × n.
/// **Errors** `ShapeError` or `ConfigError` while building.
template <Scalar S>
class Autoencoder {
 public:
  using Memory = AutoencoderMemory<S>;

  /// Of networks named `encoder` and `decoder`, which may take a condition.
  Autoencoder(Network<S> encoder, Network<S> decoder, const AutoencoderOptions<S>& o);

  Index latent_size() const { return latent_; }
  const Shape& sample_shape() const { return sample_shape_; }
  const AnyPosterior<S>& posterior() const { return posterior_; }
  const AnyPrior<S>& prior() const { return prior_; }
  const PartPlan<S>& posterior_plan() const { return posterior_plan_; }
  const PartPlan<S>& prior_plan() const { return prior_plan_; }
  Learner<S>& encoder() { return encoder_; }
  const Learner<S>& encoder() const { return encoder_; }
  Learner<S>& decoder() { return decoder_; }
  const Learner<S>& decoder() const { return decoder_; }
  /// The learner of the posterior's own network, and of the prior's; null where they have none.
  const Learner<S>* posterior_learner() const { return posterior_learner_ ? &*posterior_learner_ : nullptr; }
  const Learner<S>* prior_learner() const { return prior_learner_ ? &*prior_learner_ : nullptr; }

  /// From the loss backwards.
  LearnerList<Learner<S>> learners() { return list<Learner<S>>(*this); }
  LearnerList<const Learner<S>> learners() const { return list<const Learner<S>>(*this); }

  // ---- Forward. `how` says all about a pass but its inputs; each network draws from a lane of its own.

  /// Views into the memory.
  struct Latents {
    ConstView<S> h, noise, z;
  };

  /// Encodes x and makes latent vectors of standard normal noise, latent × k·n; log q(z|x) of each where
  /// `log_q` is not empty.
  Latents encode(ConstView<S> x, const PassInput<S>& how, ConstView<S> noise, Memory& m,
                 std::span<S> log_q = {});
  Latents encode(ConstView<S> x, const PassInput<S>& how, ConstView<S> noise, Memory& m,
                 std::span<S> log_q = {}) const;

  /// The parameters of p(x|z).
  ConstView<S> decode(ConstView<S> z, const PassInput<S>& how, Memory& m) {
    return decoder_.network.forward(with(how, z, lane_decoder), m.decoder);
  }
  ConstView<S> decode(ConstView<S> z, const PassInput<S>& how, Memory& m) const {
    return decoder_.network.forward(with(how, z, lane_decoder), m.decoder);
  }

  /// log p(z) of every latent vector.
  void log_prior(ConstView<S> z, const PassInput<S>& how, Memory& m, std::span<S> out) const;

  // ---- Backward, of the passes that are alive in the memory.

  /// Zeros for the gradient of h, to which the other functions add.
  View<S> begin_backward(const Latents& l, Memory& m) const;
  /// The reverse of `decode`: adds to the decoder's gradients and returns those of z, each where wanted.
  View<S> decoder_backward(ConstView<S> d_parameters, Memory& m, bool parameters = true, bool z = true);
  /// The reverse of `log_prior`; see `Prior`.
  void prior_backward(ConstView<S> z, std::span<const S> parameter_weights, std::span<const S> path_weights,
                      View<S> dz, Memory& m);
  /// The reverse of `encode`; see `Posterior`. `dh` may hold gradients of h from elsewhere.
  void encoder_backward(const Latents& l, ConstView<S> dz, std::span<const S> d_log_q, View<S> dh, Memory& m);

  // ---- For a trained model.

  /// The z of no noise for every column of h.
  Matrix<S> center(ConstView<S> h) const;
  void center(ConstView<S> h, Memory& m, View<S> z) const { posterior_.center(posterior_pass({}, m), h, z); }

  /// Latent vectors from the prior, which end in a drawn code where the posterior's do.
  void draw_latent(const RandomStream& random, View<S> z) const;
  /// The same with memory that was made before: nothing allocates.
  void draw_latent(const RandomStream& random, View<S> z, PriorMemory<S>& m) const {
    prior_.sample(prior_pass({}, m, nullptr, nullptr), random, z);
    posterior_.code().draw(random, z);
  }

 private:
  static constexpr std::uint64_t lane_encoder = 0, lane_decoder = 1, lane_posterior = 2, lane_prior = 3;

  static PassInput<S> with(PassInput<S> how, ConstView<S> x, std::uint64_t lane);

  template <class L, class Self>
  static LearnerList<L> list(Self& self) {
    LearnerList<L> all;
    all.add(self.decoder_);
    if (self.posterior_learner_) all.add(*self.posterior_learner_);
    if (self.prior_learner_) all.add(*self.prior_learner_);
    all.add(self.encoder_);
    return all;
  }

  template <class Self>
  static Latents encode(Self& self, ConstView<S> x, const PassInput<S>& how, ConstView<S> noise, Memory& m,
                        std::span<S> log_q) {
    const ConstView<S> h = self.encoder_.network.forward(with(how, x, lane_encoder), m.encoder);
    View<S> z(m.z.data(), noise.rows(), noise.cols());
    m.posterior_how = how;
    self.posterior_.sample(self.posterior_pass(how, m), h, noise, z, log_q);
    return {h, noise, z};
  }

  /// How a part's networks run: its buffers stay, and conditions are its own.
  static PassInput<S> part_input(PassInput<S> how, std::uint64_t lane);
  PartPass<S> posterior_pass(const PassInput<S>& how, Memory& m) const;
  PriorPass<S> prior_pass(const PassInput<S>& how, PriorMemory<S>& m, Arena<S>* own, Arena<S>* encoder) const;

  static std::optional<Learner<S>> make_part(const PartPlan<S>& plan, std::string name, std::uint64_t seed,
                                             const AutoencoderOptions<S>& o);

  AnyPosterior<S> posterior_;
  AnyPrior<S> prior_;
  Learner<S> decoder_;
  Shape sample_shape_;
  Learner<S> encoder_;
  Index latent_;
  PartPlan<S> posterior_plan_, prior_plan_;
  std::optional<Learner<S>> posterior_learner_, prior_learner_;
};

}  // namespace eigenerate

#if EIGENERATE_DEFINES(LATENT)
#include "eigenerate/latent/detail/autoencoder.hpp"
#endif
