#pragma once
// What the programs share whose models have an encoder: pictures of what it is good for.

#include "mnist_program.hpp"

namespace examples {

/// Test images and what the model makes of them, in pairs of rows.
template <class M>
void write_reconstructions(const fs::path& path, const M& model, const Dataset& test) {
  const Index columns = 10, rows = std::min<Index>(5, test.size() / columns);
  Matrix<float> tiles(784, 2 * rows * columns);
  for (Index row = 0; row < rows; ++row) {
    Matrix<float> x(784, columns);
    std::vector<int> labels;
    for (Index i = 0; i < columns; ++i) {
      x.col(i) = test.sample(row * columns + i);
      if (model.classes() > 0) labels.push_back(test.label(row * columns + i));
    }
    tiles.middleCols(2 * row * columns, columns) = x;
    tiles.middleCols((2 * row + 1) * columns, columns) = model.reconstruct(as_const(x), labels);
  }
  write_image_grid(path, as_const(tiles), test.sample_shape(),
                   {.columns = columns, .range = test.value_range()});
}

/// One row for each pair of neighbouring test images: the decoded line between their posterior means. A
/// conditional model keeps the first one's label, so its rows show one class in two styles.
template <class M>
void write_interpolations(const fs::path& path, const M& model, const Dataset& test) {
  const Index steps = 11, rows = std::min<Index>(8, test.size() / 2);
  Matrix<float> tiles(784, rows * steps);
  for (Index row = 0; row < rows; ++row) {
    const Matrix<float> from = test.sample(2 * row), to = test.sample(2 * row + 1);
    const auto label = model.classes() > 0 ? std::optional(test.label(2 * row)) : std::nullopt;
    tiles.middleCols(row * steps, steps) = model.interpolate(as_const(from), as_const(to), steps, label);
  }
  write_image_grid(path, as_const(tiles), test.sample_shape(),
                   {.columns = steps, .range = test.value_range()});
}

/// `train`, and then reconstructions and a path through the latent space. `more` are its last arguments.
template <class M, class... More>
ExitCode train_autoencoder(M& model, const std::map<std::string, std::string>& description,
                           const data::Mnist& digits, const MnistOptions& o, More&&... more) {
  const fs::path reconstructions = o.file("reconstructions.png"), interpolation = o.file("interpolation.png");
  for (const fs::path& picture : {reconstructions, interpolation}) prepare_output_file(picture);
  const ExitCode code = train(model, description, digits, o, std::forward<More>(more)...);
  write_reconstructions(reconstructions, model, digits.test);
  write_interpolations(interpolation, model, digits.test);
  report("{}\n{}", reconstructions.string(), interpolation.string());
  return code;
}

}  // namespace examples
