#pragma once
// training: the loop around any model. It knows datasets, epochs, schedules and callbacks, and no algorithm.
//
// | header       | what it holds                                                      |
// |--------------|--------------------------------------------------------------------|
// | callbacks/   | what looks on and writes down: see callbacks/callbacks.hpp         |
// | evaluate.hpp | `evaluate`: a model's figures on a whole dataset                   |
// | records.hpp  | `FitPlan`, `StepRecord`, `EpochRecord`, `FitResult`, `StopRequest` |
// | trainer.hpp  | `Trainer`, `TrainerOptions`                                        |

#include "eigenerate/training/callbacks/callbacks.hpp"
#include "eigenerate/training/evaluate.hpp"
#include "eigenerate/training/records.hpp"
#include "eigenerate/training/trainer.hpp"
