// Everything that can be said of a trained VAE on one page: its ELBO and log-likelihood with their intervals,
// annealing as a check of these, what its latent dimensions are used for, and its samples beside real images.

#include <algorithm>
#include <cmath>
#include <eigenerate/data/dequantize.hpp>
#include <eigenerate/models/measure_annealed_log_likelihood.hpp>
#include <eigenerate/models/measure_latent_usage.hpp>

#include "support/likelihood.hpp"
#include "support/mnist_weights.hpp"

using namespace examples;

namespace {

struct EvaluationOptions : MnistWeights {
  bool binarize = true;
  Index samples = 500;  // for each image
  Index images = 0;     // 0: all
  AnnealedSampling annealing{{.distributions = 500}};
  Index annealed_images = 10;
  Index usage_images = 2000;
  Index judged = 2000;
};

void add(CLI::App& app, EvaluationOptions& o) {
  app.add_option("--weights", o.weights, "Safetensors file of mnist_vae")->required();
  add_weight_options(app, o);
  app.add_option("--dataset", o.networks.dataset, "What it was trained on")
      ->check(CLI::IsMember({"mnist", "fashion"}))
      ->capture_default_str();
  app.add_option("--data", o.networks.data, "Folder with its four IDX files, plain or .gz");
  app.add_flag(
      "--binarize,!--grey", o.binarize,
      "Of a bernoulli likelihood: test images are made black or white once, each pixel with its grey as "
      "probability (--grey: they are not, and have no likelihood)");
  app.add_option("--likelihood-samples", o.samples, "Importance samples for each test image")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--images", o.images, "Of the test images the first, for likelihoods; 0: all")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  app.add_option("--annealed-images", o.annealed_images, "Of these the first, for annealing; 0: none")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  app.add_option("--distributions", o.annealing.distributions, "On an annealing path")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--chains", o.annealing.chains, "Of annealing, for each image")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app.add_option("--judged", o.judged, "Samples of the model beside real images, where there are so many")
      ->check(CLI::Range(fewest_judged, Index{1000000}))
      ->capture_default_str();
  app.add_option("--seed", o.networks.seed, "Of samples and of the binarization")->capture_default_str();
  app.add_option("--threads", o.networks.threads, "Threads; 0 is one per core")->check(CLI::Range(0, 1024));
  app.add_option("--out", o.networks.out, "Folder of measures.json")->capture_default_str();
}

/// Test images as the likelihood gives them a probability, or a density.
struct CostedImages {
  Dataset images;
  const char* kind;        ///< empty where they have neither
  double level_width = 1;  ///< of a density: how far levels lie apart
};

CostedImages costed(const Dataset& test, const EvaluationOptions& o) {
  if (pixel_likelihood(o.networks.likelihood).of_levels) return {test, "256 levels of gray"};
  if (o.networks.likelihood != "bernoulli")
    return {data::dequantize(data::to_levels(test), o.networks.seed), "256 levels of gray, dequantized",
            1.0 / 256};
  if (!o.binarize) return {test, ""};
  return {data::binarize_static(test, o.networks.seed), "binarized once"};
}

/// The bounds, the estimates, and where there are chains how far both lie apart on the same images.
void report_likelihoods(MnistVae& vae, const CostedImages& all, const EvaluationOptions& o,
                        MeasureTable& table) {
  const Dataset images = o.images > 0 ? all.images.take(std::min(o.images, all.images.size())) : all.images;
  report("\nlikelihoods of {} images, {}", images.size(), all.kind);
  const double reconstruction = evaluate(vae, images)["reconstruction"];
  report("{:<26}{:.3f}", "-log p(x|z), nats", reconstruction);
  table.figure("reconstruction", reconstruction);
  const bool has_density = vae.parts().posterior().has_log_q();
  LogLikelihoodFigures sampled;
  if (has_density) {
    // One importance sample's log-weight is one of the ELBO's.
    table.row_with_interval("-ELBO, nats", "negative_elbo",
                            measure_log_likelihood(vae, images, {.samples = 1}).nll());
    sampled = report_likelihood(vae, images, o.samples, table, all.level_width);
  } else {
    report("{:<26}a {} has no density: annealing alone", "importance samples",
           vae.parts().posterior().kind());
  }
  if (o.annealed_images == 0) return;
  const Dataset few = images.take(std::min(o.annealed_images, images.size()));
  const auto annealed = measure_annealed_log_likelihood(vae, few, o.annealing);
  report("the first {} by annealing: {} distributions, {} chains each, {:.0f} % of the moves accepted",
         few.size(), o.annealing.distributions, o.annealing.chains, 100 * annealed.acceptance);
  const auto row = [](const char* name, double value, double error) {
    report("{:<26}{:.3f} ± {:.2g} (Monte Carlo)", name, value, error);
  };
  row("-log p(x), annealing", -annealed.mean.value, annealed.monte_carlo_error);
  table.figure("annealed_nll", -annealed.mean.value);
  table.figure("annealed_monte_carlo_error", annealed.monte_carlo_error);
  if (!has_density) return;
  double value = 0, squares = 0;
  const double n = static_cast<double>(few.size());
  for (std::size_t i = 0; i < annealed.of_samples.size(); ++i) {
    value -= sampled.of_samples[i].value / n;
    squares += sampled.of_samples[i].standard_error * sampled.of_samples[i].standard_error;
  }
  row("-log p(x), importance", value, std::sqrt(squares) / n);
  row("annealing finds more by", value + annealed.mean.value,
      std::hypot(annealed.monte_carlo_error, std::sqrt(squares) / n));
  table.figure("annealing_gain", value + annealed.mean.value);
}

