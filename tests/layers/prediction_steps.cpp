#include "eigenerate/layers/prediction_steps.hpp"

#include <utility>
#include <vector>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/network/network.hpp"
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

/// y = x + 1, wherever they are; `seen` gets where.
class AddOne final : public PredictionStep<float> {
 public:
  using Seen = std::vector<std::pair<const float*, const float*>>;
  AddOne(Index size, Seen& seen) : size_(size), seen_(&seen) {}
  Index output_size() const override { return size_; }
  Extent memory() const override { return {}; }
  bool uses_condition() const override { return false; }
  bool elementwise() const override { return true; }
  void run(const Pass<float>&, ConstView<float> x, View<float> y) const override {
    seen_->emplace_back(x.data(), y.data());
    y = (x.array() + 1).matrix();
  }

 private:
  Index size_;
  Seen* seen_;
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

/// y = x, and it counts how often it was told to prepare, and with which precision.
class Preparer final : public PredictionStep<float> {
 public:
  explicit Preparer(std::vector<MatmulPrecision>& seen) : seen_(&seen) {}
  Index output_size() const override { return 2; }
  Extent memory() const override { return {}; }
  bool uses_condition() const override { return false; }
  void run(const Pass<float>&, ConstView<float> x, View<float> y) const override { y = x; }
  void prepare(const Pass<float>& pass) override { seen_->push_back(pass.precision); }

 private:
  std::vector<MatmulPrecision>* seen_;
};

/// A layer whose prediction is that step.
struct Prepares : Identity {
  std::vector<MatmulPrecision>* seen;

  explicit Prepares(std::vector<MatmulPrecision>& seen_) : seen(&seen_) {}
  bool add_steps(const Pass<float>&, PredictionSteps<float>& steps) const {
    steps.add(std::make_unique<Preparer>(*seen));
    return true;
  }
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

TEST_CASE("elementwise steps work in place, the last ones on the result itself", "[prediction]") {
  std::vector<std::pair<const float*, const float*>> seen;
  PredictionSteps<float> steps;
  steps.add(std::make_unique<AddOne>(2, seen));
  steps.add(std::make_unique<Append>(2));
  steps.add(std::make_unique<AddOne>(3, seen));
  steps.add(std::make_unique<Append>(3));
  steps.add(std::make_unique<AddOne>(4, seen));
  steps.add(std::make_unique<AddOne>(4, seen));
  std::vector<float> memory(static_cast<std::size_t>(steps.memory().scalars(16)));
  Pass<float> pass;
  pass.batch = 2;
  pass.capacity = 16;
  pass.scratch = memory.data();
  const Matrix<float> x = Matrix<float>::Random(2, 2);
  Matrix<float> y(4, 2), expected(4, 2);
  expected << ((x.array() + 1) + 1 + 1 + 1).matrix(), Matrix<float>::Constant(1, 2, 4),
      Matrix<float>::Constant(1, 2, 3);
  steps.run(pass, x, as_view(y));
  CHECK(y == expected);
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].first == x.data());  // the caller's stays as it is
  CHECK(seen[0].second != x.data());
  CHECK(seen[1].first == seen[1].second);
  CHECK(seen[2] == std::pair<const float*, const float*>(y.data(), y.data()));
  CHECK(seen[3] == seen[2]);

  PredictionSteps<float> alone;
  alone.add(std::make_unique<AddOne>(2, seen));
  alone.add(std::make_unique<AddOne>(2, seen));
  Matrix<float> z(2, 2);
  alone.run(pass, x, as_view(z));
  CHECK(z == Matrix<float>((x.array() + 1) + 1));
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

TEST_CASE("what only moves elements goes past elementwise steps", "[prediction]") {
  AddOne::Seen seen;
  const ElementMap moves{.source = {1, 0}}, twice{.scale = {2, 2}};
  PredictionSteps<float> steps;
  steps.add(std::make_unique<Taker>());
  steps.add(std::make_unique<AddOne>(2, seen));
  CHECK_FALSE(steps.map_elements(twice));
  CHECK_FALSE(steps.activate(kernels::Activation::relu()));
  CHECK(steps.map_elements(moves));
  CHECK_FALSE(steps.map_elements(moves));
}

TEST_CASE("the last step alone takes what follows it", "[prediction]") {
  PredictionSteps<float> steps;
  const ElementMap twice{.scale = {2, 2}};
  CHECK(steps.map_elements({}));  // there is nothing to take
  CHECK_FALSE(steps.map_elements(twice));
  CHECK_FALSE(steps.activate(kernels::Activation::relu()));
  steps.add(std::make_unique<Taker>());
  CHECK(steps.map_elements(twice));
  CHECK_FALSE(steps.map_elements(twice));
  CHECK_FALSE(steps.activate(kernels::Activation::relu()));
  steps.add(std::make_unique<Taker>());
  CHECK(steps.activate(kernels::Activation::relu()));
  steps.add(std::make_unique<Append>(2));
  CHECK(steps.map_elements({}));
  CHECK_FALSE(steps.map_elements(twice));
  CHECK_FALSE(steps.uses_condition());
  steps.add(std::make_unique<Append>(3, true));
  CHECK(steps.uses_condition());
}

TEST_CASE("every step prepares once, also within a block", "[prediction]") {
  std::vector<MatmulPrecision> seen;
  const Network<float> network(
      Sequential{Prepares{seen}, Residual{Sequential{Prepares{seen}, Prepares{seen}}}}, Shape{2},
      {.precision = MatmulPrecision::medium});
  network.prediction_steps(std::make_unique<Preparer>(seen));
  CHECK(seen == std::vector<MatmulPrecision>(4, MatmulPrecision::medium));
}
