#pragma once
// For programs that train several models, or one in several ways.

#include "mnist_program.hpp"

namespace examples {

/// One training of several, with a folder of its own. `resumed` is what `--resume` means to it; `data` are
/// the samples to learn from and, where there are any, held-out ones.
template <class M, class... Data>
FitResult fit_phase(M& model, const MnistOptions& o, Index epochs, const fs::path& folder, Resume resumed,
                    const Data&... data) {
  Trainer trainer{
      trainer_options(o, epochs, CosineSchedule{}),
      Checkpoints{folder,
                  {.resume = o.resume ? resumed : Resume(Resume::never), .every_steps = o.checkpoint_steps}},
      JsonLines{folder / "metrics.jsonl"}, StopOnInterrupt{}, ProgressBar{!o.quiet}};
  const FitResult result = trainer.fit(model, data...);
  if (result.last_epoch)
    report("{}: {} epochs, {:.0f} {}/s", folder.filename().string(), result.epochs,
           result.last_epoch->images_per_second, model.sample_shape().is_vector() ? "samples" : "images");
  return result;
}

inline bool was_interrupted(const FitResult& result) {
  return result.stop_reason == StopOnInterrupt::reason;
}

}  // namespace examples
