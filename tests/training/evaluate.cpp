#include "eigenerate/training/evaluate.hpp"

#include "support/catch.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;

TEST_CASE("evaluate averages over samples in the stored order and prepares the model", "[evaluate]") {
  CountingModel model;
  const StepMetrics m = evaluate(model, counting_dataset(10), 4);
  CHECK(m["loss"] == 1);
  CHECK(m["extra"] == 3);
  CHECK(model.prepared == 4);
  CHECK(model.evaluated == std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(model.steps.empty());
}
