// Trains a VAE, β-VAE, β-TCVAE, FactorVAE or InfoVAE on sprites, of which every factor is known, and measures
// whether its latent dimensions tell the factors apart.

#include <eigenerate/data/sprites.hpp>
#include <eigenerate/metrics/beta_vae_score.hpp>
#include <eigenerate/metrics/dci.hpp>
#include <eigenerate/metrics/factor_vae_score.hpp>
#include <eigenerate/metrics/mutual_information_gap.hpp>
#include <eigenerate/models/measure_latent_usage.hpp>

#include "support/mnist_program.hpp"
#include "support/vae_recipe.hpp"

using namespace examples;

namespace {

struct SpritesOptions {
  VaeRecipe recipe{.objective = "beta-tcvae", .beta = VaeRecipe::usual_beta("beta-tcvae")};
  data::SpriteOptions sprites{.orientations = 20, .positions = 16};
  Index latent = 10;
  Index hidden = 400;
  Index epochs = 16;
  Index batch_size = 64;
  double learning_rate = 5e-4;
  Index judged = 10000;        // sprites for the gap
  Index score_batches = 2000;  // that the scores' classifiers learn from
  std::uint64_t seed = 0;
  int threads = 0;
  bool resume = false;
  std::string out = "out/sprites_vae";
  bool quiet = false;

  fs::path file(const char* name) const { return fs::path(out) / name; }
};

void add(CLI::App& app, SpritesOptions& o) {
  // Set before the weight is read: its usual value depends on the objective.
  app.add_option_function<std::string>(
         "--objective", [&o](const std::string& objective) { o.recipe.take_objective(objective); },
         "The ELBO, or one that weighs the total correlation more (Chen et al. 2018; factor-vae: Kim & Mnih "
         "2018) or has a discrepancy besides (Zhao et al. 2019)")
      ->check(CLI::IsMember({"elbo", "beta-tcvae", "factor-vae", "info-vae"}))
      ->default_str(o.recipe.objective);
  app.add_option(
         "--beta", o.recipe.beta,
         "Weight of an elbo's KL (Higgins et al. 2017), of the total correlation, of the discrepancy; "
         "unless said 1, 6 and 10")
      ->check(number_not_negative());
  app.add_option("--side", o.sprites.side, "Pixels of an image's edge")
      ->check(CLI::Range(8, 256))
      ->capture_default_str();
  for (const auto& [name, count] : {std::pair{"--scales", &o.sprites.scales},
                                    {"--orientations", &o.sprites.orientations},
                                    {"--positions", &o.sprites.positions}})
    app.add_option(name, *count, "Values of that factor")->check(CLI::Range(2, 360))->capture_default_str();
  app.add_option("--samples", o.sprites.samples, "Of all combinations so many, at random; 0: all")
      ->check(CLI::Range(0, 10000000))
      ->capture_default_str();
  app.add_option("--latent", o.latent, "Size of the latent vector")
      ->check(CLI::Range(2, 1024))
      ->capture_default_str();
  app.add_option("--hidden", o.hidden, "Width of the networks' hidden layers")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app.add_option("--epochs", o.epochs, "Passes over the sprites")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Sprites per step")
      ->check(CLI::Range(2, 65536))
      ->capture_default_str();
  app.add_option("--learning-rate", o.learning_rate, "Of Adam")
      ->check(positive_number())
      ->capture_default_str();
  app.add_option("--judged", o.judged, "Sprites for the mutual information gap, and half as many for tests")
      ->check(CLI::Range(10, 1000000))
      ->capture_default_str();
  app.add_option("--score-batches", o.score_batches,
                 "Batches of 64 that the classifiers of two scores learn from, and half as many for tests")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str();
  app.add_option("--seed", o.seed, "Of weights, data order and noise")->capture_default_str();
  app.add_option("--threads", o.threads, "Threads; 0 is one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--resume", o.resume, "Go on from the last checkpoint in --out, with the same bits");
  app.add_option("--out", o.out, "Folder for metrics, checkpoints, weights and pictures")
      ->capture_default_str();
  app.add_flag("--quiet", o.quiet, "No progress on standard error");
}

Vae<> make_sprites_vae(const SpritesOptions& o, Index images) {
  const Index pixels = o.sprites.side * o.sprites.side;
  const TrainingSize size{.images = images, .latent = o.latent, .steps = 0};
  VaeOptions options{.objective = objective_of(o.recipe, size),
                     .terms = terms_of(o.recipe, size),
                     .optimizer = Adam{o.learning_rate},
                     .seed = o.seed};
  return Vae<>{Sequential{Flatten{}, Linear{pixels, o.hidden}, Relu{}, Linear{o.hidden, o.hidden}, Relu{},
                          Linear{o.hidden, 2 * o.latent}},
               Sequential{Linear{o.latent, o.hidden}, Relu{}, Linear{o.hidden, o.hidden}, Relu{},
                          Linear{o.hidden, pixels}, Reshape{1, o.sprites.side, o.sprites.side}},
               options};
}

/// A row for each latent dimension, those of the largest KL first: a sprite, decoded with that dimension from
/// −2 to 2.
void write_traversals(const fs::path& path, const Vae<>& vae, const std::vector<double>& kl,
                      const data::SpriteOptions& sprites) {
  std::vector<std::size_t> order(kl.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return kl[a] > kl[b]; });
  const auto counts = sprites.counts();
  data::Factors middle(5, 1);
  for (Index f = 0; f < 5; ++f) middle(f) = static_cast<int>(counts[static_cast<std::size_t>(f)] / 2);
  const Matrix<float> z = vae.embed(data::render_sprites(middle, sprites));
  constexpr Index steps = 11;
  Matrix<float> codes(z.rows(), steps * z.rows());
  for (std::size_t row = 0; row < order.size(); ++row)
    for (Index i = 0; i < steps; ++i) {
      const Index column = static_cast<Index>(row) * steps + i;
      codes.col(column) = z;
      codes(static_cast<Index>(order[row]), column) =
          -2 + 4 * static_cast<float>(i) / static_cast<float>(steps - 1);
    }
  write_image_grid(path, as_const(vae.decode(as_const(codes))), vae.sample_shape(), {.columns = steps});
}

