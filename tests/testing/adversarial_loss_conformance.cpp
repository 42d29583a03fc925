// The suite finds every planted error in a test-only loss, and none in a right one.

#include "eigenerate/testing/adversarial_loss_conformance.hpp"

#include "support/catch.hpp"

using namespace eigenerate;

namespace {

enum class Fault {
  none,
  factor,
  other_size,
  sum,
  one_mean,
  unwritten,
  added,
  value_by_wish,
  gradient_by_wish,
  looks,
  never_looks,
  swallows_nan,
  sign,
  float_rounding,
  threads,
  allocation,
};

/// D: mean (x̃ − 1)² + mean (z̃ + 1)² with logits relative to the other side's mean, G: sides exchanged;
/// every line that a fault changes is marked by its name.
template <bool says_compares>
struct Squares {
  static constexpr std::string_view kind = "Squares";
  static constexpr bool takes_scores = true;
  static constexpr bool compares = says_compares;
  Fault fault = Fault::none;

  void validate() const {}

  template <Scalar S>
  double discriminator(ConstView<S> real, ConstView<S> fake, View<S> d_real, View<S> d_fake) const {
    return game(real, fake, d_real, d_fake, true);
  }
  template <Scalar S>
  double generator(ConstView<S> fake, ConstView<S> real, View<S> d_fake, View<S> d_real) const {
    if (fault == Fault::never_looks || (!compares && fault != Fault::looks)) {
      if (wanted(d_real)) d_real.setZero();
      double sum = 0;
      for (Index i = 0; i < fake.size(); ++i) {
        sum -= static_cast<double>(fake(i));
        if (wanted(d_fake)) d_fake(i) = S(-1) / static_cast<S>(fake.size());
      }
      return sum / static_cast<double>(fake.size());
    }
    return game(fake, real, d_fake, d_real, false);
  }

 private:
  template <Scalar S>
  double game(ConstView<S> a, ConstView<S> b, View<S> d_a, View<S> d_b, bool discriminates) const {
    const double n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
    const auto mean = [this](ConstView<S> x) {
      double sum = 0, count = 0;
      for (Index i = 0; i < x.size(); ++i) {
        const double value = static_cast<double>(x(i));
        if (fault == Fault::swallows_nan && is_nan(value)) continue;
        sum += value, ++count;
      }
      return sum / count;
    };
    const double mean_a = mean(a), mean_b = mean(b), sign = fault == Fault::sign ? -1 : 1;
    const auto side = [&](ConstView<S> x, double center, double target) {
      double sum = 0;
      for (Index i = 0; i < x.size(); ++i) {
        const double e = static_cast<double>(x(i)) - center - target;
        if (fault == Fault::swallows_nan && is_nan(e)) continue;
        sum += e * e;
      }
      return sum;
    };
    double value = side(a, mean_b, sign) / n + side(b, mean_a, -sign) / m;
    if (fault == Fault::sum) value *= n;
    if (fault == Fault::float_rounding && sizeof(S) == 4) value *= 1.001;
    if (fault == Fault::threads) value += num_threads();
    if (fault == Fault::value_by_wish && wanted(d_a)) value += 1;
    if (fault == Fault::allocation) std::vector<int>(100).swap(keep());
    const double slope_a = 2 * (mean_a - mean_b - sign), slope_b = 2 * (mean_b - mean_a + sign);
    const auto write = [&](View<S> d, ConstView<S> x, double center, double target, double others,
                           double count) {
      if (!wanted(d)) return;
      for (Index i = 0; i < x.size(); ++i) {
        double g = (2 * (static_cast<double>(x(i)) - center - target) - others) / count;
        if (fault == Fault::factor) g *= 1.00001;
        if (fault == Fault::sum) g *= n;
        if (fault == Fault::gradient_by_wish && !wanted(d_b)) g += 1;
        if (fault == Fault::unwritten && i == 1) continue;
        d(i) = static_cast<S>(fault == Fault::added ? static_cast<double>(d(i)) + g : g);
      }
    };
    write(d_a, a, mean_b, sign, fault == Fault::one_mean && discriminates ? 0 : slope_b,
          fault == Fault::other_size ? m : n);
    write(d_b, b, mean_a, -sign, slope_a, m);
    return value;
  }
  static std::vector<int>& keep() {
    static std::vector<int> kept;
    return kept;
  }
};

template <bool says_compares>
std::string failures(Fault fault) {
  std::string all;
  for (const auto& failure : testing::check_adversarial_loss(Squares<says_compares>{fault}))
    all += failure + "; ";
  return all;
}

}  // namespace

TEST_CASE("the suite of adversarial losses passes right ones", "[conformance]") {
  CHECK(failures<true>(Fault::none) == "");
  CHECK(failures<false>(Fault::none) == "");
}

TEST_CASE("the suite of adversarial losses reports each planted error", "[conformance][mutation]") {
  const auto [fault, words] = GENERATE(table<Fault, std::string>({
      {Fault::factor, "the gradient towards real logits: relative error"},
      {Fault::factor, "generator: the gradient towards generated logits: relative error"},
      {Fault::other_size, "the gradient towards real logits: relative error"},
      {Fault::one_mean, "discriminator: the gradient towards real logits: relative error"},
      {Fault::sum, "it is no mean"},
      {Fault::sum, "not half the gradients"},
      {Fault::unwritten, "a gradient is not written, or added to"},
      {Fault::added, "a gradient is not written, or added to"},
      {Fault::value_by_wish, "the value depends on which gradients are wanted"},
      {Fault::gradient_by_wish, "a gradient depends on whether the other is wanted"},
      {Fault::never_looks, "says that it compares, and does not"},
      {Fault::swallows_nan, "a NaN among the real logits does not reach the value"},
      {Fault::swallows_nan, "a NaN among the generated logits does not reach the value"},
      {Fault::sign, "a larger logit does not mean real"},
      {Fault::sign, "it does not seek larger logits"},
      {Fault::float_rounding, "float differs from double"},
      {Fault::threads, "three threads give other bits than one"},
  }));
  INFO(failures<true>(fault));
  CHECK(failures<true>(fault).find(words) != std::string::npos);
  CHECK(failures<false>(Fault::looks).find("says that it does not compare, and looks") != std::string::npos);
}

TEST_CASE("the suite of adversarial losses reports a heap allocation", "[conformance][mutation]") {
  if (!testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  CHECK(failures<true>(Fault::allocation).find("it allocates on the heap") != std::string::npos);
}
