// Trains a variational autoencoder on MNIST or Fashion-MNIST and draws samples, reconstructions and a path
// through its latent space.

#include "support/mnist_program.hpp"

using namespace examples;

namespace {

/// Test images and what the model makes of them, in pairs of rows.
void write_reconstructions(const fs::path& path, const MnistVae& vae, const Dataset& test) {
  const Index columns = 10, rows = std::min<Index>(5, test.size() / columns);
  Matrix<float> tiles(784, 2 * rows * columns);
  for (Index row = 0; row < rows; ++row) {
    Matrix<float> x(784, columns);
    std::vector<int> labels;
    for (Index i = 0; i < columns; ++i) {
      x.col(i) = test.sample(row * columns + i);
      if (vae.classes() > 0) labels.push_back(test.label(row * columns + i));
    }
    tiles.middleCols(2 * row * columns, columns) = x;
    tiles.middleCols((2 * row + 1) * columns, columns) = vae.reconstruct(as_const(x), labels);
  }
  write_image_grid(path, as_const(tiles), test.sample_shape(),
                   {.columns = columns, .range = test.value_range()});
}

/// One row for each pair of neighbouring test images: the decoded line between their posterior means. A
/// conditional model keeps the first one's label, so its rows show one class in two styles.
void write_interpolations(const fs::path& path, const MnistVae& vae, const Dataset& test) {
  const Index steps = 11, rows = std::min<Index>(8, test.size() / 2);
  Matrix<float> tiles(784, rows * steps);
  for (Index row = 0; row < rows; ++row) {
    const Matrix<float> from = test.sample(2 * row), to = test.sample(2 * row + 1);
    const auto label = vae.classes() > 0 ? std::optional(test.label(2 * row)) : std::nullopt;
    tiles.middleCols(row * steps, steps) = vae.interpolate(as_const(from), as_const(to), steps, label);
  }
  write_image_grid(path, as_const(tiles), test.sample_shape(),
                   {.columns = steps, .range = test.value_range()});
}

}  // namespace

int main(int argc, char** argv) {
  MnistOptions defaults;
  defaults.out = "out/mnist_vae";
  double learning_rate = 1e-3;
  const auto add = [&](CLI::App& app, MnistOptions& o) {
    add_options(app, o, {"concat"});
    app.add_option("--learning-rate", learning_rate, "Of Adam")
        ->check(positive_number())
        ->capture_default_str();
  };
  return run_mnist_program(argc, argv, "Trains a variational autoencoder on MNIST or Fashion-MNIST.",
                           defaults, add, [&](const MnistOptions& o) {
                             const data::Mnist digits = load_data(o, data::PixelRange::unit);
                             report_setting(o, digits);
                             const fs::path reconstructions = o.file("reconstructions.png"),
                                            interpolation = o.file("interpolation.png");
                             for (const fs::path& picture : {reconstructions, interpolation})
                               prepare_output_file(picture);
                             MnistVae vae =
                                 make_mnist_vae(o, {.optimizer = Adam{learning_rate}, .seed = o.seed});
                             const ExitCode code = train(vae, description_of("vae", o), digits, o);
                             write_reconstructions(reconstructions, vae, digits.test);
                             write_interpolations(interpolation, vae, digits.test);
                             report("{}\n{}", reconstructions.string(), interpolation.string());
                             return code;
                           });
}
