// The suite finds every planted error in a test-only term on outputs, and none in a right one.

#include "eigenerate/testing/output_term_conformance.hpp"

#include "support/catch.hpp"

using namespace eigenerate;

namespace {

enum class Fault {
  none,
  learn_gradient,
  fool_gradient,
  overwrites,
  spoils_buffer,
  ignored,
  hidden_state,
  threads,
  allocation,
  swallows_nan,
  float_rounding,
  without_label,
};

/// Pulls a head of two channels to the sample's label, and the logits to zero; every line that a fault
/// changes is marked by its name.
struct Pull {
  static constexpr std::string_view kind = "Pull";
  static constexpr std::string_view figure = "pull";
  static constexpr std::string_view fool_figure = "fake_pull";
  Fault fault = Fault::none;

  OutputTermPlan plan() const { return {.channels = 2, .classes = 2}; }

  template <Scalar S>
  double learn(const AdversaryRound<S>& round, const TermSide<S>& real, const TermSide<S>& fake,
               const TermPass<S>&) const {
    const double value = pulled(round, real);
    if (fault == Fault::learn_gradient) View<S>(real.d_head)(0, 0) *= S(1.001);
    if (fault == Fault::spoils_buffer) View<S>(fake.d_head)(1, 1) = S(1e-3);
    return value;
  }
  template <Scalar S>
  double fool(const AdversaryRound<S>& round, const TermSide<S>& fake, const TermSide<S>&) const {
    const double value = pulled(round, fake);
    if (fault == Fault::fool_gradient) View<S>(fake.d_head)(0, 0) *= S(1.001);
    return value;
  }

 private:
  template <Scalar S>
  double pulled(const AdversaryRound<S>& round, const TermSide<S>& side) const {
    const Index n = side.head.cols();
    if (fault != Fault::without_label && static_cast<Index>(round.labels.size()) != n)
      fail<ConfigError>("Pull: expected {} labels", n);
    if (fault == Fault::ignored) return 0;
    View<S> d_head = side.d_head, d_logits = side.d_logits;
    if (fault == Fault::overwrites) d_logits.setZero();
    double sum = 0;
    for (Index j = 0; j < n; ++j) {
      const auto at = static_cast<std::size_t>(j);
      const S target = at < round.labels.size() ? static_cast<S>(round.labels[at]) : S(0);
      for (Index i = 0; i < 2; ++i) {
        S difference = side.head(i, j) - target;
        if (fault == Fault::swallows_nan && is_nan(difference)) difference = 0;
        sum += static_cast<double>(difference * difference);
        d_head(i, j) = 2 * difference / static_cast<S>(n);
      }
      S logit = side.logits(j);
      if (fault == Fault::swallows_nan && is_nan(logit)) logit = 0;
      sum += static_cast<double>(logit * logit);
      d_logits(j) += 2 * logit / static_cast<S>(n);
    }
    if (fault == Fault::float_rounding && sizeof(S) == 4) sum *= 1.01;
    if (fault == Fault::hidden_state) sum += 1e-9 * calls()++;
    if (fault == Fault::threads) sum += 1e-9 * num_threads();
    if (fault == Fault::allocation) std::vector<int>(100).swap(kept());
    return sum / static_cast<double>(n);
  }
  static int& calls() {
    static int count = 0;
    return count;
  }
  static std::vector<int>& kept() {
    static std::vector<int> numbers;
    return numbers;
  }
};

/// Acts without a figure that says so.
struct Secret : Pull {
  static constexpr std::string_view figure = "", fool_figure = "";
};
struct OneName : Pull {
  static constexpr std::string_view fool_figure = "pull";
};

/// Pulls its head to the code, and may not ask whether there is one.
struct Decoder {
  static constexpr std::string_view kind = "Decoder";
  static constexpr std::string_view figure = "decoded";
  static constexpr std::string_view fool_figure = "fake_decoded";
  bool asks = true;

  OutputTermPlan plan() const { return {.channels = 1, .code = {.continuous = 1}}; }

  template <Scalar S>
  double learn(const AdversaryRound<S>& round, const TermSide<S>&, const TermSide<S>& fake,
               const TermPass<S>&) const {
    return pulled(round, fake);
  }
  template <Scalar S>
  double fool(const AdversaryRound<S>& round, const TermSide<S>& fake, const TermSide<S>&) const {
    return pulled(round, fake);
  }

 private:
  template <Scalar S>
  double pulled(const AdversaryRound<S>& round, const TermSide<S>& side) const {
    const Index n = side.head.cols();
    if (asks && round.latent.cols() != n) fail<ConfigError>("Decoder: expected {} codes", n);
    View<S> d = side.d_head;
    double sum = 0;
    for (Index j = 0; j < n; ++j) {
      const S code = j < round.latent.cols() ? round.latent(round.latent.rows() - 1, j) : S(0);
      const S difference = side.head(0, j) - code;
      sum += static_cast<double>(difference * difference);
      d(0, j) = 2 * difference / static_cast<S>(n);
    }
    return sum / static_cast<double>(n);
  }
};

template <class T>
std::string failures(T term) {
  std::string all;
  for (const auto& failure : testing::check_adversary_term(std::move(term))) all += failure + "; ";
  return all;
}

}  // namespace

TEST_CASE("the suite of output terms passes a right one", "[conformance]") {
  CHECK(failures(Pull{}) == "");
}

TEST_CASE("the suite of output terms reports each planted error", "[conformance][mutation]") {
  const auto [fault, words] = GENERATE(table<Fault, std::string>({
      {Fault::learn_gradient, "the discriminator's gradient: relative error"},
      {Fault::fool_gradient, "the fakes' gradient: relative error"},
      {Fault::overwrites, "the discriminator's gradient: relative error"},
      {Fault::spoils_buffer, "the discriminator's gradient: relative error"},
      {Fault::ignored, "it takes no part in what is learned; it takes no part in fooling"},
      {Fault::hidden_state, "a second call gives other bits"},
      {Fault::threads, "three threads give other bits than one"},
      {Fault::swallows_nan, "a NaN among the samples does not reach what is learned"},
      {Fault::float_rounding, "float against double"},
      {Fault::without_label, "a sample without a label is not refused"},
  }));
  INFO(failures(Pull{fault}));
  CHECK(failures(Pull{fault}).find(words) != std::string::npos);
}

TEST_CASE("the suite of output terms gives codes, and reports a term that does not miss them",
          "[conformance][mutation]") {
  CHECK(failures(Decoder{}) == "");
  CHECK(failures(Decoder{.asks = false}) == "a sample without a code is not refused; ");
}

TEST_CASE("the suite of output terms reports figures that do not fit", "[conformance][mutation]") {
  CHECK(failures(Secret{}).find("it has no figure, so it takes no part in the game") == 0);
  CHECK(failures(OneName{}) == "both figures have one name; ");
}

TEST_CASE("the suite of output terms reports a heap allocation", "[conformance][mutation]") {
  if (!testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  CHECK(failures(Pull{Fault::allocation}).find("it allocates on the heap") != std::string::npos);
}
