#include "eigenerate/models/conditioning.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

TEST_CASE("a network that leaves no room for labels is told what takes it", "[conditioning]") {
  // A Reshape at the beginning asks for one vector, in which the labels are the last three numbers.
  CHECK(
      support::message_of<ShapeError>([] {
        Gan{Sequential{Linear{5, 240}, Reshape{5, 6, 8}},
            Sequential{Reshape{5, 6, 8}, Flatten{}, Linear{240, 1}},
            {.classes = 3}};
      }) ==
      "Gan: the generator makes samples of 240 values (shape 5×6×8), the discriminator takes 237 (shape 237: its "
      "first layer asks for 240, of which one channel for each of 3 classes are labels); with the labels as further "
      "channels it must take 8×6×8");
  CHECK(
      support::message_of<ShapeError>([] {
        Vae{Linear{6, 4}, Linear{5, 6}, {.classes = 3}};
      }) ==
      "Vae: the decoder generates samples of 6 values (shape 6), the encoder takes 3 (shape 3: its first layer asks "
      "for 6, of which one channel for each of 3 classes are labels); with the labels as further channels it must "
      "take 9");
  CHECK(support::message_of<ShapeError>([] {
          Vae{Linear{7, 4}, Linear{2, 6}};
        }) == "Vae: the decoder generates samples of 6 values (shape 6), the encoder takes 7 (shape 7)");
}
