#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/latent/latent_terms.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/latent_space.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/vae_options.hpp"
#include "eigenerate/models/warning.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

/// Variational autoencoder: an `Autoencoder`, a likelihood, an objective, and terms on the latent vectors
/// that join it. Unless told otherwise the encoder gives the (mean, log-variance) of a normal q(z|x), the
/// prior is standard normal, the ELBO is maximised, and there are no terms.
///
/// **Shapes** samples features × n, one per column; latent vectors latent × n. The decoder's input fixes the
/// latent size, its output the sample shape, unless the options say it (a `DiagonalNormal` likelihood takes a
/// vector of 2·features). With `classes`, both networks see the label's one-hot code (see `Conditioning`).
/// **Errors** `ShapeError` or `ConfigError` while building, `ShapeError` for samples or labels that do not
/// fit.
/// **Numerics** all figures in nats per sample. Where an objective weighs the path through z otherwise than
/// the parameters, the decoder's backward runs twice, and dz is never rescaled.
/// **Source** Kingma & Welling 2014, eq. 10 and appendix B; Burda et al. 2016, eq. 8 and 14.
template <Scalar S = float>
class Vae : public LatentSpace<S> {
  using Space = LatentSpace<S>;
  using Space::conditioning_, Space::draw, Space::likelihood_, Space::parts_;

 public:
  using Options = BasicVaeOptions<S>;
  using Space::latent_size;

  Vae(AnyLayer<S> encoder, AnyLayer<S> decoder, Options options = {});

  const Options& options() const { return options_; }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch);

  /// `loss` (the objective and the terms), `reconstruction` (−E log p(x|z)) and `kl`: in closed form where
  /// the objective has it so, else the mean of log q(z|x) − log p(z), and none where it needs neither; and
  /// the figures of the terms.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);

  /// The same figures without learning and without terms; the KL term has its true weight of 1, whatever the
  /// objective trains with.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context);

  /// Warns of posterior collapse: at least half of the latent dimensions have posterior centers that vary by
  /// less than 0.01 over the batch, so they tell the decoder nothing.
  /// **Source** Burda et al. 2016, section 5.2 ("active units").
  std::vector<Warning> health(const Batch<S>& batch, const StepContext&);

  /// Warns of networks that end in an activation where means, log-variances or logits are expected, and where
  /// more than half of the log-variances of a batch are outside their range.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range);

  std::vector<MetricName> figures() const;
  std::optional<std::string_view> best_figure() const { return "loss"; }

  /// From the loss backwards: decoder, the networks of posterior and prior where they have one, encoder; then
  /// those of the terms.
  LearnerList<Learner<S>> learners() { return with_those_of_terms(parts_.learners(), terms_); }
  LearnerList<const Learner<S>> learners() const { return with_those_of_terms(parts_.learners(), terms_); }

  // ---- What users do with a trained model

  /// A normal posterior q(z|x) of every sample.
  struct Encoding {
    Matrix<S> mean,
        log_variance;  ///< latent × n each; the log-variance is the clamped one that sampling uses
  };
  /// `ConfigError` naming the posterior, where it is not one of independent normal dimensions; `embed` serves
  /// them all.
  Encoding encode(ConstView<S> x, std::span<const int> labels = {}) const;

  /// Estimates log p(x) of every sample by `k` importance samples from the posterior (Burda et al. 2016, eq.
  /// 8): a lower bound in expectation that tightens with k.
  /// **Cost** k decoder passes per sample, in portions of bounded memory.
  std::vector<double> log_likelihood(ConstView<S> x, Index k, std::span<const int> labels = {},
                                     std::uint64_t seed = 0) const;
  /// The importance weights log p(x, z) − log q(z|x) of the same samples, drawn from `random`: their mean is
  /// the estimate, and they tell its error too. `measure_log_likelihood` sums up a dataset.
  std::vector<LogMeanExp> importance_weights(ConstView<S> x, Index k, std::span<const int> labels,
                                             const RandomStream& random) const;

 private:
  /// Everything a pass writes besides the learners' own state.
  struct Memory : Space::PassMemory {
    Memory(const Vae& vae, Index batch, Index samples, const ObjectiveNeeds& needs, Index step = 0)
        : Space::PassMemory(vae, batch, samples, step),
          log_pz(batch * samples),
          log_qz(batch * samples),
          path_weights(needs.path_weights ? batch * samples : 0),
          kl(batch),
          kl_by_dimension(vae.latent_size() * batch),
          d_kl(vae.latent_size() * batch) {}

    Vector<S> log_pz, log_qz, path_weights;  // one per latent vector
    Vector<S> kl;                            // one per input
    Vector<S> kl_by_dimension, d_kl;         // latent × inputs
  };

  /// The values of one forward pass: views into the batch and the memory.
  struct Forward {
    ConstView<S> x;
    typename Autoencoder<S>::Latents latents;
    ConstView<S> parameters;
    Index inputs() const { return x.cols(); }
    Index columns() const { return latents.z.cols(); }
  };

  template <class List, class Terms>
  static List with_those_of_terms(List all, Terms& terms) {
    terms.add_learners(all);
    return all;
  }

  /// Encoder, a latent vector for every column of noise, decoder, and the terms that are needed; `fused` as
  /// for `explain`.
  template <class Parts>
  Forward propagate(Parts& parts, ConstView<S> x, const ObjectiveNeeds& needs, const PassInput<S>& how,
                    ConstView<S> noise, Memory& m, bool fused) const {
    const Index n = noise.cols();
    const auto log_qz = needs.densities ? first_numbers(m.log_qz, n) : std::span<S>{};
    const auto latents = parts.encode(x, how, noise, m.latent, log_qz);
    const ConstView<S> parameters = Space::explain(parts, x, latents.z, how, m, fused);
    if (needs.densities) parts.log_prior(latents.z, how, m.latent, first_numbers(m.log_pz, n));
    return {x, latents, parameters};
  }

  /// The figures of one pass, and in training the weights of its terms.
  StepMetrics judge(const Forward& f, const ObjectiveNeeds& needs, std::optional<std::uint64_t> step,
                    Memory& m, ObjectiveValue& value) const;

  /// Adds the loss's gradients to all learners, and what the terms have to say to the figures.
  void backward(const Forward& f, const ObjectiveNeeds& needs, const ObjectiveValue& value,
                const LatentRound<S>& round, Memory& m, StepMetrics& figures);

  Options options_;
  AnyObjective<S> objective_;
  LatentTerms<S> terms_;
  std::optional<Memory> memory_;
};

template <Layer Encoder, Layer Decoder>
Vae(Encoder, Decoder, BasicVaeOptions<ScalarOf<Encoder>> = {}) -> Vae<ScalarOf<Encoder>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/vae.hpp"
#endif
