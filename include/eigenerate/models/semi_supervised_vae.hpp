#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/models/latent_space.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/semi_supervised_vae_options.hpp"

namespace eigenerate {

/// A variational autoencoder of samples and their classes, which learns from samples with a label and from
/// samples without one: model M2, and stacked on the codes of another one (`draw_codes`) model M1+M2.
///
/// A sample is made by a class y, each as likely as another, and a latent vector z, the rest: p(y) p(z)
/// p(x|y, z). Encoder q(z|x, y) and decoder see the label's one-hot code, as a conditional `Vae`'s do; a
/// third network, the classifier q(y|x), guesses the labels that are not there.
///
///     L(x, y) = E_q(z|x,y) log p(x|y, z) + log p(y) − KL(q(z|x, y) ‖ p(z))    (a sample with a label)
///     U(x)    = Σ_y q(y|x) (L(x, y) − log q(y|x))                             (a sample without one)
///     loss    = −mean of { L(x, y) + α log q(y|x),  U(x) }
///
/// The sum over the classes is taken in full. All classes of a sample share one draw of noise, so that what
/// the classifier learns from, how the L of one class differs from another's, is not the noise's.
///
/// **Shapes** samples features × n, one per column; labels n in [0, classes), `Dataset::unlabelled` where
/// there is none, or none at all; the classifier's output: a logit for each class.
/// **Backward** exact for all networks; ∂U/∂logit_y = q(y|x) (L(x, y) − log q(y|x) − U(x)).
/// **Cost** of a sample without a label: as many passes through encoder and decoder as there are classes.
/// **Errors** `ShapeError` or `ConfigError` while building, and for samples or labels that do not fit.
/// **Numerics** nats per sample, log p(y) included. The KL in closed form where posterior and prior have one,
/// else log q(z|x, y) − log p(z) of the draw.
/// **Source** Kingma, Rezende, Mohamed & Welling 2014, eq. 6 to 9 (there L and U have the other sign).
template <Scalar S = float>
class SemiSupervisedVae : public LatentSpace<S> {
  using Space = LatentSpace<S>;
  using Space::conditioning_, Space::likelihood_, Space::parts_;

 public:
  using Options = BasicSemiSupervisedVaeOptions<S>;
  using Space::latent_size, Space::classes, Space::sample_shape;

  /// Its Trainer takes samples without a label.
  static constexpr bool takes_unlabelled = true;

  SemiSupervisedVae(AnyLayer<S> classifier, AnyLayer<S> encoder, AnyLayer<S> decoder, Options options);

  const Options& options() const { return options_; }
  Network<S>& classifier() { return classifier_.network; }
  const Network<S>& classifier() const { return classifier_.network; }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch);

  /// `loss`; `labelled`, the mean of −L, and `unlabelled`, that of −U; of the labelled samples
  /// `classification`, the mean of −log q(y|x), and `error`, the share that the classifier gets wrong. A
  /// figure of samples that a batch does not have is 0 and weighs nothing in an average.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context);

  /// Warns of posterior collapse: half or more of the latent dimensions hardly depend on the sample, encoded
  /// under its label, or the classifier's where it has none.
  std::vector<Warning> health(const Batch<S>& batch, const StepContext&);

  /// Warns of networks that end in an activation where logits, means or log-variances are expected.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range);

  std::vector<MetricName> figures() const {
    return {"loss", "labelled", "unlabelled", "classification", "error"};
  }
  std::optional<std::string_view> best_figure() const { return "loss"; }

  /// From the loss backwards: decoder, the networks of posterior and prior where they have one, encoder; the
  /// classifier.
  LearnerList<Learner<S>> learners() { return list<Learner<S>>(*this); }
  LearnerList<const Learner<S>> learners() const { return list<const Learner<S>>(*this); }

  // ---- What users do with a trained model

  /// q(y|x): classes × n.
  Matrix<S> class_probabilities(ConstView<S> x) const;
  /// The likeliest class of every sample.
  std::vector<int> classify(ConstView<S> x) const;

  /// The importance weights log p(x, z|y) − log q(z|x, y) of `k` draws for every sample; without labels those
  /// of all classes, `k` of each, whose mean estimates p(x) since all are as likely. `measure_log_likelihood`
  /// sums up a dataset.
  std::vector<LogMeanExp> importance_weights(ConstView<S> x, Index k, std::span<const int> labels,
                                             const RandomStream& random) const;

 private:
  /// Everything a pass writes besides the learners' own state. Its columns are pairs of a sample and a class:
  /// one for a sample with a label, one for each class for a sample without.
  struct Memory : Space::PassMemory {
    Memory(const SemiSupervisedVae& model, Index part, Index step, Index columns)
        : Space::PassMemory(model, columns, 1, step),
          max_part(part),
          classifier(model.classifier().make_workspace(part)),
          d_logits(model.classes() * part),
          x(model.sample_shape().size() * columns),
          noise_of_columns(model.latent_size() * columns),
          kl(columns),
          d_kl(model.latent_size() * columns),
          log_pz(columns),
          log_qz(columns),
          labels(static_cast<std::size_t>(columns)) {}

    Index max_part;
    Workspace<S> classifier;
    Vector<S> d_logits;             // classes × samples
    Vector<S> x, noise_of_columns;  // what the columns' samples are, and their noise
    Vector<S> kl, d_kl;             // one per column; latent × columns
    Vector<S> log_pz, log_qz;
    std::vector<int> labels;  // one per column
  };

  /// The values of one forward pass: views into the batch and the memory.
  struct Forward {
    std::span<const int> labels;  ///< of the samples; empty where none has one
    ConstView<S> logits;
    ConstView<S> x;  ///< of the columns
    typename Autoencoder<S>::Latents latents;
    ConstView<S> parameters;
  };

  template <class L, class Self>
  static LearnerList<L> list(Self& self) {
    LearnerList<L> all = self.parts_.learners();
    all.add(self.classifier_);
    return all;
  }

  static int label_of(std::span<const int> labels, Index i) {
    return labels.empty() ? Dataset::unlabelled : labels[static_cast<std::size_t>(i)];
  }
  /// Whether the KL of these two has a closed form.
  bool has_kl() const { return options_.prior.has_kl(options_.posterior); }

  /// As `Space::prepared`, for labels that may be missing.
  Memory& prepared(const Batch<S>& batch, Index part);

  /// Writes samples, noise and labels of the columns; `noise` has a column for each sample. Returns how many.
  Index make_columns(const Batch<S>& batch, ConstView<S> noise, Memory& m) const;

  /// The classifier, the columns, and encoder and decoder on these.
  template <class Self>
  static Forward propagate(Self& self, const Batch<S>& batch, PassInput<S> how, ConstView<S> noise,
                           Memory& m);

  /// The figures of one pass, the loss's derivatives by log p(x|y, z) and the KL of the columns, and by the
  /// logits.
  StepMetrics judge(const Forward& f, Memory& m) const;

  /// Adds the loss's gradients to all learners.
  void backward(const Forward& f, Memory& m);

  Options options_;
  Learner<S> classifier_;
  std::optional<Memory> memory_;
};

template <Layer Classifier, Layer Encoder, Layer Decoder>
SemiSupervisedVae(Classifier, Encoder, Decoder, BasicSemiSupervisedVaeOptions<ScalarOf<Encoder>>)
    -> SemiSupervisedVae<ScalarOf<Encoder>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/semi_supervised_vae.hpp"
#endif
