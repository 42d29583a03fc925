// The suite finds every planted error in a test-only term, and none in a right one.

#include "eigenerate/testing/latent_term_conformance.hpp"

#include "eigenerate/layers/layers.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

enum class Fault {
  none,
  factor_of_z,
  no_gradient_of_h,
  overwrites,
  hidden_state,
  threads,
  allocation,
  swallows_nan,
  keeps_nan,
  float_rounding,
  single_input,
  no_share
};

/// Σ z² e^m / n, m being the mean of h.
struct Faulty {
  static constexpr std::string_view kind = "Faulty";
  static constexpr std::string_view figure = "squares";
  Fault fault = Fault::none;

  Index memory(Index, Index inputs, Index) const { return inputs; }

  template <Scalar S>
  double add(const LatentRound<S>& r, S* memory, View<S> dz, View<S> dh) const {
    static int calls = 0;
    static std::vector<int> kept;
    static S worst = 0;
    const S n = static_cast<S>(r.z.cols()), size = static_cast<S>(r.h.size());
    S scale = std::exp(r.h.mean());
    if (fault == Fault::float_rounding && sizeof(S) == 4) scale *= S(1.01);
    if (fault == Fault::threads) scale += static_cast<S>(num_threads());
    if (fault == Fault::hidden_state) scale += static_cast<S>(++calls) * S(1e-12);
    if (fault == Fault::allocation) std::vector<int>(100).swap(kept);
    if (fault == Fault::single_input) scale /= static_cast<S>(r.h.cols() - 1);
    if (fault == Fault::no_share) return 0;
    memory[0] = r.z.squaredNorm() / n;
    if (fault == Fault::keeps_nan) memory[0] += worst = is_nan(memory[0]) ? memory[0] : worst;
    if (fault == Fault::swallows_nan && is_nan(memory[0])) memory[0] = 0;
    if (fault == Fault::overwrites) dz.setZero();
    dz += S(fault == Fault::factor_of_z ? 2.0001 : 2.0) * scale / n * r.z;
    const S value = memory[0] * scale;
    if (fault != Fault::no_gradient_of_h) dh.array() += value / size;
    return static_cast<double>(value);
  }
};

enum class GameFault { none, gradient, moves, shared_copies };

/// Moves the mean of z to where its learner's bias is, which follows it.
struct FaultyGame {
  static constexpr std::string_view kind = "FaultyGame";
  static constexpr std::string_view figure = "distance";
  static constexpr std::string_view learner_figure = "bias_loss";
  GameFault fault = GameFault::none;

  template <Scalar S>
  struct Player {
    Learner<S> own;
    GameFault fault;
    double loss = 0;
    std::shared_ptr<int> calls = std::make_shared<int>(0);

    void prepare(Index, Index) {}
    Learner<S>& learner() { return own; }
    const Learner<S>& learner() const { return own; }
    double learner_loss() const { return loss; }
    double add(const LatentRound<S>& r, View<S> dz, View<S>) {
      Arena<S>& p = own.network.parameters();
      const Eigen::Map<const Vector<S>> at(p.data(), r.z.rows());
      const S n = static_cast<S>(r.z.cols());
      const S scale = S(1) + (fault == GameFault::shared_copies ? S(1e-9) * static_cast<S>(++*calls) : S(0));
      double value = 0;
      for (Index j = 0; j < r.z.cols(); ++j)
        for (Index i = 0; i < r.z.rows(); ++i) {
          const S away = scale * (r.z(i, j) - at(i));
          value += 0.5 * static_cast<double>(away) * static_cast<double>(away) / static_cast<double>(n);
          dz(i, j) += away / n;
          own.gradients.data()[i] -= (fault == GameFault::gradient ? S(1.001) : S(1)) * away / n;
        }
      if (fault == GameFault::moves) p.data()[0] += S(1e-3);
      return loss = value;
    }
  };
  template <Scalar S>
  Player<S> start(const LatentTermSetup<S>& setup) const {
    return {Learner<S>(Network<S>(AnyLayer<S>(Linear{setup.latent, 1, false}),
                                  NetworkOptions{.name = "bias", .seed = setup.seed}),
                       {}),
            fault};
  }
};

template <class T>
std::string failures(T term) {
  std::string all;
  for (const auto& failure : testing::check_latent_term(term)) all += failure + "; ";
  return all;
}

}  // namespace

TEST_CASE("the suite passes correct terms", "[conformance]") {
  CHECK(failures(Faulty{}) == "");
  CHECK(failures(FaultyGame{}) == "");
}

TEST_CASE("the suite of latent terms reports each planted error", "[conformance][mutation]") {
  const auto [fault, words] = GENERATE(table<Fault, std::string>({
      {Fault::factor_of_z, "the gradient by z: relative error"},
      {Fault::no_gradient_of_h, "the gradient by h: relative error"},
      {Fault::overwrites, "gradients by z that were there: relative error"},
      {Fault::hidden_state, "a second call gives other bits"},
      {Fault::threads, "three threads give other bits"},
      {Fault::swallows_nan, "a NaN among the latent vectors does not reach"},
      {Fault::keeps_nan, "a NaN stays in the memory"},
      {Fault::float_rounding, "float against double"},
      {Fault::single_input, "a batch of one input gives what is not finite"},
      {Fault::no_share, "it takes no part in the loss"},
  }));
  INFO(failures(Faulty{fault}));
  CHECK(failures(Faulty{fault}).find(words) != std::string::npos);
}

TEST_CASE("the suite of latent terms reports errors of terms that learn", "[conformance][mutation]") {
  const auto [fault, words] = GENERATE(table<GameFault, std::string>({
      {GameFault::gradient, "the learner's gradient: relative error"},
      {GameFault::moves, "a round moves the learner's parameters"},
      {GameFault::shared_copies, "a copy gives other bits"},
  }));
  INFO(failures(FaultyGame{fault}));
  CHECK(failures(FaultyGame{fault}).find(words) != std::string::npos);
}

TEST_CASE("the suite of latent terms reports a heap allocation", "[conformance][mutation]") {
  if (!testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  CHECK(failures(Faulty{Fault::allocation}).find("allocates on the heap") != std::string::npos);
}
