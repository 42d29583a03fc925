// The suite that proves likelihoods is itself proved here: a correct one passes, and each planted error is
// reported.

#include "eigenerate/testing/likelihood_conformance.hpp"

#include "eigenerate/distributions/distributions.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

enum class Fault {
  none,
  missing_constant,
  missing_feature,
  gradient_factor,
  gradient_added,
  gradient_of_first_pair,
  other_value_together,
  other_gradient_together,
  mean_shifted,
  sample_shifted,
  sample_outside,
  hidden_state,
  nan_swallowed,
  nan_spread,
  any_rows,
  any_count,
  any_weights,
  any_extents,
  support_ignored,
  fractions_taken,
  nameless_error,
  float_rounding,
  allocation,
  shape,
  rows_of_others,
  rows_in_another_order,
};

/// `UnitNormal` on [-30, 30], spoiled where its fault says so.
struct Faulty {
  static constexpr std::string_view kind = "Faulty";
  Fault fault = Fault::none;
  UnitNormal right = {};

  ValueRange support() const { return {-30, 30, fault == Fault::fractions_taken}; }
  ValueRange parameter_range(const ValueRange& data) const { return data; }
  Shape sample_shape(const Shape& p) const { return fault == Fault::shape ? Shape{p.channels + 1} : p; }
  Index parameter_rows(Index features) const { return features; }
  std::vector<Index> rows_of(std::span<const Index> chosen, Index features) const {
    std::vector<Index> rows(chosen.begin(), chosen.end());
    if (fault == Fault::rows_of_others) rows[0] = (rows[0] + 1) % (features - 1);
    if (fault == Fault::rows_in_another_order) std::reverse(rows.begin(), rows.end());
    return rows;
  }

  template <Scalar S>
  void require(ConstView<S> x, ConstView<S> m) const {
    const std::string_view name = fault == Fault::nameless_error ? "" : kind;
    if (fault != Fault::support_ignored) require_support(name, {-30, 30}, x);
    if (fault != Fault::any_rows || m.rows() <= x.rows()) detail::pair_columns(name, x, m, x.rows());
  }

  template <Scalar S>
  void log_probability(ConstView<S> x, ConstView<S> m, Numbers<S> out) const {
    require(x, m);
    const Index pairs = std::max(x.cols(), m.cols());
    if (fault == Fault::any_rows && m.rows() > x.rows()) return;
    if (fault == Fault::any_count && static_cast<Index>(out.size()) != pairs) return;
    detail::require_count(kind, "log-densities", out, pairs);
    right.log_probability(x, m, out);
    for (S& value : out) {
      if (fault == Fault::missing_constant) value += static_cast<S>(x.rows()) * S(detail::half_log_two_pi);
      if (fault == Fault::float_rounding && sizeof(S) == 4) value *= S(1.001);
      if (fault == Fault::nan_swallowed && is_nan(value)) value = 0;
      if (fault == Fault::hidden_state) value *= S(1) + S(1e-9) * static_cast<S>(calls()++);
    }
    if (fault == Fault::missing_feature && x.rows() > 1)
      for (std::size_t j = 0; j < out.size(); ++j) out[j] += m(0, static_cast<Index>(j) * m.cols() / pairs);
    if (fault == Fault::nan_spread && is_nan(out[1 % out.size()])) out[0] = out[1];
    if (fault == Fault::allocation) std::vector<int>(100).swap(kept());
  }
  template <Scalar S>
  void log_probability_backward(ConstView<S> x, ConstView<S> m, ConstNumbers<S> weights, View<S> d) const {
    require(x, m);
    const Index pairs = std::max(x.cols(), m.cols());
    if (fault == Fault::any_weights && static_cast<Index>(weights.size()) != pairs) return;
    if (fault == Fault::any_extents && d.cols() != m.cols()) return;
    detail::require_count(kind, "weights", weights, pairs);
    detail::require_extents(kind, "d_parameters", d, m.rows(), m.cols());
    const Matrix<S> before = fault == Fault::gradient_added ? Matrix<S>(d) : Matrix<S>();
    right.log_probability_backward(x, m, weights, d);
    if (fault == Fault::gradient_added) d += before;
    if (fault == Fault::gradient_factor) d *= S(1.00001);
    if (fault == Fault::gradient_of_first_pair && pairs > m.cols())
      for (Index j = 0; j < m.cols(); ++j)
        d.col(j) = weights[static_cast<std::size_t>(j * pairs / m.cols())] *
                   (x.col(j * pairs / m.cols()) - m.col(j));
  }
  template <Scalar S>
  void log_probability_with_backward(ConstView<S> x, ConstView<S> m, ConstNumbers<S> weights, Numbers<S> out,
                                     View<S> d) const {
    log_probability(x, m, out);
    log_probability_backward(x, m, weights, d);
    if (fault == Fault::other_value_together) out[0] += S(1e-6);
    if (fault == Fault::other_gradient_together) d(0, 0) += S(1e-6);
  }
  template <Scalar S>
  void mean(ConstView<S> m, View<S> out) const {
    if (fault == Fault::any_extents && out.cols() != m.cols()) return;
    detail::require_extents(kind, "the mean", out, m.rows(), m.cols());
    out = m;
    if (fault == Fault::mean_shifted) out.array() += S(0.05);
  }
  template <Scalar S>
  void sample(ConstView<S> m, const RandomStream& random, View<S> out) const {
    detail::require_extents(kind, "samples", out, m.rows(), m.cols());
    right.sample(m, random, out);
    if (fault == Fault::sample_shifted) out.array() += S(0.05);
    if (fault == Fault::sample_outside) out(0, 0) = S(31);
  }

