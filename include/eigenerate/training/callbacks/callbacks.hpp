#pragma once
// callbacks: values that look on while a Trainer works. Each has some of the hooks that `Trainer` names; the
// opt-in ones need a library beyond Eigen and fmt, or bring the measures of samples, and are not included
// here.
//
// | header                | what it holds                                                            |
// |-----------------------|--------------------------------------------------------------------------|
// | checkpoints.hpp       | `Checkpoints`: saves and resumes (opt-in, `eigenerate::json` and `eigenerate::gzip`) |
// | early_stopping.hpp    | `EarlyStopping`: gives up without improvement, restores the best weights |
// | json_lines.hpp        | `JsonLines`: one object per epoch (opt-in, `eigenerate::json`)           |
// | latent_usage.hpp      | `LatentUsage`: follows how a model uses its latent dimensions (opt-in)   |
// | progress_bar.hpp      | `ProgressBar`: one line on a terminal, a line per epoch elsewhere        |
// | sample_grid.hpp       | `SampleGrid`: a picture of samples per epoch (opt-in, `eigenerate::png`) |
// | sample_measure.hpp    | `SampleMeasure`: a figure of generated samples (opt-in)                  |
// | sample_quality.hpp    | `SampleQuality`: measures samples while a model trains (opt-in)          |
// | stop_on_interrupt.hpp | `StopOnInterrupt`: Ctrl-C ends training in order                         |

#include "eigenerate/training/callbacks/early_stopping.hpp"
#include "eigenerate/training/callbacks/progress_bar.hpp"
#include "eigenerate/training/callbacks/stop_on_interrupt.hpp"