/// The scores, as a table and as a line of JSON.
void judge(const Vae<>& vae, const SpritesOptions& o, const StepMetrics& held_out) {
  const auto counts = o.sprites.counts();
  const RandomStream random{o.seed, Purpose::evaluation};
  const auto codes_of = [&](const data::Factors& factors) {
    return vae.embed(data::render_sprites(factors, o.sprites));
  };
  const data::Factors factors = data::draw_factors(counts, o.judged, random.lane(0)),
                      test_factors =
                          data::draw_factors(counts, std::max<Index>(o.judged / 2, 2), random.lane(1));
  const Matrix<float> images = data::render_sprites(factors, o.sprites), codes = vae.embed(images),
                      test_codes = codes_of(test_factors);
  const MutualInformationGap gap = mutual_information_gap(as_const(codes), factors);
  const FactorScoreOptions batches{
      .train = o.score_batches, .test = std::max<Index>(o.score_batches / 2, 1), .seed = o.seed};
  const FactorVaeScore factor_vae = factor_vae_score(counts, codes_of, batches);
  const Estimate beta_vae = beta_vae_score(counts, codes_of, batches);
  const Dci d = dci(as_const(codes), factors, as_const(test_codes), test_factors);
  const LatentUsageFigures usage = measure_latent_usage<float>(vae, as_const(images), {}, 0, false);

  report("information in nats, of dimensions with a KL of at least 0.05");
  std::string heading = fmt::format("{:<14}{:>8}", "dimension", "KL");
  for (const auto name : data::sprite_factors) heading += fmt::format("{:>13}", name);
  report("{}", heading);
  for (Index k = 0; k < codes.rows(); ++k) {
    const double kl = usage.kl_by_dimension[static_cast<std::size_t>(k)];
    if (kl < 0.05) continue;
    std::string line = fmt::format("{:<14}{:>8.2f}", k, kl);
    for (Index f = 0; f < 5; ++f) line += fmt::format("{:>13.2f}", gap.information(k, f));
    report("{}", line);
  }
  nlohmann::ordered_json json{{"objective", o.recipe.objective}, {"beta", o.recipe.beta}, {"seed", o.seed}};
  const auto row = [&](const char* name, const char* key, double value) {
    report("{:<26}{:.4g}", name, value);
    json[key] = value;
  };
  const auto estimate = [&](const char* name, const char* key, const Estimate& e) {
    report("{:<26}{}", name, to_string(e));
    json[key] = {e.value, e.standard_error};
  };
  row("mutual information gap", "mig", gap.value);
  for (Index f = 0; f < 5; ++f)
    json["mig_" + std::string(data::sprite_factors[static_cast<std::size_t>(f)])] =
        gap.of_factors[static_cast<std::size_t>(f)];
  estimate("β-VAE score", "beta_vae_score", beta_vae);
  estimate("FactorVAE score", "factor_vae_score", factor_vae.accuracy);
  row("disentanglement (DCI)", "disentanglement", d.disentanglement);
  row("completeness (DCI)", "completeness", d.completeness);
  row("error (DCI)", "error", d.error);
  row("active dimensions", "active_units", static_cast<double>(usage.active_units));
  for (const char* figure : {"reconstruction", "kl"}) row(figure, figure, held_out[figure]);
  write_line(o.file("measures.json"), json);
  write_traversals(o.file("traversals.png"), vae, usage.kl_by_dimension, o.sprites);
}

ExitCode run(const SpritesOptions& o) {
  for (const char* file :
       {"metrics.jsonl", "measures.json", "traversals.png", "samples.png", "weights.safetensors"})
    prepare_output_file(o.file(file));
  const data::Sprites sprites = data::make_sprites(o.sprites);
  Vae<> vae = make_sprites_vae(o, sprites.images.size());
  report("setting: {} sprites, {} {}, batches of {}, seed {}, {} threads, {} kernels", sprites.images.size(),
         o.recipe.objective, o.recipe.beta, o.batch_size, o.seed, num_threads(),
         kernels::isa_name(kernels::isa()));
  Trainer trainer{
      {.epochs = o.epochs, .batch_size = o.batch_size, .seed = o.seed, .schedule = CosineSchedule{}},
      Checkpoints{o.out, {.resume = o.resume ? Resume::required : Resume::never}},
      JsonLines{o.file("metrics.jsonl")},
      SampleGrid{o.file("samples.png")},
      StopOnInterrupt{},
      ProgressBar{!o.quiet}};
  const FitResult result = trainer.fit(vae, sprites.images);
  save_weights(o.file("weights.safetensors"), vae);
  if (result.last_epoch) judge(vae, o, result.last_epoch->train);
  for (const char* file :
       {"metrics.jsonl", "measures.json", "traversals.png", "samples.png", "weights.safetensors"})
    report("{}", o.file(file).string());
  return ending(result);
}

}  // namespace

int main(int argc, char** argv) {
  SpritesOptions options;
  if (const auto code = parse_options(
          argc, argv,
          with_exit_codes("Trains a VAE on sprites and measures what its latent dimensions mean."), options,
          add))
    return *code;
  return run_guarded([&] {
    if (options.threads > 0) set_num_threads(options.threads);
    prepare_output_folder(options.out);
    return run(options);
  });
}
