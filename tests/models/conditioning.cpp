#include "eigenerate/models/conditioning.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "models/model_step.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("a network whose width leaves no room for labels is told both ways out", "[conditioning]") {
  // A Reshape at the beginning asks for one vector, and gets an image with three more channels.
  CHECK(
      support::message_of<ShapeError>([] {
        Gan{Sequential{Linear{5, 240}, Reshape{5, 6, 8}},
            Sequential{Reshape{5, 6, 8}, Flatten{}, Linear{240, 1}},
            {.classes = 3}};
      }) ==
      "discriminator: its first layer takes 240, but gets 8×6×8: samples of 5×6×8 and 3 channels of the condition; "
      "write infer for its input width, or make it take 8×6×8");
  CHECK(
      support::message_of<ShapeError>([] {
        Vae{Linear{6, 4}, Linear{5, 6}, {.classes = 3}};
      }) ==
      "encoder: its first layer takes 6, but gets 9: samples of 6 and 3 channels of the condition; write infer for "
      "its input width, or make it take 9");
  CHECK(
      support::message_of<ShapeError>([] {
        Vae{Linear{9, 4}, Linear{2, 6}, {.classes = 3}};
      }) ==
      "decoder: its first layer takes 2, but gets 5: samples of 2 and 3 channels of the condition; write infer for "
      "its input width, or make it take 5");
  CHECK(support::message_of<ShapeError>([] {
          Vae{Linear{7, 4}, Linear{2, 6}};
        }) == "encoder (Linear): expected input 7, got 6");
}

TEST_CASE("labels and shapes that do not fit are refused", "[conditioning]") {
  const Conditioning conditioning{3};
  const Matrix<double> x = Matrix<double>::Ones(4, 2);
  const std::vector<int> labels{2, 0};
  CHECK_NOTHROW(conditioning.require<double>(x, labels, {4}, "Vae"));
  CHECK_THROWS_AS(conditioning.require<double>(x, labels, {5}, "Vae"), ShapeError);
  CHECK_THROWS_AS(conditioning.require<double>(x, {}, {4}, "Vae"), ShapeError);
  CHECK_THROWS_AS(conditioning.require<double>(x, std::vector<int>{0, 3}, {4}, "Vae"), ConfigError);
  CHECK_THROWS_AS(Conditioning{}.require<double>(x, labels, {4}, "Vae"), ConfigError);
}

TEST_CASE("labels become one-hot columns", "[conditioning]") {
  LabelCondition<float> condition(Conditioning{3}, 2);
  Matrix<float> expected(3, 2);
  expected << 0, 1, 0, 0, 1, 0;
  CHECK(condition(std::vector<int>{2, 0}) == expected);
  LabelCondition<float> none(Conditioning{}, 2);
  CHECK(none(std::vector<int>{2, 0}).size() == 0);
}

namespace {

/// Trains two models that should be one, and compares all that they own.
template <class M>
void require_same_bits(M a, M b) {
  const Matrix<float> x = testing::uniform_batch<float>(48, 6, 1);
  const std::vector<int> labels{0, 9, 3, 3, 1, 7};
  for (M* model : {&a, &b}) {
    model->prepare(6);
    for (std::uint64_t step = 0; step < 3; ++step) model->train_step({x, labels}, {.step = step, .seed = 4});
  }
  CHECK(model_step::bytes_of_learners(a) == model_step::bytes_of_learners(b));
  CHECK(a.sample(4, 7) == b.sample(4, 7));
}

}  // namespace

TEST_CASE("with open widths, labels add their channels to a first layer themselves", "[conditioning]") {
  const auto encoder = [](Index width) {
    return Sequential{Conv2d{width, 4, {.kernel = 3, .padding = 1}}, Relu{}, Flatten{}, Linear{4 * 24, 6}};
  };
  const auto decoder = [](Index width) {
    return Sequential{Linear{width, 9}, Relu{}, Linear{9, 48}, Reshape{2, 6, 4}};
  };
  require_same_bits(Vae{encoder(infer), decoder(infer), {.classes = 10, .latent = 3, .seed = 6}},
                    Vae{encoder(2 + 10), decoder(3 + 10), {.classes = 10, .seed = 6}});
  const auto discriminator = [](Index width) {
    return Sequential{Conv2d{width, 4, {.kernel = 3}}, LeakyRelu{0.2}, Flatten{}, Linear{4 * 8, 1}};
  };
  require_same_bits(Gan{decoder(infer), discriminator(infer), {.classes = 10, .latent = 3, .seed = 6}},
                    Gan{decoder(3 + 10), discriminator(2 + 10), {.classes = 10, .seed = 6}});
}