 private:
  static std::vector<int>& kept() {
    static std::vector<int> numbers;
    return numbers;
  }
  static int& calls() {
    static int count = 0;
    return count;
  }
};

std::string failures(Fault fault) {
  std::string all;
  for (const auto& failure : testing::check_likelihood(Faulty{fault})) all += failure + "; ";
  return all;
}

enum class MassFault { none, exchanged, of_neighbor, clamped, any_feature, any_column, nan_swallowed };

/// `Bernoulli`, with masses that are spoiled where its fault says so.
struct FaultyMasses : Bernoulli {
  MassFault fault = MassFault::none;

  template <Scalar S>
  void masses(ConstView<S> p, Index feature, std::span<double> out) const {
    if (fault == MassFault::any_feature) feature %= p.rows();
    if (fault == MassFault::of_neighbor) feature = (feature + 1) % p.rows();
    if (fault == MassFault::any_column)
      return Bernoulli::masses(ConstView<S>(p.data(), p.rows(), 1), feature, out);
    Bernoulli::masses(p, feature, out);
    if (fault == MassFault::exchanged) std::swap(out[0], out[1]);
    if (fault == MassFault::clamped) out[0] = std::max(out[0], 0.6);
    if (fault == MassFault::nan_swallowed)
      for (double& mass : out) mass = is_nan(mass) ? 0.5 : mass;
  }
};

std::string failures(MassFault fault) {
  FaultyMasses faulty;
  faulty.fault = fault;
  std::string all;
  for (const auto& failure : testing::check_likelihood(faulty, {.atoms = {0, 1}})) all += failure + "; ";
  return all;
}

}  // namespace

TEST_CASE("the suite passes a correct likelihood", "[conformance]") {
  CHECK(failures(Fault::none) == "");
}

TEST_CASE("the suite of likelihoods reports each planted error", "[conformance][mutation]") {
  const auto [fault, words] = GENERATE(table<Fault, std::string>({
      {Fault::missing_constant, "the mass of the distribution"},
      {Fault::missing_feature, "the gradient (3 x, 3 parameters): relative error"},
      {Fault::gradient_factor, "the gradient (3 x, 3 parameters): relative error"},
      {Fault::gradient_added, "the gradient (3 x, 3 parameters): relative error 1.80e+308"},
      {Fault::gradient_of_first_pair, "the gradient (6 x, 2 parameters): relative error"},
      {Fault::other_value_together, "the value of both in one call"},
      {Fault::other_gradient_together, "the gradient of both in one call"},
      {Fault::mean_shifted, "and `mean` gives"},
      {Fault::sample_shifted, "and `mean` gives"},
      {Fault::sample_outside, "a sample lies outside the support"},
      {Fault::hidden_state, "three threads give other bits than one"},
      {Fault::nan_swallowed, "a parameter that is NaN does not reach its log-probability"},
      {Fault::nan_spread, "a NaN reaches other columns"},
      {Fault::any_rows, "accepts parameters with a row too many"},
      {Fault::any_count, "accepts room for 3 numbers of 4 pairs"},
      {Fault::any_weights, "accepts 3 weights of 4 pairs"},
      {Fault::any_extents, "accepts a gradient of other extents"},
      {Fault::support_ignored, "accepts values outside the support"},
      {Fault::fractions_taken, "accepts values between the integers of the support"},
      {Fault::nameless_error, "does not name the likelihood"},
      {Fault::float_rounding, "float against double, log-probability"},
      {Fault::rows_of_others, "the log-probability of all parts of a sample"},
      {Fault::rows_in_another_order, "the log-probability of a part of a sample"},
      {Fault::shape, "sample_shape and parameter_rows contradict each other"},
  }));
  INFO(failures(fault));
  CHECK(failures(fault).find(words) != std::string::npos);
}

TEST_CASE("the suite of likelihoods reports masses that are not its probabilities",
          "[conformance][mutation]") {
  const auto [fault, words] = GENERATE(table<MassFault, std::string>({
      {MassFault::exchanged, "the masses of levels"},
      {MassFault::of_neighbor, "the masses of levels"},
      {MassFault::clamped, "the masses of levels"},
      {MassFault::any_feature, "accepts masses of one feature too many"},
      {MassFault::any_column, "accepts masses of two columns"},
      {MassFault::nan_swallowed, "a parameter that is NaN does not reach its masses"},
  }));
  INFO(failures(fault));
  CHECK(failures(fault).find(words) != std::string::npos);
  CHECK(failures(MassFault::none) == "");
}

TEST_CASE("the suite of likelihoods reports a heap allocation", "[conformance][mutation]") {
  if (!testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  CHECK(failures(Fault::allocation).find("a function allocates on the heap") != std::string::npos);
}
