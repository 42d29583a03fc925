// The options of the MNIST programs, and the parts of a GAN's recipe: an input's lines are arguments.
// Whatever parses is in range.

#include <sstream>
#include <string>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "support/gan_recipe.hpp"
#include "support/mnist_options.hpp"
#include "support/vae_recipe.hpp"

namespace {

void require_in_range(const examples::MnistOptions& o) {
  using namespace eigenerate;
  const auto one_of = [](const std::string& value, std::initializer_list<const char*> allowed) {
    return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
  };
  fuzz::require(one_of(o.dataset, {"mnist", "fashion"}), "--dataset");
  fuzz::require(one_of(o.architecture, {"mlp", "conv", "tanh"}), "--architecture");
  fuzz::require(one_of(o.precision, {"highest", "high", "medium"}), "--precision");
  fuzz::require(one_of(o.non_finite, {"throw", "skip", "rollback"}), "--non-finite");
  fuzz::require(o.epochs >= 1 && o.epochs <= 1'000'000, "--epochs");
  fuzz::require(o.accumulate >= 1 && o.accumulate <= 65536, "--accumulate");
  fuzz::require(is_finite(o.max_seconds) && o.max_seconds >= 0, "--max-seconds");
  fuzz::require(o.batch_size >= 2 && o.batch_size <= 65536, "--batch-size");
  fuzz::require(o.latent >= 1 && o.latent <= 4096, "--latent");
  fuzz::require(o.threads >= 0 && o.threads <= 1024, "--threads");
  fuzz::require(o.checkpoint_steps >= 0, "--checkpoint-steps");
  fuzz::require(!o.resume || o.weights.empty(), "--resume with --weights");
  (void)matmul_precision_of(o.precision);
  (void)o.policy();
  (void)o.weights_file();
  fuzz::require(one_of(o.conditional, {"no", "concat", "projection", "acgan"}), "--conditional");
}

void require_in_range(const examples::GanRecipe& r) {
  fuzz::require(r.penalty_every >= 1 && r.penalty_every <= 1024, "--penalty-every");
  fuzz::require(r.packing >= 1 && r.packing <= 64, "--pac");
  fuzz::require(r.discriminator_steps >= 1 && r.discriminator_steps <= 100, "--discriminator-steps");
  fuzz::require(r.learning_rate > 0 && eigenerate::is_finite(r.learning_rate), "--learning-rate");
  fuzz::require(r.discriminator_pace > 0 && eigenerate::is_finite(r.discriminator_pace),
                "--discriminator-pace");
  fuzz::require(eigenerate::is_finite(r.penalty_weight) && r.penalty_weight >= 0, "--penalty-weight");
  fuzz::require(eigenerate::is_finite(r.noise) && r.noise >= 0, "--noise");
  fuzz::require(r.noise_until > 0 && r.noise_until <= 1, "--noise-until");
  fuzz::require(r.ema >= 0 && r.ema < 1, "--ema");
  examples::options_of(r, 8, 0).validate();
}

void require_in_range(const examples::VaeRecipe& r) {
  fuzz::require(r.importance_samples >= 1 && r.importance_samples <= 65536, "--importance-samples");
  fuzz::require(r.groups >= 1 && r.groups <= 65536, "--groups");
  fuzz::require(r.train_images >= 0 && r.train_images <= 1000000, "--train-images");
  for (const double number : {r.beta, r.free_bits, r.nats})
    fuzz::require(eigenerate::is_finite(number) && number >= 0, "--beta, --free-bits, --nats");
  try {
    examples::options_of(r, {60000, 20, 1000}, 0).validate();
    (void)eigenerate::learning_rate_factor(examples::schedule_of(r, 3), 0, 10);
  } catch (const eigenerate::ConfigError&) {
    // Parts that are in range and do not go together.
  }
}

/// The command line of a program with a recipe of that kind, whose options `add` declares.
template <class Recipe, class Add>
void parse_as(const std::vector<const char*>& argv, const Add& add) {
  examples::MnistOptions options;
  options.out = "out";
  CLI::App app{"fuzz"};
  Recipe recipe;
  std::string name = "usual";
  add(app, options, name, recipe);
  try {
    app.parse(static_cast<int>(argv.size()), argv.data());
    require_in_range(options);
    require_in_range(recipe);
  } catch (const CLI::ParseError& e) {
    std::ostringstream out, error;
    const int code = app.exit(e, out, error);
    fuzz::require(code == 0 ? !out.str().empty() : !error.str().empty(), "a refusal without words");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream lines(std::string(data, data + size));
  std::vector<std::string> arguments{"program"};
  for (std::string line; std::getline(lines, line);) arguments.push_back(line.substr(0, line.find('\0')));
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());

  parse_as<examples::GanRecipe>(
      argv, [](CLI::App& app, examples::MnistOptions& o, std::string& name, examples::GanRecipe& recipe) {
        examples::add_options(app, o, examples::gan_label_uses());
        examples::add_recipe_options(app, name, recipe, {{name, recipe}}, "In the discriminator");
      });
  parse_as<examples::VaeRecipe>(
      argv, [](CLI::App& app, examples::MnistOptions& o, std::string& name, examples::VaeRecipe& recipe) {
        examples::add_options(app, o, {"concat"}, {"mlp", "conv", "tanh"});
        examples::add_recipe_options(app, name, recipe, {{name, recipe}});
      });
  return 0;
}
