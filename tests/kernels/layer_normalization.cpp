#include "eigenerate/kernels/layer_normalization.hpp"

#include <algorithm>
#include <array>

#include "support/catch.hpp"
#include "support/guarded_array.hpp"
#include "support/isa_guard.hpp"

using namespace eigenerate;
using eigenerate::testing::GuardedArray;

namespace {

/// rows × columns around the blocks of 16 of the loops, the 512 rows of a weight's block, and the chunks of
/// 2^15 elements.
constexpr std::array<std::array<Index, 2>, 9> sizes{
    {{3, 2}, {5, 1}, {15, 4}, {16, 2}, {17, 5}, {63, 3}, {65, 1100}, {520, 130}, {40000, 3}}};
constexpr double epsilon = 1e-3;

template <class S>
struct Case {
  Index rows, columns;
  bool affine;
  GuardedArray<S> x{rows * columns, 1, S(2)}, t{rows * columns, 2}, dy{rows * columns, 3},
      dty{rows * columns, 4};
  GuardedArray<S> y{rows * columns, 5}, w{rows, 6}, b{rows, 7}, dw{rows, 8};
  GuardedArray<S> mean{columns, 9}, r{columns, 10}, slope{columns, 11}, shift{columns, 12};

  const S* weight() const { return affine ? w.data() : nullptr; }
  double weight(Index i) const { return affine ? w[i % rows] : 1; }
  void normalize() {
    kernels::normalize_columns(y.data(), mean.data(), r.data(), x.data(), weight(),
                               affine ? b.data() : nullptr, epsilon, rows, columns);
  }
  bool intact() const {
    return y.intact() && dw.intact() && mean.intact() && r.intact() && slope.intact() && shift.intact();
  }
};

/// The textbook, one sample at a time in double.
struct Reference {
  std::vector<double> x;
  double n, mu, r;
  std::vector<double> z;

  template <class S>
  Reference(const Case<S>& c, Index column)
      : x(column_of(c.x, c.rows, column)), n(static_cast<double>(c.rows)) {
    mu = average(x);
    double variance = 0;
    for (const double value : x) variance += (value - mu) * (value - mu) / n;
    r = 1 / std::sqrt(variance + epsilon);
    for (const double value : x) z.push_back((value - mu) * r);
  }
  template <class S>
  static std::vector<double> column_of(const GuardedArray<S>& m, Index rows, Index column) {
    return {m.data() + column * rows, m.data() + (column + 1) * rows};
  }
  double average(const std::vector<double>& v) const {
    double sum = 0;
    for (const double value : v) sum += value;
    return sum / n;
  }
  double inner(const std::vector<double>& a, const std::vector<double>& b) const {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum / n;
  }
  /// A t = r (t − mean(t) − z ⟨z, t⟩).
  std::vector<double> jacobian(std::vector<double> t) const {
    const double mean = average(t), along = inner(z, t);
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = r * (t[i] - mean - z[i] * along);
    return t;
  }
};

/// Relative error in the Euclidean norm, in units of the scalar's epsilon.
template <class S>
double units(const GuardedArray<S>& got, const std::vector<double>& expected) {
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double d = got[static_cast<Index>(i)] - expected[i];
    difference += d * d;
    norm += expected[i] * expected[i];
  }
  return std::sqrt(difference / norm) / static_cast<double>(std::numeric_limits<S>::epsilon());
}

template <class F>
void for_each_case(const F& f) {
  for_each_isa([&] {
    for (const auto& [rows, columns] : sizes)
      for (const bool affine : {true, false}) {
        CAPTURE(rows, columns, affine);
        Case<float> narrow{rows, columns, affine};
        narrow.normalize();
        f(narrow);
        CHECK(narrow.intact());
        Case<double> wide{rows, columns, affine};
        wide.normalize();
        f(wide);
        CHECK(wide.intact());
      }
  });
}

/// Rounding of µ, r and the coefficients, a unit each, times a cancellation of up to twenty in small samples;
/// and in double the sums themselves, which err like √rows.
template <class S>
double bound(const Case<S>& c) {
  return 50 + (std::is_same_v<S, double> ? std::sqrt(static_cast<double>(c.rows)) : 0);
}

}  // namespace

