// Draws samples from trained weights: from a file of a training program alone, or from any safetensors
// file whose model the options describe.

#include "support/mnist_weights.hpp"

using namespace examples;

namespace {

struct SampleOptions : MnistWeights {
  Index rows = 10, columns = 10;
  int label = -1;
  std::string out = "samples.png";
};

/// A conditional model shows one class per column, unless one class is asked for.
template <class M>
void draw(const M& model, const SampleOptions& o) {
  std::vector<int> labels;
  if (o.networks.labels())
    for (Index i = 0; i < o.rows * o.columns; ++i)
      labels.push_back(o.label >= 0 ? o.label : static_cast<int>(i % o.columns % 10));
  else if (o.label >= 0)
    throw ConfigError("--label needs the weights of a conditional model");
  const RandomStream random{o.networks.seed, Purpose::sampling};
  const Matrix<float> samples =
      labels.empty() ? model.sample(o.rows * o.columns, random) : model.sample(labels, random);
  write_image_grid(o.out, as_const(samples), {1, 28, 28}, {.columns = o.columns, .range = range_of(model)});
  report("{}", o.out);
}

}  // namespace

int main(int argc, char** argv) {
  SampleOptions o;
  CLI::App app{
      "Draws a grid of samples from trained weights.\n\nExit codes: 0 success, 1 run-time error, 2 wrong "
      "usage"};
  app.get_formatter()->column_width(34);
  app.add_option("--weights", o.weights, "Safetensors file of a training program or of PyTorch")->required();
  add_weight_options(app, o);
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
    with_model(o, [&](const auto& model) { draw(model, o); });
    return success;
  });
}
