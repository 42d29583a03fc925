#pragma once

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/distributions/normal_pair.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/ladder_vae_options.hpp"
#include "eigenerate/models/latent_walks.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/models/warning.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

namespace detail {
template <Scalar S>
class LadderDraws;
}

/// Ladder variational autoencoder: a hierarchy of latent vectors z_L → … → z_1 → x, all normal ones, whose
/// posterior goes the same way down and corrects at each level what the level above expects.
///
///     p(z_L) = N(0, I),   p(z_n|z_{n+1}) and p(x|z_1) from the networks `down`
///     d_n = up_n(d_{n−1}),   ĥ_n = head_n(d_n)                  what x says of z_n, d_0 = x
///     q(z_L|x) = ĥ_L,   q(z_n|z_{n+1}, x) ∝ ĥ_n · p(z_n|z_{n+1})   the product of both normals
///     loss = −log p(x|z_1) + β(step) · Σ_n KL(q_n ‖ p_n)
///
/// Each KL in closed form, given the z drawn above. With one level it is a `Vae`. With classes, the networks
/// `up` and `down` see the label's one-hot code (see `Conditioning`).
///
///     LadderVae vae{{LadderLevel{up, head, down}, …},
///                   {.likelihood = Bernoulli{}, .schedule = KlSchedule::warm_up(5000)}};
///
/// **Shapes** samples features × n, one per column; latent vectors size of the level × n; `latent_size()`,
/// `embed` and `decode` are about the highest one. Levels count from 1, as in the paper.
/// **Backward** exact for all networks.
/// **Errors** `ShapeError` or `ConfigError` naming the level while building; `ShapeError` for samples that do
/// not fit.
/// **Numerics** all figures in nats per sample; log-variances clamped as in `DiagonalNormal`.
/// **Source** Sønderby, Raiko, Maaløe, Sønderby & Winther 2016 ("Ladder Variational Autoencoders"), section
/// 2; there a softplus makes the variances. Free bits: Kingma et al. 2016, appendix C.8, with a level for a
/// group.
template <Scalar S = float>
class LadderVae : public LatentWalks<LadderVae<S>, S> {
 public:
  using scalar_type = S;
  using Options = BasicLadderVaeOptions<S>;

  LadderVae(std::vector<LadderLevel<S>> levels, Options options = {});

