// expect: on_fit_end that the Trainer cannot call with this model: the hook is on_fit_end.const FitResult&,
// model, StopRequest&.
#include "eigenerate/training/callback_hooks.hpp"

using namespace eigenerate;

struct SomeModel {};

struct Callback {
  template <class M>
  void on_fit_begin(const FitPlan&, M&, StopRequest&) {}
  template <class M>
  void on_fit_end(FitResult&, M&, StopRequest&) {}
};

static_assert(CallbackContract<Callback, SomeModel>::kept);
