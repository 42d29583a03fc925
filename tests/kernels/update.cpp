#include "eigenerate/kernels/update.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/kernel_test.hpp"

namespace kernels = eigenerate::kernels;
using namespace kernel_test;

namespace {

/// Parameters, gradients and three moments, each in poisoned memory. The second moment is positive.
template <class S>
struct State {
  explicit State(Index n)
      : size(n), p(n, 1, 0, 1), g(n, 1, 0, 2), moments{{n, 1, 0, 3}, {n, 1, 0, 4}, {n, 1, 0, 5}} {
    for (Index i = 0; i < n; ++i) moments[0].at(i, 0) = std::abs(moments[0].at(i, 0)) + S(2);
    for (Index i = 0; i < n; ++i) moments[1].at(i, 0) = std::abs(moments[1].at(i, 0));
  }
  kernels::UpdateArrays<S> arrays(int used, bool clear) {
    kernels::UpdateArrays<S> a{p.data(), g.data(), clear ? g.data() : nullptr};
    for (int i = 0; i < used; ++i) a.moments[static_cast<std::size_t>(i)] = moments[i].data();
    return a;
  }
  bool sea_is_untouched() const {
    return p.sea_is_untouched() && g.sea_is_untouched() && moments[0].sea_is_untouched() &&
           moments[1].sea_is_untouched() && moments[2].sea_is_untouched();
  }