TEST_CASE("normalize_columns is the textbook's formula", "[kernels]") {
  for_each_case([]<class S>(Case<S>& c) {
    std::vector<double> y, mean, r;
    for (Index column = 0; column < c.columns; ++column) {
      const Reference reference(c, column);
      for (Index i = 0; i < c.rows; ++i)
        y.push_back(reference.z[static_cast<std::size_t>(i)] * c.weight(i) + (c.affine ? c.b[i] : 0));
      mean.push_back(reference.mu);
      r.push_back(reference.r);
    }
    CHECK(units(c.y, y) <= bound(c));
    CHECK(units(c.mean, mean) <= bound(c));
    CHECK(units(c.r, r) <= bound(c));
  });
}

TEST_CASE("apply_normalization_jacobian takes the weight before or after", "[kernels]") {
  for_each_case([]<class S>(Case<S>& c) {
    std::vector<double> tangent, gradient;
    for (Index column = 0; column < c.columns; ++column) {
      const Reference reference(c, column);
      auto t = Reference::column_of(c.t, c.rows, column);
      const auto forward = reference.jacobian(t);
      for (std::size_t i = 0; i < t.size(); ++i) {
        tangent.push_back(forward[i] * c.weight(static_cast<Index>(i)));
        t[i] *= c.weight(static_cast<Index>(i));
      }
      const auto backward = reference.jacobian(t);
      gradient.insert(gradient.end(), backward.begin(), backward.end());
    }
    kernels::apply_normalization_jacobian<S>(c.y.data(), nullptr, nullptr, c.weight(), nullptr, c.t.data(),
                                             c.x.data(), c.mean.data(), c.r.data(), c.rows, c.columns);
    CHECK(units(c.y, tangent) <= bound(c));
    kernels::apply_normalization_jacobian<S>(c.y.data(), c.slope.data(), c.shift.data(), nullptr, c.weight(),
                                             c.t.data(), c.x.data(), c.mean.data(), c.r.data(), c.rows,
                                             c.columns);
    CHECK(units(c.y, gradient) <= bound(c));

    std::vector<double> from_coefficients;
    for (Index i = 0; i < c.y.size(); ++i) {
      const Index column = i / c.rows;
      from_coefficients.push_back(c.r[column] * c.weight(i) * c.t[i] +
                                  c.slope[column] * (c.x[i] - c.mean[column]) + c.shift[column]);
    }
    CHECK(units(c.y, from_coefficients) <= bound(c));
  });
}

TEST_CASE("accumulate_normalized_products adds both gradients of the weight", "[kernels]") {
  for_each_case([]<class S>(Case<S>& c) {
    const auto rows = static_cast<std::size_t>(c.rows);
    std::vector<double> dw(rows), second(rows);
    for (std::size_t i = 0; i < rows; ++i) dw[i] = c.dw[static_cast<Index>(i)];
    for (Index column = 0; column < c.columns; ++column) {
      const Reference reference(c, column);
      const auto a = reference.jacobian(Reference::column_of(c.t, c.rows, column));
      for (std::size_t i = 0; i < rows; ++i) {
        const Index at = static_cast<Index>(i) + column * c.rows;
        dw[i] += c.dy[at] * reference.z[i];
        second[i] += c.dty[at] * a[i];
      }
    }
    kernels::accumulate_normalized_products<S>(c.dw.data(), c.dy.data(), nullptr, c.x.data(), c.r.data(),
                                               c.x.data(), c.mean.data(), nullptr, c.rows, c.columns);
    CHECK(units(c.dw, dw) <= bound(c));
    kernels::apply_normalization_jacobian<S>(c.y.data(), c.slope.data(), c.shift.data(), nullptr, nullptr,
                                             c.t.data(), c.x.data(), c.mean.data(), c.r.data(), c.rows,
                                             c.columns);
    kernels::accumulate_normalized_products<S>(c.dw.data(), c.dty.data(), c.r.data(), c.t.data(),
                                               c.slope.data(), c.x.data(), c.mean.data(), c.shift.data(),
                                               c.rows, c.columns);
    for (std::size_t i = 0; i < rows; ++i) dw[i] += second[i];
    CHECK(units(c.dw, dw) <= bound(c));
  });
}

