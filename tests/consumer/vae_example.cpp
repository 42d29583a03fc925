#include <eigenerate/data/mnist.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/training/callbacks/sample_grid.hpp>
using namespace eigenerate;

int main() {
  const auto digits = data::load_mnist("data/mnist");

  Vae vae{Sequential{Linear{784, 400}, Relu{}, Linear{400, 2 * 20}},  // x -> (mean, log-variance)
          Sequential{Linear{20, 400}, Relu{}, Linear{400, 784}},      // z -> logits
          {.likelihood = Bernoulli{}, .optimizer = Adam{1e-3}}};

  Trainer trainer{{.epochs = 20, .batch_size = 128, .seed = 7}, ProgressBar{}, SampleGrid{"samples.png"}};
  trainer.fit(vae, digits.train);
}
