#pragma once
// training: the loop around any model. It knows datasets, epochs, schedules and callbacks, and no algorithm.
//
// | header       | what it holds                                                      |
// |--------------|--------------------------------------------------------------------|
// | callback_hooks.hpp | the hooks of callbacks, and what of them is refused at compile time |
// | callbacks/   | what looks on and writes down: see callbacks/callbacks.hpp         |
// | checkpoint.hpp | `save_checkpoint`, `load_checkpoint` (opt-in, `eigenerate::json` and `eigenerate::gzip`) |
// | evaluate.hpp | `evaluate`: a model's figures on a whole dataset                   |
// | followed_figure.hpp | `FollowedFigure`: the figure by which a callback judges epochs |
// | non_finite_policy.hpp | `NonFinitePolicy`, and finding what is not finite |
// | number_list.hpp | `NumberList`: what a callback remembers, in float or double |
// | records.hpp  | `FitPlan`, `StepRecord`, `EpochRecord`, `FitResult`, `StopRequest` |
// | run_state.hpp | `RunState`: everything besides the model that decides how a fit goes on |
// | trainer.hpp  | `Trainer`                                                          |
// | trainer_options.hpp | `TrainerOptions`                                            |

#include "eigenerate/training/callback_hooks.hpp"
#include "eigenerate/training/callbacks/callbacks.hpp"
#include "eigenerate/training/evaluate.hpp"
#include "eigenerate/training/followed_figure.hpp"
#include "eigenerate/training/non_finite_policy.hpp"
#include "eigenerate/training/number_list.hpp"
#include "eigenerate/training/records.hpp"
#include "eigenerate/training/run_state.hpp"
#include "eigenerate/training/trainer.hpp"
#include "eigenerate/training/trainer_options.hpp"

#include "eigenerate/training/detail/held.hpp"
