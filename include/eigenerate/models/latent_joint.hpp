#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "eigenerate/latent/annealed_importance.hpp"
#include "eigenerate/latent/autoencoder.hpp"
#include "eigenerate/models/conditioning.hpp"

namespace eigenerate {

/// Where a path of distributions of z begins that ends at p(x, z).
enum class AnnealFrom {
  prior,     ///< needs no encoder. Wu et al. 2017
  posterior  ///< q(z|x): shorter, where it is good; of posteriors with a density at any z
};

/// log p(x, z) = log p(z) + log p(x|z) of a trained decoder as a function of z, with its gradient, x held
/// fixed: a target of `AnnealedImportance`.
///
/// Of a model with an encoder p(z) is its prior. Any other generator, as a GAN's, has a standard normal one,
/// and a likelihood is chosen for it: `Normal{0.1}` says how far its images may lie from the data.
///
/// The networks predict, with running statistics and averages; nothing is learned and nothing allocates.
///
/// **Shapes** x: samples, one per column; z: latent × k·n, the k of one sample side by side.
/// **Errors** `ConfigError` for latent vectors that end in a drawn code, along which there is no gradient,
/// and for a path from a posterior without a density.
template <Scalar S>
class LatentJoint {
 public:
  /// Of the decoder of an autoencoder, for up to `inputs` samples with `columns` latent vectors together.
  LatentJoint(const Autoencoder<S>& parts, AnyLikelihood<S> likelihood, Conditioning conditioning,
              AnnealFrom from, Index inputs, Index columns)
      : LatentJoint(&parts, parts.decoder().network, std::move(likelihood), conditioning, from, inputs,
                    columns) {}

  /// Of a generator; where it takes a condition, that is a label's code.
  LatentJoint(const Network<S>& generator, AnyLikelihood<S> likelihood, Index inputs, Index columns)
      : LatentJoint(nullptr, generator, std::move(likelihood),
                    Conditioning{generator.plan().condition ? generator.plan().condition->size() : 0},
                    AnnealFrom::prior, inputs, columns) {}

  /// The samples that z is to explain, which must outlive the calls that follow.
  void observe(ConstView<S> x, std::span<const int> labels) {
    conditioning_.require(x, labels, sample_, who);
    if (x.cols() > max_inputs_)
      fail<ShapeError>("{}: made for {} samples, got {}", who, max_inputs_, x.cols());
    x_ = x;
    label_ = condition_(labels);
    if (from_ == AnnealFrom::posterior)
      h_ = parts_->encoder().network.forward({.x = x, .condition = label_}, *encoder_);
  }

  /// Latent vectors of the prior, or of the posteriors of what was observed.
  void draw(const RandomStream& random, View<S> z) {
    if (from_ == AnnealFrom::posterior) {
      View<S> noise(d_prior_.data(), z.rows(), z.cols());
      fill_normal(noise.data(), noise.size(), random);
      parts_->posterior().sample({}, h_, as_const(noise), z, {});
    } else {
      prior_.sample(prior_pass(), random, z);
    }
  }

  void evaluate(ConstView<S> z, AnnealedEnds<S>& ends) {
    const Index n = z.cols();
    const auto first_columns = [n](Matrix<S>& m) { return View<S>(m.data(), m.rows(), n); };
    View<S> d_first = first_columns(ends.d_first), d_last = first_columns(ends.d_last),
            d_prior = first_columns(d_prior_);
    // log p(x|z)
    const ConstView<S> parameters = decoder_.forward({.x = z, .condition = label_}, workspace_);
    View<S> d_parameters(d_parameters_.data(), parameters.rows(), n);
    likelihood_.log_probability_with_backward(x_, parameters, first_numbers(ones_, n),
                                              first_numbers(ends.log_last, n), d_parameters);
    d_last = decoder_.backward(as_const(d_parameters), workspace_, {.x = true}).x;
    // log p(z)
    const PriorPass<S> prior = prior_pass();
    prior_.log_probability(prior, z, first_numbers(log_prior_, n));
    d_prior.setZero();
    prior_.backward(prior, z, first_numbers(zeros_, n), first_numbers(ones_, n), d_prior);
    ends.log_last.head(n) += log_prior_.head(n);
    d_last += d_prior;
    // Where the path begins
    if (from_ == AnnealFrom::prior) {
      ends.log_first.head(n) = log_prior_.head(n);
      d_first = d_prior;
    } else {
      parts_->posterior().log_density(h_, z, first_numbers(ends.log_first, n));
      d_first.setZero();
      parts_->posterior().log_density_backward(h_, z, first_numbers(ones_, n), d_first, unwanted<S>());
    }
  }

 private:
  static constexpr std::string_view who = "annealing";

  static AnyLikelihood<S> valid(AnyLikelihood<S> likelihood) {
    likelihood.validate();
    return likelihood;
  }

  LatentJoint(const Autoencoder<S>* parts, const Network<S>& decoder, AnyLikelihood<S> likelihood,
              Conditioning conditioning, AnnealFrom from, Index inputs, Index columns)
      : parts_(parts),
        decoder_(decoder),
        likelihood_(valid(std::move(likelihood))),
        conditioning_(conditioning),
        from_(from),
        max_inputs_(inputs),
        sample_(likelihood_.sample_shape(decoder.output_shape())),
        prior_(parts ? parts->prior() : AnyPrior<S>(StandardNormal{})),
        prior_memory_(parts ? PriorMemory<S>(*parts, inputs, columns)
                            : PriorMemory<S>(PartPlan<S>{}, nullptr, nullptr, inputs, columns)),
        workspace_(decoder.make_workspace(columns)),
        condition_(conditioning, inputs),
        d_prior_(decoder.input_shape().size(), columns),
        d_parameters_(decoder.output_shape().size(), columns),
        log_prior_(columns),
        ones_(Vector<S>::Ones(columns)),
        zeros_(Vector<S>::Zero(columns)) {
    if (!parts) return;
    if (parts->posterior().code().size() > 0)
      fail<ConfigError>("{}: latent vectors end in a drawn code, along which there is no gradient", who);
    if (from == AnnealFrom::prior) return;
    parts->posterior().require_density(who);
    encoder_ = parts->encoder().network.make_workspace(inputs);
  }

  PriorPass<S> prior_pass() {
    const auto* const own = parts_ ? parts_->prior_learner() : nullptr;
    return prior_memory_.pass({}, own ? &own->network : nullptr,
                              parts_ ? &parts_->encoder().network : nullptr,
                              parts_ ? &parts_->posterior() : nullptr);
  }

  const Autoencoder<S>* parts_;
  const Network<S>& decoder_;
  AnyLikelihood<S> likelihood_;
  Conditioning conditioning_;
  AnnealFrom from_;
  Index max_inputs_;
  Shape sample_;
  AnyPrior<S> prior_;
  PriorMemory<S> prior_memory_;
  Workspace<S> workspace_;
  std::optional<Workspace<S>> encoder_;
  LabelCondition<S> condition_;
  Matrix<S> d_prior_, d_parameters_;
  Vector<S> log_prior_, ones_, zeros_;
  ConstView<S> x_, label_, h_;
};

}  // namespace eigenerate