void report_usage(const MnistVae& vae, const Dataset& images, MeasureTable& table) {
  const Images some{all_of(images).pixels, vae.classes() > 0 ? images.labels() : std::vector<int>{}};
  const LatentUsageFigures usage = measure_latent_usage<float>(vae, as_const(some.pixels), some.labels);
  report("\nlatent space, {} images", images.size());
  report("{:<26}{} of {} dimensions", "active", usage.active_units, vae.latent_size());
  table.figure("active_units", static_cast<double>(usage.active_units));
  if (usage.mutual_information) table.row("I(x; z), nats", "mutual_information", *usage.mutual_information);
  if (usage.kl_by_dimension.empty()) return;
  std::vector<double> kl = usage.kl_by_dimension;
  std::sort(kl.rbegin(), kl.rend());
  double sum = 0;
  std::string line = fmt::format("{:<26}", "KL of each dimension");
  for (std::size_t d = 0; d < kl.size(); ++d) {
    line += fmt::format("{}{:.2f}", d == 0 ? "" : d % 10 == 0 ? "\n" + std::string(26, ' ') : " ", kl[d]);
    sum += kl[d];
  }
  report("{}\n{:<26}{:.2f}", line, "their sum, nats", sum);
  table.figure("kl", sum);
  table.figures("kl_by_dimension", usage.kl_by_dimension);
}

ExitCode run(const EvaluationOptions& o) {
  if (o.model != "vae")
    throw ConfigError(fmt::format("{}: is of a {}, and not of a vae", o.weights, o.model));
  MnistVae vae = make_trained_mnist_vae(o.networks);
  load_weights(o.weights, vae);
  const data::Mnist grey = load_data(o);
  if (grey.test.size() < 2 * fewest_judged)
    throw ConfigError(
        fmt::format("{}: {} test images are too few to judge by", grey.test.name(), grey.test.size()));
  report(
      "{}: {} architecture, {} latent dimensions, {} posterior, {} prior, {} likelihood; {} threads, {} kernels",
      o.weights, o.networks.architecture, o.networks.latent, o.networks.posterior, o.networks.prior,
      o.networks.likelihood, num_threads(), kernels::isa_name(kernels::isa()));
  MeasureTable table = report_comparison(
      {o.networks.dataset, draw(std::as_const(vae), o.judged, o.networks.seed), all_of(grey.test), o.judged},
      "the model", grey.test);
  const CostedImages all = costed(grey.test, o);
  report_usage(vae, all.images.take(std::min(o.usage_images, all.images.size())), table);
  if (*all.kind != 0)
    report_likelihoods(vae, all, o, table);
  else
    report(
        "\nno likelihoods: gray pixels have no probability under a bernoulli likelihood; leave out --grey");
  table.write(o.networks.file("measures.json"));
  report("{}", o.networks.file("measures.json").string());
  return success;
}

}  // namespace

int main(int argc, char** argv) {
  EvaluationOptions o;
  o.networks.out = "out/mnist_evaluate";
  CLI::App app{
      "Says all of a trained VAE on one page.\n\nExit codes: 0 success, 1 run-time error, 2 wrong usage"};
  app.get_formatter()->column_width(34);
  add(app, o);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? success : wrong_usage;
  }
  return run_guarded([&] {
    if (o.networks.threads > 0) set_num_threads(o.networks.threads);
    prepare_output_folder(o.networks.out);
    prepare_output_file(o.networks.file("measures.json"));
    describe_from_file(app, o);
    return run(o);
  });
}
