#include "eigenerate/adversarial/accumulate_gradient_penalty.hpp"

#include "eigenerate/layers/batch_norm.hpp"
#include "eigenerate/layers/leaky_relu.hpp"
#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/layers/silu.hpp"
#include "eigenerate/layers/tanh.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "support/arenas.hpp"
#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

namespace {

template <Scalar S, Layer L>
void check_golden(const std::string& name, L layers) {
  const Golden c = load_golden("adversarial/gradient_penalty")[name];
  CAPTURE(c.path());
  const double tolerance = std::same_as<S, float> ? tolerance::golden_float : tolerance::golden;
  auto critic = Network<S>(layers, NetworkOptions{.name = "critic"});
  c["parameters"].fill(critic.parameters(), "critic");
  const auto x = c.batch<S>("x");
  auto workspace = critic.make_workspace(7, SecondOrder::yes);  // more room than samples
  GradientPenaltyScratch<S> scratch(critic, 7);
  Arena<S> gradients = critic.parameters().like();
  const GradientPenalty penalty{
      .weight = c.number("weight"), .target = c.number("target"), .one_sided = name == "one-sided"};
  const double value = accumulate_gradient_penalty(penalty, critic, workspace, {.x = x, .mode = Mode::train},
                                                   gradients, scratch);
  CHECK(near(value, c.number("value"), tolerance));
  const Arena<S> expected = c["gradients"].arena(gradients, "critic");
  for_each_parameter(
      [&](const Segment& segment, const S* ours, const S* theirs) {
        CAPTURE(segment.name);
        using Values = Eigen::Map<const Vector<S>>;
        CHECK(relative_error(Values(ours, segment.size), Values(theirs, segment.size)) <= tolerance);
      },
      gradients, expected);
}

Sequential<Linear, Tanh, Linear, Silu, Linear> smooth_critic() {
  return Sequential{Linear{4, 6}, Tanh{}, Linear{6, 5}, Silu{}, Linear{5, 1}};
}

}  // namespace

TEST_CASE("the penalty's parameter gradient agrees with PyTorch's double backward") {
  const auto check = [](const std::string& name, const auto& layers) {
    check_golden<double>(name, layers);
    check_golden<float>(name, layers);
  };
  check("tanh", Sequential{Linear{5, 7}, Tanh{}, Linear{7, 6}, Tanh{}, Linear{6, 1}});
  check("leaky relu", Sequential{Linear{5, 7}, LeakyRelu{0.2}, Linear{7, 1}});
  check("zero-centered", Sequential{Linear{5, 7}, Silu{}, Linear{7, 1}});
  check("one-sided", Sequential{Linear{5, 7}, Tanh{}, Linear{7, 1}});
}

TEST_CASE("the penalty's parameter gradient against central differences of the whole penalty") {
  auto critic = Network<double>(smooth_critic(), NetworkOptions{.name = "critic", .seed = 3});
  const Matrix<double> x_hat = normal_batch(4, 5, 1);
  auto workspace = critic.make_workspace(5, SecondOrder::yes);
  GradientPenaltyScratch<double> scratch(critic, 5);
  for (const GradientPenalty& penalty : {GradientPenalty{}, GradientPenalty{.weight = 0.5, .target = 0}}) {
    // The value by another way: forward and input gradient alone.
    const auto value = [&] {
      critic.forward({x_hat}, workspace);
      return penalty(critic.backward(scratch.ones(5), workspace, {.x = true}).x);
    };
    Arena<double> gradients = critic.parameters().like();
    const double got = accumulate_gradient_penalty(penalty, critic, workspace, {x_hat}, gradients, scratch);
    CHECK(got == value());
    const auto numeric = central_differences(value, critic.parameters().data(), critic.parameters().size());
    CHECK(relative_error(memory_of(gradients), numeric) <= tolerance::derivative);

    // It adds: twice the penalty is twice the gradient.
    Arena<double> twice = gradients;
    accumulate_gradient_penalty(penalty, critic, workspace, {x_hat}, twice, scratch);
    CHECK(relative_error(memory_of(twice), (2 * memory_of(gradients)).eval()) <= tolerance::golden);
  }
}

TEST_CASE("the penalty allocates nothing") {
  if (!AllocationGuard::available()) return;
  Network critic(smooth_critic(), {.name = "critic"});
  const Matrix<float> x_hat = normal_batch<float>(4, 128, 1);
  auto workspace = critic.make_workspace(128, SecondOrder::yes);
  GradientPenaltyScratch<float> scratch(critic, 128);
  Arena<float> gradients = critic.parameters().like();
  const auto run = [&] {
    accumulate_gradient_penalty({}, critic, workspace, {.x = x_hat, .mode = Mode::train}, gradients, scratch);
  };
  run();
  const AllocationGuard guard;
  run();
  CHECK(guard.count() == 0);
}

TEST_CASE("the penalty refuses what it cannot do") {
  Network critic(smooth_critic(), {.name = "critic"});
  auto workspace = critic.make_workspace(4, SecondOrder::yes), first_order = critic.make_workspace(4);
  GradientPenaltyScratch<float> scratch(critic, 2);
  Arena<float> gradients = critic.parameters().like();
  const Matrix<float> x_hat = normal_batch<float>(4, 4, 1), pair = x_hat.leftCols(2);
  CHECK_THROWS_AS(accumulate_gradient_penalty({}, critic, workspace, {.x = x_hat, .mode = Mode::train},
                                              gradients, scratch),
                  ShapeError);
  CHECK_THROWS_AS(accumulate_gradient_penalty({}, critic, first_order, {.x = pair, .mode = Mode::train},
                                              gradients, scratch),
                  StateError);

  const Network coupled(Sequential{Linear{4, 6}, BatchNorm{6}, Linear{6, 1}}, {.name = "critic"});
  try {
    coupled.make_workspace(4, SecondOrder::yes);
    FAIL("batch norm did not refuse");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()).find("critic.1 (BatchNorm)") != std::string::npos);
  }
}