TEST_CASE("normalization_second_order is the derivative of both passes", "[kernels]") {
  for_each_case([]<class S>(Case<S>& c) {
    // ∂/∂x_i of Σ dy·w·z + Σ dty·w·(A t), from ∂z_j/∂x_i = A_ji and ∂(A t)/∂x written out by the product
    // rule.
    std::vector<double> dx;
    for (Index column = 0; column < c.columns; ++column) {
      const Reference reference(c, column);
      const auto& z = reference.z;
      const double r = reference.r;
      const auto t = Reference::column_of(c.t, c.rows, column);
      auto h = Reference::column_of(c.dy, c.rows, column), g = Reference::column_of(c.dty, c.rows, column);
      for (std::size_t i = 0; i < g.size(); ++i) {
        h[i] *= c.weight(static_cast<Index>(i));
        g[i] *= c.weight(static_cast<Index>(i));
      }
      const double zt = reference.inner(z, t), zg = reference.inner(z, g);
      const double gat = reference.inner(g, reference.jacobian(t));
      const auto a_h = reference.jacobian(h), a_g = reference.jacobian(g), a_t = reference.jacobian(t);
      for (std::size_t i = 0; i < g.size(); ++i)
        dx.push_back(a_h[i] - r * (zt * a_g[i] + zg * a_t[i]) - r * z[i] * gat);
    }
    kernels::apply_normalization_jacobian<S>(c.y.data(), c.slope.data(), nullptr, c.weight(), nullptr,
                                             c.t.data(), c.x.data(), c.mean.data(), c.r.data(), c.rows,
                                             c.columns);
    GuardedArray<S> got{c.rows * c.columns, 20};
    kernels::normalization_second_order(got.data(), c.dy.data(), c.dty.data(), c.weight(), c.x.data(),
                                        c.t.data(), c.y.data(), c.slope.data(), c.mean.data(), c.r.data(),
                                        c.rows, c.columns);
    CHECK(units(got, dx) <= bound(c));
    CHECK(got.intact());
  });
}

namespace {

template <class S>
void check_one_feature() {
  Case<S> c{1, 3, true};
  c.normalize();
  for (Index column = 0; column < 3; ++column) CHECK(c.y[column] == c.b[0]);
  const auto all_zero = [&](const GuardedArray<S>& values) {
    return std::all_of(values.data(), values.data() + 3, [](S value) { return value == 0; });
  };
  GuardedArray<S> ty{3, 20}, dx{3, 21};
  for (const bool weight_before : {false, true}) {
    kernels::apply_normalization_jacobian<S>(
        ty.data(), c.slope.data(), c.shift.data(), weight_before ? nullptr : c.weight(),
        weight_before ? c.weight() : nullptr, c.t.data(), c.x.data(), c.mean.data(), c.r.data(), 1, 3);
    CHECK(all_zero(ty));
  }
  kernels::normalization_second_order(dx.data(), c.dy.data(), c.dty.data(), c.weight(), c.x.data(),
                                      c.t.data(), ty.data(), c.slope.data(), c.mean.data(), c.r.data(), 1, 3);
  CHECK(all_zero(dx));
  const double before = c.dw[0];
  kernels::accumulate_normalized_products<S>(c.dw.data(), c.dty.data(), c.r.data(), c.t.data(),
                                             c.slope.data(), c.x.data(), c.mean.data(), c.shift.data(), 1, 3);
  kernels::accumulate_normalized_products<S>(c.dw.data(), c.dy.data(), nullptr, c.x.data(), c.r.data(),
                                             c.x.data(), c.mean.data(), nullptr, 1, 3);
  CHECK(c.dw[0] == before);
}

}  // namespace

TEST_CASE("one feature normalizes to nothing but the shift, and its derivatives are exactly zero",
          "[kernels]") {
  for_each_isa([] {
    check_one_feature<float>();
    check_one_feature<double>();
  });
}