  const Options& options() const { return options_; }
  const AnyLikelihood<S>& likelihood() const { return options_.likelihood; }
  const Shape& sample_shape() const { return sample_; }
  Index classes() const { return options_.classes; }
  std::string_view name() const { return "LadderVae"; }
  Index levels() const { return static_cast<Index>(levels_.size()); }
  /// Of the highest level, and of any.
  Index latent_size() const { return latent_size(levels()); }
  Index latent_size(Index level) const { return down(level).input_shape().size(); }
  /// The interval that decoded samples cannot leave, where there is one.
  std::optional<ValueRange> sample_range() const {
    const ValueRange support = options_.likelihood.support();
    if (support.is_bounded()) return support;
    return down(1).plan().output_range;
  }
  /// The networks `level1.up`, `level1.head`, `level1.down` and so on; `ConfigError` where there is none.
  Network<S>& up(Index level) { return at(*this, level).up.network; }
  const Network<S>& up(Index level) const { return at(*this, level).up.network; }
  Network<S>& head(Index level) { return at(*this, level).head.network; }
  const Network<S>& head(Index level) const { return at(*this, level).head.network; }
  Network<S>& down(Index level) { return at(*this, level).down.network; }
  const Network<S>& down(Index level) const { return at(*this, level).down.network; }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch);

  /// `loss`, `reconstruction` (−log p(x|z_1)), `kl` (of all levels), and `kl_1`, `kl_2`, … of each of the
  /// first 13 levels, which is what a `StepMetrics` has room for.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);

  /// The same figures without learning; the KL terms have their true weight of 1.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context);

  /// Warns of posterior collapse: levels whose KL is below 0.01 nats say nothing of the sample.
  std::vector<Warning> health(const Batch<S>& batch, const StepContext& context);

  /// Warns of networks that end in an activation where means, log-variances or logits are expected.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range) const;
  /// Refuses values that the likelihood gives no probability.
  void require_values(const ValueRange& range, std::string_view name) const;

  std::vector<MetricName> figures() const;
  std::optional<std::string_view> best_figure() const { return "loss"; }

  /// From the loss backwards: `down` of all levels from the lowest on, then `head` and `up` from the highest.
  std::vector<Learner<S>*> learners() { return list<Learner<S>>(*this, {}); }
  std::vector<const Learner<S>*> learners() const { return list<const Learner<S>>(*this, {}); }

  // ---- What users do with a trained model

  /// The mean of q(z_L|x), of the highest level, for every sample.
  Matrix<S> embed(ConstView<S> x, std::span<const int> labels = {}) const;

  /// The mean of p(x|z_1) for every vector of the highest level, with the mean of each level below.
  Matrix<S> decode(ConstView<S> z, std::span<const int> labels = {}) const;

  /// The same with z drawn at each level below: what `sample` makes of those that it draws for the highest
  /// one, which alone are cut off by a `Truncation`.
  Matrix<S> decode_drawn(ConstView<S> z, std::span<const int> labels, const RandomStream& random) const;

  /// The mean of p(x|z_1) for every sample, with the posterior's mean at each level.
  Matrix<S> reconstruct(ConstView<S> x, std::span<const int> labels = {}) const;

  /// Estimates log p(x) of every sample by `k` importance samples from the posterior (Burda et al. 2016, eq.
  /// 8): a lower bound in expectation that tightens with k.
  /// **Cost** k passes down the ladder per sample, in portions of bounded memory.
  std::vector<double> log_likelihood(ConstView<S> x, Index k, std::span<const int> labels = {},
                                     std::uint64_t seed = 0) const;
  /// The importance weights log p(x, z) − log q(z|x) of the same samples, drawn from `random`, with z of all
  /// levels. `measure_log_likelihood` sums up a dataset.
  std::vector<LogMeanExp> importance_weights(ConstView<S> x, Index k, std::span<const int> labels,
                                             const RandomStream& random) const;

 private:
  friend class detail::LadderDraws<S>;

  struct Level {
    Learner<S> up, head, down;
  };

  /// Everything a pass writes for a level besides the learners' own state.
  struct Rung {
    Rung(const Level& level, Index part, Index step)
        : up(level.up.network.make_workspace(part)),
          head(level.head.network.make_workspace(part)),
          down(level.down.network.make_workspace(part)),
          size(level.down.network.input_shape().size()),
          noise_of_step(size * step),
          z(size * part),
          q(2 * size * part),
          dq(2 * size * part),
          dp(2 * size * part),
          dh(2 * size * part),
          dd(level.up.network.output_shape().size() * part),
          kl_of_each(part) {}

    Workspace<S> up, head, down;
    Index size;
    Vector<S> noise_of_step;       // of a whole step
    Vector<S> z, q, dq, dp, dh;    // size × n; the parameters of normals and their gradients 2·size × n
    Vector<S> dd;                  // of the features
    Vector<S> kl_of_each;          // one per sample
    ConstView<S> h, p, noise;      // views of the pass that is alive
    double kl = 0, kl_weight = 0;  // the mean of that pass, and ∂loss/∂KL of each sample
  };

  /// Everything a pass writes besides the learners' own state.
  struct Memory {
    Memory(const LadderVae& model, Index part, Index step)
        : max_part(part),
          max_batch(std::max(part, step)),
          standard(Vector<S>::Zero(2 * model.latent_size() * part)),
          condition(model.conditioning(), part),
          d_parameters(model.down(1).output_shape().size() * part),
          log_px(part),
          weights(part) {
      for (const Level& level : model.levels_) rungs.emplace_back(level, part, max_batch);
    }

    Index max_part, max_batch;
    std::vector<Rung> rungs;
    UndoMemory<S> undo;
    std::vector<Learner<S>*> learners;
    Vector<S> standard;  // the parameters of p(z_L): zeros
    LabelCondition<S> condition;
    Vector<S> d_parameters;
    Vector<S> log_px, weights;  // one per sample
  };

  template <class Self>
  static auto& at(Self& self, Index level) {
    if (self.levels_.empty()) fail<StateError>("LadderVae: this model was moved from");
    if (level < 1 || level > self.levels())
      fail<ConfigError>("LadderVae: expected a level from 1 to {}, got {}", self.levels(), level);
    return self.levels_[static_cast<std::size_t>(level - 1)];
  }
  /// Into the memory of a list that was made before.
  template <class L, class Self>
  static std::vector<L*> list(Self& self, std::vector<L*> all) {
    all.clear();
    for (auto& level : self.levels_) all.push_back(&level.down);
    for (std::size_t i = self.levels_.size(); i-- > 0;) {
      all.push_back(&self.levels_[i].head);
      all.push_back(&self.levels_[i].up);
    }
    return all;
  }
  static Options validated(Options options) {
    options.validate();
    return options;
  }
  static std::vector<Level> make_levels(std::vector<LadderLevel<S>> levels, const Options& o);

  Conditioning conditioning() const { return {classes()}; }
  /// How many levels have a figure of their own.
  std::size_t reported_levels() const { return std::min(levels_.size(), StepMetrics::capacity - 3); }

  /// The stream of a level: the highest one's is the model's own, as that of a `Vae`.
  RandomStream stream_of(std::size_t i, const RandomStream& random) const {
    return i + 1 == levels_.size() ? random : random.lane(i);
  }

  Memory& prepared(const Batch<S>& batch, Index part);
  /// The noise of all levels for that many samples.
  void draw_noise(Memory& m, Index columns, const RandomStream& random) const;

  /// From x up to what it says of each level.
  template <class Self>
  static void climb(Self& self, const PassInput<S>& how, Memory& m);
  /// From the highest level down to the parameters of p(x|z_1), with the noise of columns from `first` on.
  template <class Self>
  static ConstView<S> descend(Self& self, const PassInput<S>& how, Index first, Index n, Memory& m);
  /// The figures of one pass of n samples, and the weights of its KL terms.
  StepMetrics judge(Index n, std::optional<std::uint64_t> step, Memory& m) const;
  void backward(ConstView<S> d_parameters, Memory& m);

  /// What x says of each level.
  std::vector<Matrix<S>> predict_heads(ConstView<S> x, std::span<const int> labels) const;
  /// z of level i from the parameters of p(z_i|z_{i+1}).
  using Choose = std::function<Matrix<S>(std::size_t i, const Matrix<S>& p)>;
  /// The parameters of p(x|z_1), with what `choose` takes for the levels below the highest.
  Matrix<S> predict_down(Matrix<S> z, std::span<const int> labels, const Choose& choose) const;
  Matrix<S> sample_mean(const Matrix<S>& parameters) const {
    Matrix<S> x(sample_.size(), parameters.cols());
    options_.likelihood.mean(parameters, as_view(x));
    return x;
  }
  static Matrix<S> mean_of(const Matrix<S>& parameters) { return parameters.topRows(parameters.rows() / 2); }

  static constexpr DiagonalNormal normal_{};
  static constexpr NormalPair pair_{};

  Options options_;
  std::vector<Level> levels_;
  Shape sample_;
  std::optional<Memory> memory_;
};

template <Scalar S>
LadderVae(std::initializer_list<LadderLevel<S>>, BasicLadderVaeOptions<S> = {}) -> LadderVae<S>;
template <Scalar S>
LadderVae(std::vector<LadderLevel<S>>, BasicLadderVaeOptions<S> = {}) -> LadderVae<S>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/ladder_vae.hpp"
#endif
