// A callback that has no hook the Trainer could call would be silently useless.
// expect: a callback needs at least one hook
#include <eigenerate/eigenerate.hpp>

using namespace eigenerate;

struct Mute {
  template <class M>
  void at_the_end_of_epochs(const EpochRecord&, M&, StopRequest&) {}
};

void train(const Dataset& points) {
  Vae vae{Sequential{Linear{2, 4}}, Sequential{Linear{2, 2}}};
  Trainer trainer{TrainerOptions{}, Mute{}};
  trainer.fit(vae, points);
}
