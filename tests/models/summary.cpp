#include "eigenerate/models/summary.hpp"

#include "support/aligned_bytes.hpp"
#include "support/catch.hpp"
#include "support/small_models.hpp"

using namespace eigenerate;

TEST_CASE("the summary of the README's VAE", "[summary]") {
  const Vae vae{Sequential{Linear{784, 400}, Relu{}, Linear{400, 2 * 20}},
                Sequential{Linear{20, 400}, Relu{}, Linear{400, 784}},
                {.likelihood = Bernoulli{}, .optimizer = Adam{1e-3}}};
  CHECK(
      to_string(summary(vae, 128)) ==
      "layer        kind        output  parameters  multiply-adds\n"
      "decoder      Sequential     784           -              -\n"
      "  decoder.0  Linear         400       8,400          8,000\n"
      "  decoder.1  Relu           400           -              -\n"
      "  decoder.2  Linear         784     314,384        313,600\n"
      "encoder      Sequential      40           -              -\n"
      "  encoder.0  Linear         400     314,000        313,600\n"
      "  encoder.1  Relu           400           -              -\n"
      "  encoder.2  Linear          40      16,040         16,000\n"
      "total                               652,824        651,200\n"
      "memory: parameters 2.61 MB, gradients 2.61 MB, optimizer 5.22 MB, workspaces of 128 samples 2.06 MB\n"
      "arithmetic of 128 samples: forward 167 Mflop, training step 500 Mflop (3 × forward)\n");
}

TEST_CASE("the summary of every model counts what it learns with", "[summary]") {
  support::for_each_small_model([](const std::string& name, const auto& make) {
    CAPTURE(name);
    const std::size_t before = support::aligned_bytes;
    const auto model = make();
    const Summary s = summary(model, 40);
    Index parameters = 0, multiply_adds = 0;
    std::size_t workspaces = 0, history = 0;
    for (const auto* learner : model.learners()) {
      parameters += learner->network.parameter_count();
      multiply_adds += learner->network.plan().multiply_adds;
      workspaces += learner->network.make_workspace(40).bytes();
      // Samples of earlier steps are data, and counted nowhere.
      if (learner->memory) history += static_cast<std::size_t>(learner->memory->size()) * sizeof(float);
    }
    CHECK(s.total.parameters == parameters);
    CHECK(s.total.multiply_adds == multiply_adds);
    CHECK(s.memory.workspaces == workspaces);
    CHECK(s.memory.parameters == s.memory.gradients);
    CHECK(s.memory.parameters + s.memory.buffers + s.memory.averages + s.memory.gradients +
              s.memory.optimizer + history ==
          support::aligned_bytes - before);
  });
}
