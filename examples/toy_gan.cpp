// Trains a generative adversarial network on points or stacked digits of which every mode is known, counts
// the modes that it has found, and draws what it makes over the field of its discriminator. Without options
// it is the recipe that has found most so far; `--recipe gan` is that of the paper which measured the loss.

#include <eigenerate/training/callbacks/sample_quality.hpp>
#include <nlohmann/json.hpp>

#include "support/toy_measures.hpp"
#include "support/toy_models.hpp"
#include "support/toy_picture.hpp"

using namespace examples;

namespace {

FitResult train_toy(Gan<>& gan, const ToyProblem& problem, const ToyOptions& o) {
  const Checkpoints checkpoints{
      o.out, {.resume = o.resume ? Resume::if_present : Resume::never, .every_epochs = o.checkpoint_epochs}};
  // An epoch has as many packs as there are samples, which are that many passes over them.
  Trainer trainer{{.epochs = o.epochs * o.recipe.packing,
                   .batch_size = problem.batch_size * o.recipe.packing,
                   .drop_last = true,
                   .seed = o.seed,
                   .max_seconds = o.max_seconds,
                   .schedule = schedule_of(o.recipe)},
                  checkpoints,
                  SampleQuality{problem.train,
                                [](ConstView<float> x) { return Matrix<float>(x); },
                                {.samples = std::min({problem.judged, problem.train.size(), Index{2500}}),
                                 .every = o.recipe.packing,
                                 .seed = o.seed},
                                toy_curves(problem)},
                  JsonLines{o.file("metrics.jsonl")},
                  StopOnInterrupt{},
                  ProgressBar{!o.quiet}};
  return trainer.fit(gan, problem.train);
}

/// One line of JSON: the measures with their standard errors, and what they are of.
void write_measures(const fs::path& path, const Measures& measures, const ToyOptions& o,
                    const FitResult& result) {
  nlohmann::ordered_json line{{"dataset", o.dataset},  {"recipe", o.recipe_name},
                              {"seed", o.seed},        {"epochs", result.epochs / o.recipe.packing},
                              {"steps", result.steps}, {"finished", !result.stopped}};
  for (const auto& [name, estimate] : measures) line[name] = {estimate.value, estimate.standard_error};
  write_line(path, line);
}

/// Real samples that may well be in the training set: a mixture has no others.
Matrix<float> some_real(const Dataset& data, Index n) {
  std::vector<Index> order(static_cast<std::size_t>(data.size()));
  random_permutation(order, RandomStream{0, Purpose::evaluation});
  order.resize(static_cast<std::size_t>(std::min(n, data.size())));
  return data.subset(order).samples();
}

ExitCode run(const ToyOptions& o) {
  const ToyProblem problem = make_toy_problem(o);
  Gan<> gan = make_toy_gan(problem, o);
  report("setting: {} samples of {}, recipe {}, seed {}, {} threads, {} kernels", problem.train.size(),
         o.dataset, o.recipe_name, o.seed, num_threads(), kernels::isa_name(kernels::isa()));
  const FitResult result = train_toy(gan, problem, o);
  // Epochs saw the samples of one seed; these are others.
  const Matrix<float> made = gan.sample(problem.judged, Seed{o.seed + 1}),
                      real = some_real(problem.train, problem.judged);
  const Measures measures = measure_toy(problem, real, made);
  for (const auto& [name, estimate] : measures) report("{:<14}{}", name, to_string(estimate));
  write_measures(o.file("measures.json"), measures, o, result);
  if (problem.is_images())
    write_image_grid(o.file("samples.png"),
                     ConstView<float>(made.data(), made.rows(), std::min<Index>(100, made.cols())),
                     problem.train.sample_shape(), {.range = {-1, 1}});
  else
    write_png(o.file("samples.png"), toy_picture(problem, gan, real, made));
  for (const char* name : {"metrics.jsonl", "measures.json", "samples.png"})
    report("{}", o.file(name).string());
  return ending(result);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string description = with_exit_codes(
      "Trains a GAN on points or stacked digits whose modes are known, and counts those that it finds.");
  const auto add = [](CLI::App& app, ToyOptions& o) { add_options(app, o); };
  ToyOptions options;
  if (const auto code = begin_with_recipe(argc, argv, description, options, toy_recipes(), add)) return *code;
  if (const auto code = parse_options(argc, argv, description, options, add)) return *code;
  return run_guarded([&] {
    if (options.threads > 0) set_num_threads(options.threads);
    prepare_output_folder(options.out);
    return run(options);
  });
}
