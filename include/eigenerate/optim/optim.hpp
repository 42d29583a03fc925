#pragma once
// optim: how gradients change parameters. Rules are pure values with PyTorch's exact meaning; what a rule
// remembers is an explicit `OptimizerState`, made of arenas with the parameters' table.
//
// Hyper-parameters are double whatever the scalar, and the learning rate comes first: `Adam{1e-3}`. Schedules
// give a factor of the learning rate for a step number; they hold no state either, so a resumed run goes on
// exactly. Every function is one flat loop over an arena's memory (padding included, where zero stays zero),
// and nothing but `make_state` allocates.
//
// | header                | what it holds                                                    |
// |-----------------------|------------------------------------------------------------------|
// | adam.hpp              | `Adam`                                                           |
// | adam_w.hpp            | `AdamW`: Adam with decoupled weight decay                        |
// | clipping.hpp          | `clip_by_value`, `clip_by_global_norm`, `clamp_parameters`       |
// | constant_schedule.hpp | `ConstantSchedule`: the learning rate as it is                   |
// | cosine_schedule.hpp   | `CosineSchedule`: half a cosine from 1 to a minimum              |
// | ema.hpp               | `ema_update`: exponential moving average of parameters           |
// | learner.hpp           | `Learner`: a network with gradients and optimiser state; `update` |
// | learner_list.hpp      | `LearnerList`: a few learners, as models return them              |
// | lookahead.hpp         | `Lookahead`: another rule that goes ahead, and a way after it    |
// | milestone_schedule.hpp | `MilestoneSchedule`: other factors from given steps on          |
// | optimizer.hpp         | `Optimizer`: any rule; `make_state`, `step`, `step_and_clear`     |
// | optimizer_state.hpp   | `OptimizerState`: moments and step count                         |
// | rms_prop.hpp          | `RmsProp`: with momentum, or centered                            |
// | schedule.hpp          | `Schedule`: the variant of all schedules; `learning_rate_factor` |
// | sgd.hpp               | `Sgd`: plain, with momentum, or Nesterov's                       |
// | step_context.hpp      | `StepContext`: which step it is, its noise and its learning rate |
// | step_schedule.hpp     | `StepSchedule`: a drop every so many steps                       |
// | step_transaction.hpp  | `StepTransaction`: takes a failed step back                      |
// | warm_up.hpp           | `WarmUp`: a linear rise, then another schedule                   |

#include "eigenerate/optim/adam.hpp"
#include "eigenerate/optim/adam_w.hpp"
#include "eigenerate/optim/clipping.hpp"
#include "eigenerate/optim/constant_schedule.hpp"
#include "eigenerate/optim/cosine_schedule.hpp"
#include "eigenerate/optim/ema.hpp"
#include "eigenerate/optim/learner.hpp"
#include "eigenerate/optim/learner_list.hpp"
#include "eigenerate/optim/lookahead.hpp"
#include "eigenerate/optim/milestone_schedule.hpp"
#include "eigenerate/optim/optimizer.hpp"
#include "eigenerate/optim/optimizer_state.hpp"
#include "eigenerate/optim/rms_prop.hpp"
#include "eigenerate/optim/schedule.hpp"
#include "eigenerate/optim/sgd.hpp"
#include "eigenerate/optim/step_context.hpp"
#include "eigenerate/optim/step_schedule.hpp"
#include "eigenerate/optim/step_transaction.hpp"
#include "eigenerate/optim/warm_up.hpp"
