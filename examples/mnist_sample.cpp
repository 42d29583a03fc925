// Draws samples from trained weights: from a file of mnist_vae or mnist_gan alone, or from any safetensors
// file whose model the options describe.

#include "support/mnist_program.hpp"

using namespace examples;

namespace {

struct SampleOptions {
  std::string weights;
  std::string model;  // empty: what the file says
  MnistOptions networks;
  Index rows = 10, columns = 10;
  int label = -1;
  std::string out = "samples.png";
};

/// Fills in what the command line left open from the file's description of its model.
void describe_from_file(const CLI::App& app, SampleOptions& o) {
  const SafetensorsReader reader(o.weights);
  const auto fill = [&](const char* key, auto&& use) {
    if (app.count(std::string("--") + key) > 0) return;
    const auto at = reader.header().metadata.find(key);
    if (at == reader.header().metadata.end() || !use(at->second))
      throw IoError(fmt::format("{}: does not say what to build around it: --{} is needed", o.weights, key));
  };
  const auto one_of = [](std::string& option, std::initializer_list<const char*> known) {
    return [&option, known](const std::string& text) {
      option = text;
      return std::find(known.begin(), known.end(), text) != known.end();
    };
  };
  fill("model", one_of(o.model, {"vae", "gan"}));
  fill("architecture", one_of(o.networks.architecture, {"mlp", "conv"}));
  fill("latent", [&](const std::string& text) {
    return CLI::detail::lexical_cast(text, o.networks.latent) && o.networks.latent > 0 &&
           o.networks.latent <= 4096;
  });
  fill("conditional", [&](const std::string& text) {
    o.networks.conditional = text == "yes";
    return text == "yes" || text == "no";
  });
}

/// A conditional model shows one class per column, unless one class is asked for.
template <class M>
void draw(M model, const SampleOptions& o) {
  load_weights(o.weights, model);
  std::vector<int> labels;
  if (o.networks.conditional)
    for (Index i = 0; i < o.rows * o.columns; ++i)
      labels.push_back(o.label >= 0 ? o.label : static_cast<int>(i % o.columns % 10));
  else if (o.label >= 0)
    throw ConfigError("--label needs the weights of a conditional model");
  const RandomStream random{o.networks.seed, Purpose::sampling};
  const Matrix<float> samples =
      labels.empty() ? model.sample(o.rows * o.columns, random) : model.sample(labels, random);
  write_image_grid(o.out, as_const(samples), {1, 28, 28},
                   {.columns = o.columns, .range = model.sample_range().value()});
  report("{}", o.out);
}

}  // namespace

int main(int argc, char** argv) {
  SampleOptions o;
  CLI::App app{
      "Draws a grid of samples from trained weights.\n\nExit codes: 0 success, 1 run-time error, 2 wrong "
      "usage"};
  app.get_formatter()->column_width(34);
  app.add_option("--weights", o.weights, "Safetensors file of mnist_vae, mnist_gan or PyTorch")->required();
  app.add_option("--model", o.model,
                 "What the weights are of (default: what the file says, as for the next three)")
      ->check(CLI::IsMember({"vae", "gan"}));
  app.add_option("--architecture", o.networks.architecture, "Its networks")
      ->check(CLI::IsMember({"mlp", "conv"}));
  app.add_option("--latent", o.networks.latent, "Size of its latent vector")->check(CLI::Range(1, 4096));
  app.add_option("--conditional", o.networks.conditional, "Whether it was trained with labels");
  app.add_option("--label", o.label, "Class to draw, for a conditional model (default: one per column)")
      ->check(CLI::Range(0, 9));
  app.add_option("--rows", o.rows, "Rows of the grid")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--columns", o.columns, "Columns of the grid")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seed", o.networks.seed, "Of the latent vectors")->capture_default_str();
  app.add_option("--out", o.out, "The picture")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? success : wrong_usage;
  }
  return run_guarded([&] {
    prepare_output_file(o.out);
    describe_from_file(app, o);
    if (o.model == "vae")
      draw(make_mnist_vae(o.networks), o);
    else
      draw(make_mnist_gan(o.networks), o);
    return success;
  });
}
