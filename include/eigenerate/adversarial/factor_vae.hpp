#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/adversarial/adversary.hpp"
#include "eigenerate/adversarial/density_ratio.hpp"
#include "eigenerate/data/shuffle.hpp"
#include "eigenerate/latent/latent_term.hpp"

namespace eigenerate {

/// What a `FactorVae` is made of besides its discriminator.
struct FactorVaeOptions {
  double gamma = 35;  ///< of the total correlation in the loss
  Optimizer optimizer = Adam{.learning_rate = 1e-4, .beta1 = 0.5, .beta2 = 0.9};
};

/// The term of a FactorVAE: a discriminator tells latent vectors from others whose dimensions are permuted
/// over the batch, each by itself, which have the same marginals and no dependence. Its logit then estimates
/// the total correlation, and `γ · TC` joins the loss.
///
///     Vae{…, {.terms = {FactorVae{Sequential{Linear{10, 1000}, LeakyRelu{0.2}, Linear{1000, 1}}}}}}
///
/// **Shapes** the discriminator takes latent vectors and ends in one logit, larger for permuted ones.
/// **Errors** `ShapeError` or `ConfigError` where the model is built: for another discriminator, and for γ
/// out of range.
/// **Source** Kim & Mnih 2018, algorithms 1 and 2. There the permuted vectors are those of a second batch,
/// here of the same one; the discriminator's loss is half of ours.
template <Layer L>
class FactorVae {
 public:
  static constexpr std::string_view kind = "FactorVae";
  static constexpr std::string_view figure = "total_correlation";
  static constexpr std::string_view learner_figure = "discriminator_loss";

  explicit FactorVae(L discriminator, FactorVaeOptions options = {})
      : discriminator_(std::move(discriminator)), options_(std::move(options)) {}

  void validate() const {
    if (!(is_finite(options_.gamma) && options_.gamma >= 0))
      fail<ConfigError>("FactorVae: gamma must be finite and not negative, got {}", options_.gamma);
  }

  /// It in one model.
  template <Scalar S>
  class Player {
   public:
    Player(Network<S> discriminator, const FactorVaeOptions& o)
        : gamma_(o.gamma), adversary_(std::move(discriminator), {.optimizer = o.optimizer}, DensityRatio{}) {
      adversary_.require_outputs(kind);
    }

    void prepare(Index, Index samples) {
      adversary_.prepare(samples);
      permuted_ = Vector<S>(adversary_.network().input_shape().size() * samples);
      order_.resize(static_cast<std::size_t>(samples));
    }
    Learner<S>& learner() { return adversary_.learner(); }
    const Learner<S>& learner() const { return adversary_.learner(); }
    double learner_loss() const { return learner_loss_; }

    double add(const LatentRound<S>& round, View<S> dz, View<S>) {
      const AdversaryRound<S> game{.real = permute(round.z, round.random),
                                   .fake = round.z,
                                   .dropout = round.dropout,
                                   .progress = round.progress,
                                   .step = round.step};
      learner_loss_ = adversary_.learn(game, {});
      const auto fooled = adversary_.fool(game);
      dz += static_cast<S>(gamma_) * fooled.d_fake;
      return gamma_ * fooled.value;
    }

   private:
    /// Row d in an order of lane d of the stream.
    ConstView<S> permute(ConstView<S> z, const RandomStream& random) {
      View<S> to(permuted_.data(), z.rows(), z.cols());
      const auto order = std::span(order_).first(static_cast<std::size_t>(z.cols()));
      for (Index d = 0; d < z.rows(); ++d) {
        random_permutation(order, random.lane(static_cast<std::uint64_t>(d)));
        for (Index j = 0; j < z.cols(); ++j) to(d, j) = z(d, order[static_cast<std::size_t>(j)]);
      }
      return as_const(to);
    }

    double gamma_, learner_loss_ = 0;
    Adversary<S> adversary_;
    Vector<S> permuted_;
    std::vector<Index> order_;
  };

  template <Scalar S>
  Player<S> start(const LatentTermSetup<S>& setup) const {
    // Another seed than the other networks': equal shapes must not start with equal weights.
    return {Network<S>(AnyLayer<S>(discriminator_), Shape{setup.latent},
                       NetworkOptions{"discriminator", setup.initializer, setup.seed ^ std::uint64_t{1} << 60,
                                      setup.precision}),
            options_};
  }

 private:
  L discriminator_;
  FactorVaeOptions options_;
};

}  // namespace eigenerate
