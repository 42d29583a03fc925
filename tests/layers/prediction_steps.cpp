#include "eigenerate/layers/prediction_steps.hpp"

#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace eigenerate;

namespace {

/// y = x with a further row of ones; it writes all the memory that it asks for, and takes no map.
class Append final : public PredictionStep<float> {
 public:
  explicit Append(Index rows, bool uses_condition = false) : rows_(rows), uses_condition_(uses_condition) {}
  Index output_size() const override { return rows_ + 1; }
  Extent memory() const override { return {rows_, 16}; }
  bool uses_condition() const override { return uses_condition_; }
  void run(const Pass<float>& pass, ConstView<float> x, View<float> y) const override {
    std::fill_n(pass.scratch, memory().scalars(pass.capacity), -1.0f);
    y.topRows(rows_) = x;
    y.row(rows_).setOnes();
  }

 private:
  Index rows_;
  bool uses_condition_;
};

/// y = x, and whatever follows is taken into it, once.
class Taker final : public PredictionStep<float> {
 public:
  Index output_size() const override { return 2; }
  Extent memory() const override { return {}; }
  bool uses_condition() const override { return false; }
  void run(const Pass<float>&, ConstView<float> x, View<float> y) const override { y = x; }
  bool map_outputs(const ElementMap&) override { return !std::exchange(taken_, true); }
  bool activate(kernels::Activation) override { return !std::exchange(taken_, true); }

 private:
  bool taken_ = false;
};

}  // namespace

TEST_CASE("steps run one after another in the memory that they ask for", "[prediction]") {
  PredictionSteps<float> steps;
  for (Index rows = 2; rows < 6; ++rows) steps.add(std::make_unique<Append>(rows));
  CHECK(steps.size() == 4);
  constexpr Index capacity = 16;
  const Index size = steps.memory().scalars(capacity);
  CHECK(size == 2 * 5 * capacity + 5 * capacity + 16);
  std::vector<float> memory(static_cast<std::size_t>(size) + 1, 7.0f);
  Pass<float> pass;
  pass.batch = 3;
  pass.capacity = capacity;
  pass.scratch = memory.data();
  const Matrix<float> x = Matrix<float>::Random(2, 3);
  Matrix<float> y(6, 3);
  steps.run(pass, x, as_view(y));
  CHECK(y.topRows(2) == x);
  CHECK((y.bottomRows(4).array() == 1).all());
  CHECK(memory.back() == 7.0f);
}

TEST_CASE("no steps are a copy", "[prediction]") {
  const PredictionSteps<float> steps;
  CHECK(steps.empty());
  CHECK(steps.memory().scalars(16) == 0);
  CHECK_FALSE(steps.uses_condition());
  const Matrix<float> x = Matrix<float>::Random(2, 3);
  Matrix<float> y(2, 3);
  Pass<float> pass;
  pass.batch = 3;
  steps.run(pass, x, as_view(y));
  CHECK(y == x);
}

TEST_CASE("the last step alone takes what follows it", "[prediction]") {
  PredictionSteps<float> steps;
  const ElementMap twice{.scale = {2, 2}};
  CHECK(steps.map_elements({}));  // there is nothing to take
  CHECK_FALSE(steps.map_elements(twice));
  CHECK_FALSE(steps.activate(kernels::Activation::Relu));
  steps.add(std::make_unique<Taker>());
  CHECK(steps.map_elements(twice));
  CHECK_FALSE(steps.map_elements(twice));
  CHECK_FALSE(steps.activate(kernels::Activation::Relu));
  steps.add(std::make_unique<Taker>());
  CHECK(steps.activate(kernels::Activation::Relu));
  steps.add(std::make_unique<Append>(2));
  CHECK(steps.map_elements({}));
  CHECK_FALSE(steps.map_elements(twice));
  CHECK_FALSE(steps.uses_condition());
  steps.add(std::make_unique<Append>(3, true));
  CHECK(steps.uses_condition());
}
