#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/models/regression_options.hpp"
#include "eigenerate/models/require_pairs.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

/// A network that learns pairs by their error alone: y from x, the mean over all y that an x may have. It is
/// what a translation that is learned by a game, as of `Pix2Pix`, is compared with, and what one begins with.
///
/// **Shapes** batch.condition: source features × n; batch.samples: target features × n. It learns from a
/// dataset of pairs (`Dataset::with_conditions`).
/// **Errors** `ShapeError` or `ConfigError` while building, and for batches without conditions.
template <Scalar S = float>
class Regression {
 public:
  using scalar_type = S;
  using Options = BasicRegressionOptions<S>;

  explicit Regression(AnyLayer<S> network, Options options = {})
      : options_(validated(std::move(options))), learner_(make_learner(std::move(network), options_)) {}

  const Options& options() const { return options_; }
  Shape source_shape() const { return network().input_shape(); }
  Shape sample_shape() const { return network().output_shape(); }
  /// The interval that predictions cannot leave, where the last layer bounds them.
  std::optional<ValueRange> sample_range() const { return network().plan().output_range; }
  Network<S>& network() { return learner_.network; }
  const Network<S>& network() const { return learner_.network; }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index);
  /// `loss`.
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);
  /// The same on held-out pairs, with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext&);
  /// Warns of a last layer that keeps predictions from the targets, which fill `range`.
  std::vector<Warning> setup_warnings(const Batch<S>&, const ValueRange& range) const;
  std::vector<MetricName> figures() const { return {"loss"}; }

  std::array<Learner<S>*, 1> learners() { return {&learner_}; }
  std::array<const Learner<S>*, 1> learners() const { return {&learner_}; }

  // ---- What users do with a trained model

  /// What becomes of every x. (A program that predicts all the time keeps a `Predictor{model.network()}`.)
  /// **Shapes** x: source features × n → target features × n.
  Matrix<S> translate(ConstView<S> x) const { return network().predict(x); }

 private:
  /// Everything a step writes besides the learner's own state.
  struct Memory {
    Memory(const Network<S>& network, Index part)
        : max_part(part),
          workspace(network.make_workspace(part)),
          d_output(network.output_shape().size() * part) {}

    Index max_part;
    Workspace<S> workspace;
    Vector<S> d_output;
    UndoMemory<S> undo;
  };

  static Options validated(Options options) {
    options.validate();
    return options;
  }
  static Learner<S> make_learner(AnyLayer<S> network, const Options& o);
  Memory& prepared(const Batch<S>& batch, Index part);

  Options options_;
  Learner<S> learner_;
  std::optional<Memory> memory_;
};

template <Layer L>
Regression(L, BasicRegressionOptions<ScalarOf<L>> = {}) -> Regression<ScalarOf<L>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/regression.hpp"
#endif
