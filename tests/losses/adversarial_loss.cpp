#include "eigenerate/losses/adversarial_loss.hpp"

#include "eigenerate/losses/losses.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "support/loss_check.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("every game is played through the variant") {
  const Matrix<float> logits = normal_batch<float>(1, 8, 1);
  Matrix<float> d(1, 8);
  for (const AdversarialLoss& game :
       {AdversarialLoss{Minimax{}}, AdversarialLoss{NonSaturating{}}, AdversarialLoss{Wasserstein{}}}) {
    CAPTURE(game.index());
    std::visit(
        [&](const auto& g) {
          g.validate();
          // What pleases the generator: a larger score of a generated sample. The discriminator is on the
          // other side.
          g.generator(as_const(logits), as_view(d));
          CHECK((d.array() < 0).all());
          g.discriminator_fake(as_const(logits), as_view(d));
          CHECK((d.array() > 0).all());
          g.discriminator_real(as_const(logits), as_view(d));
          CHECK((d.array() < 0).all());
        },
        game);
  }
}

TEST_CASE("losses allocate nothing and have the same bits for any number of threads") {
  const Matrix<float> x = normal_batch<float>(784, 128, 1, 3), target = uniform_batch<float>(784, 128, 2);
  const std::vector<int> labels(128, 3);
  Matrix<float> d(784, 128);
  const auto run = [&] {
    const std::array<double, 6> values{bce_with_logits(as_const(x), as_const(target), as_view(d)),
                                       mse(as_const(x), as_const(target), as_view(d)),
                                       l1(as_const(x), as_const(target), as_view(d)),
                                       softmax_cross_entropy(as_const(x), labels, as_view(d)),
                                       Wasserstein{}.generator(as_const(x), as_view(d)),
                                       GradientPenalty{}(as_const(x), as_view(d))};
    return values;
  };
  set_num_threads(1);
  const auto one = run();
  set_num_threads(3);
  CHECK(one == run());
  if (AllocationGuard::available()) {
    const AllocationGuard guard;
    run();
    interpolate(as_const(x), as_const(target), RandomStream{1}, as_view(d));
    CHECK(guard.count() == 0);
  }
  set_num_threads(0);
}
