// The Trainer drives models; what a type lacks of one is named.
// expect: model\.train_step
#include <eigenerate/eigenerate.hpp>

using namespace eigenerate;

struct NoModel {
  using scalar_type = float;
  void prepare(Index) {}
};

void train(const Dataset& points) {
  NoModel model;
  Trainer trainer{TrainerOptions{}};
  trainer.fit(model, points);
}