  Index size;
  Island<S> p, g, moments[3];
};

/// One number's update in long double: parameter, gradient, moments.
struct Exact {
  long double p, g, m[3];
};

/// Runs the rule on every length and compares each number with `exact`, which changes an `Exact`.
template <class S, class Rule, class F>
void check_rule(const Rule& rule, int moments, const F& exact) {
  // Some ten roundings, of numbers below four.
  const long double tolerance = 40 * static_cast<long double>(std::numeric_limits<S>::epsilon());
  for_each_isa([&] {
    for (const Index n : {1, 2, 63, 64, 65, 127, 1023, 1024, 1025, 1100, 70'000}) {
      const bool clear = n % 2 == 1;
      CAPTURE(n, clear, moments);
      State<S> state(n);
      const State<S> before = state;
      kernels::update(state.arrays(moments, clear), n, rule);
      Index wrong = 0;
      for (Index i = 0; i < n; ++i) {
        Exact e{before.p.at(i, 0), before.g.at(i, 0), {}};
        for (int k = 0; k < 3; ++k) e.m[k] = before.moments[k].at(i, 0);
        exact(e);
        const auto off = [&](S got, long double expected) {
          return !(std::abs(static_cast<long double>(got) - expected) <= tolerance);
        };
        wrong += off(state.p.at(i, 0), e.p);
        for (int k = 0; k < 3; ++k) {
          if (k < moments)
            wrong += off(state.moments[k].at(i, 0), e.m[k]);
          else
            wrong += state.moments[k].at(i, 0) != before.moments[k].at(i, 0);
        }
        wrong += state.g.at(i, 0) != (clear ? S(0) : before.g.at(i, 0));
      }
      CHECK(wrong == 0);
      CHECK(state.sea_is_untouched());
    }
  });
}

template <class S>
kernels::AdamUpdate<S> adam() {
  return {.weight_decay = S(0.125),
          .shrinkage = S(0.75),
          .beta1 = S(0.875),
          .one_minus_beta1 = S(0.125),
          .beta2 = S(0.96875),
          .one_minus_beta2 = S(0.03125),
          .root_scale = S(1.5),
          .epsilon = S(0.25),
          .rate = S(0.5)};
}

template <class S>
kernels::RmsPropUpdate<S> rms_prop(bool centered) {
  return {.weight_decay = S(0.125),
          .alpha = S(0.875),
          .one_minus_alpha = S(0.125),
          .epsilon = S(0.25),
          .momentum = S(0.5),
          .rate = S(0.5),
          .centered = centered};
}

}  // namespace

TEMPLATE_TEST_CASE("Adam's update is its formula, for every length", "[update]", float, double) {
  check_rule<TestType>(adam<TestType>(), 2, [](Exact& e) {
    const long double d = e.g + 0.125L * e.p;
    e.m[0] = 0.875L * e.m[0] + 0.125L * d;
    e.m[1] = 0.96875L * e.m[1] + 0.03125L * d * d;
    e.p = 0.75L * e.p - 0.5L * e.m[0] / (1.5L * std::sqrt(e.m[1]) + 0.25L);
  });
}

TEMPLATE_TEST_CASE("RMSProp's update is its formula, for every length and kind", "[update]", float, double) {
  for (const bool centered : {false, true}) {
    for (const bool with_momentum : {false, true}) {
      const auto exact = [=](Exact& e) {
        const long double d = e.g + 0.125L * e.p;
        e.m[0] = 0.875L * e.m[0] + 0.125L * d * d;
        long double variance = e.m[0];
        if (centered) {
          e.m[1] = 0.875L * e.m[1] + 0.125L * d;
          variance -= e.m[1] * e.m[1];
        }
        long double q = d / (std::sqrt(variance) + 0.25L);
        long double& velocity = e.m[centered ? 2 : 1];
        if (with_momentum) q = velocity = 0.5L * velocity + q;
        e.p -= 0.5L * q;
      };
      check_rule<TestType>(rms_prop<TestType>(centered), 1 + centered + with_momentum, exact);
    }
  }
}

TEMPLATE_TEST_CASE("gradient descent's update is its formula, for every length and kind", "[update]", float,
                   double) {
  using S = TestType;
  const kernels::SgdUpdate<S> rule{S(0.125), S(0.5), S(0.75), S(1), S(0.25), S(0.5)};
  check_rule<S>(rule, 0, [](Exact& e) { e.p -= 0.5L * (e.g + 0.125L * e.p); });
  check_rule<S>(rule, 1, [](Exact& e) {
    const long double d = e.g + 0.125L * e.p;
    e.m[0] = 0.5L * e.m[0] + 0.75L * d;
    e.p -= 0.5L * (d + 0.25L * e.m[0]);
  });
}

TEMPLATE_TEST_CASE("an update has the same bits on any number of threads, and wherever an element stands",
                   "[update]", float, double) {
  using S = TestType;
  const Index n = 300'001;
  const auto values = [&](const State<S>& state) {
    std::vector<S> all(state.p.data(), state.p.data() + n);
    for (const auto& moment : state.moments) all.insert(all.end(), moment.data(), moment.data() + n);
    return all;
  };
  for_each_isa([&] {
    const auto adam_in_one_call = [&] {
      State<S> state(n);
      kernels::update(state.arrays(2, true), n, adam<S>());
      return values(state);
    };
    CHECK(same_bits_on_any_threads(adam_in_one_call));
    CHECK(same_bits_on_any_threads([&] {
      State<S> state(n);
      kernels::update(state.arrays(3, true), n, rms_prop<S>(true));
      return values(state);
    }));
    State<S> pieces(n);
    const auto whole = pieces.arrays(2, true);
    for (Index first = 0, size = 1; first < n; first += size, size = size % 150 + 7) {
      auto part = whole;
      part.parameters += first;
      part.gradients += first;
      part.cleared_gradients += first;
      part.moments[0] += first;
      part.moments[1] += first;
      kernels::update(part, std::min(size, n - first), adam<S>());
    }
    CHECK(values(pieces) == adam_in_one_call());
  });
}

TEMPLATE_TEST_CASE("moments without a gradient end at zero, and not among the subnormal numbers", "[update]",
                   float, double) {
  using S = TestType;
  const auto is_normal_or_zero = [](S x) { return x == 0 || std::abs(x) >= std::numeric_limits<S>::min(); };
  for_each_isa([&] {
    State<S> state(100);
    state.g.fill(S(0));
    auto rule = adam<S>();
    rule.weight_decay = 0;
    for (Index i = 0; i < 100; ++i)  // among the last that are normal
      state.moments[0].at(i, 0) = state.moments[1].at(i, 0) = std::numeric_limits<S>::min() * S(1 + i % 4);
    for (int step = 0; step < 300; ++step) {
      kernels::update(state.arrays(2, false), 100, rule);
      bool normal = true;
      for (Index i = 0; i < 100; ++i)
        normal = normal && is_normal_or_zero(state.moments[0].at(i, 0)) &&
                 is_normal_or_zero(state.moments[1].at(i, 0));
      REQUIRE(normal);
    }
    for (Index i = 0; i < 100; ++i) CHECK(state.moments[0].at(i, 0) == 0);
  });
}

TEMPLATE_TEST_CASE("a NaN or an infinity among the gradients stays visible, and is cleared", "[update]",
                   float, double) {
  using S = TestType;
  for (const S bad : {std::numeric_limits<S>::quiet_NaN(), std::numeric_limits<S>::infinity()}) {
    for_each_isa([&] {
      const auto check = [&](auto rule, int moments) {
        State<S> state(70);
        state.g.at(3, 0) = state.g.at(69, 0) = bad;
        kernels::update(state.arrays(moments, true), 70, rule);
        for (const Index i : {3, 69}) {
          CHECK_FALSE(std::isfinite(state.p.at(i, 0)));
          CHECK(state.g.at(i, 0) == 0);
        }
        CHECK(std::isfinite(state.p.at(4, 0)));
      };
      check(adam<S>(), 2);
      check(rms_prop<S>(true), 2);
      check(rms_prop<S>(false), 2);
      check(kernels::SgdUpdate<S>{S(0), S(0.5), S(1), S(0), S(1), S(0.5)}, 1);
      check(kernels::SgdUpdate<S>{S(0), S(0), S(0), S(0), S(0), S(0.5)}, 0);
    });
  }
}
