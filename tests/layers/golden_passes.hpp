#pragma once
// All four passes of a layer against PyTorch, for cases written by tests/goldens/second_order.py.

#include <string>

#include "eigenerate/network/network.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/tolerances.hpp"

/// Largest relative error that a scalar may show against PyTorch's double.
template <eigenerate::Scalar S>
constexpr double golden_tolerance() {
  using namespace eigenerate::testing;
  return std::is_same_v<S, double> ? tolerance::golden : tolerance::golden_float;
}

template <eigenerate::Scalar S, eigenerate::Layer L>
void check_golden_passes(const L& layer, const eigenerate::Shape& input,
                         const eigenerate::testing::Golden& c) {
  using namespace eigenerate;
  const auto close = [](const auto& got, const auto& expected) {
    CHECK(testing::relative_error(got, expected) <= golden_tolerance<S>());
  };
  const auto flat = [](const Arena<S>& a) {
    return Vector<S>(Eigen::Map<const Vector<S>>(a.data(), a.size()));
  };

  NetworkOptions options{.name = "layer"};
  Matrix<S> condition;
  const bool conditional = c.contains("condition");
  if (conditional) {
    condition = c.batch<S>("condition");
    options.condition = Shape{condition.rows()};
  }
  auto net = Network<S>(layer, input, options);
  c["parameters"].fill(net.parameters(), "layer");
  if (c.contains("buffers")) c["buffers"].fill(net.buffers(), "layer");
  const auto x = c.batch<S>("x"), dy = c.batch<S>("dy"), tx = c.batch<S>("tx"), dty = c.batch<S>("dty");
  auto ws = net.make_workspace(x.cols(), SecondOrder::yes);
  auto gradients = net.parameters().like();

  close(net.forward({.x = x, .condition = condition, .mode = Mode::train, .buffers = Buffers::update}, ws),
        c.batch<S>("y"));
  const auto first = net.backward(dy, ws, {.parameters = &gradients, .x = true, .condition = conditional});
  close(first.x, c.batch<S>("dx"));
  if (conditional) close(first.condition, c.batch<S>("dc"));
  if (c.contains("buffers"))
    close(flat(net.buffers()), flat(c["moved buffers"].arena(net.buffers(), "layer")));
  close(flat(gradients), flat(c["gradients"].arena(net.parameters(), "layer")));

  const auto second = c["second"];
  close(net.tangent(tx, ws), second.batch<S>("ty"));
  gradients.set_zero();
  const auto d =
      net.tangent_backward(dy, dty, ws, {.parameters = &gradients, .x = true, .condition = conditional});
  close(d.x, second.batch<S>("dx"));
  close(d.tx, second.batch<S>("dtx"));
  if (conditional) close(d.condition, second.batch<S>("dc"));
  close(flat(gradients), flat(second["gradients"].arena(net.parameters(), "layer")));
}
