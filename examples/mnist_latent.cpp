// Draws what the latent space of a trained model looks like: from a weight file of any training program, or
// of a small VAE that it trains for the purpose.

#include <eigenerate/io/scatter_picture.hpp>
#include <eigenerate/metrics/principal_components.hpp>
#include <eigenerate/metrics/row_variances.hpp>
#include <eigenerate/models/complete.hpp>
#include <eigenerate/models/complete_by_search.hpp>
#include <eigenerate/models/inverted_gan.hpp>
#include <numeric>

#include "support/mnist_weights.hpp"

using namespace examples;

namespace {

struct LatentOptions : MnistWeights {
  int from = 4, to = 9;

  fs::path file(const char* name) const { return networks.file(name); }
};

/// The first images of a set, as a model takes them.
struct Digits {
  Matrix<float> x;
  std::vector<int> kinds, labels;  // the second ones for a conditional model

  template <class M>
  Digits(const Dataset& data, Index n, const M& model) {
    const Dataset first = data.take(std::min(n, data.size()));
    x = first.samples();
    kinds = first.labels();
    if (model.classes() > 0) labels = kinds;
  }
};

/// One model's pictures.
template <class M>
class LatentPictures {
 public:
  LatentPictures(const LatentOptions& o, const M& model, const Dataset& test, Index embedded)
      : o_(o), model_(model), range_(test.value_range()), digits_(test, embedded, model) {
    codes_ = model_.embed(digits_.x, digits_.labels);
  }

  /// The codes of images along their two principal components, colored by their labels.
  void projection() const {
    const auto axes = principal_components(as_const(codes_));
    const auto share = [&](Index k) { return fmt::format("{:.1f} %", 100 * axes.shares()(k)); };
    const Matrix<float> points = axes.project(codes_);
    const fs::path file = o_.file("projection.png");
    write_png(file, scatter_picture(as_const(points), digits_.kinds, {.across = share(0), .up = share(1)}));
    report("{}: {} test images, {} and {} of the variance of their codes", file.string(), points.cols(),
           share(0), share(1));
  }

  /// All that two latent dimensions decode to; of more, the plane of the principal components.
  void manifold() const {
    const Index side = 20;
    if (model_.latent_size() == 2 && model_.has_standard_normal_latent())
      return grid("manifold.png", model_.manifold(side, side, label()), side);
    const auto axes = principal_components(as_const(codes_));
    const Vector<float> spread = axes.variance.cwiseSqrt().template cast<float>();
    grid("manifold.png",
         model_.manifold(LatentPlane<float>{axes.mean, axes.directions.col(0) * spread(0),
                                            axes.directions.col(1) * spread(1)},
                         side, side, label()),
         side);
  }

  /// One image along each of the ten dimensions in which codes differ most.
  void traversal() const {
    const Index steps = 11, latent = model_.latent_size() - model_.code().size(),
                rows = std::min<Index>(10, latent);
    const std::vector<double> spread = row_variances(as_const(codes_));
    std::vector<Index> order(static_cast<std::size_t>(latent));
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
      return spread[static_cast<std::size_t>(a)] > spread[static_cast<std::size_t>(b)];
    });
    Matrix<float> tiles(784, rows * steps);
    for (Index row = 0; row < rows; ++row)
      tiles.middleCols(row * steps, steps) =
          model_.traverse(digits_.x.leftCols(1), LatentDimension{order[static_cast<std::size_t>(row)]}, steps,
                          labels_of_first(1), {.reach = 2.5});
    grid("traversal.png", tiles, steps);
  }

  /// Images of one label, and on their way to another one: z + weight · (mean of `to` − mean of `from`).
  void arithmetic() const {
    const std::vector<double> weights{0, 0.25, 0.5, 0.75, 1, 1.25};
    const auto columns = static_cast<Index>(weights.size()) + 1;
    const Vector<float> direction = latent_direction(as_const(codes_), digits_.kinds, o_.from, o_.to);
    std::vector<Index> chosen;
    for (std::size_t i = 0; i < digits_.kinds.size() && chosen.size() < 8; ++i)
      if (digits_.kinds[i] == o_.from) chosen.push_back(static_cast<Index>(i));
    const auto rows = static_cast<Index>(chosen.size());
    const Matrix<float> x = digits_.x(Eigen::all, chosen);
    const std::vector<int> labels(digits_.labels.empty() ? 0 : chosen.size(), o_.from);
    Matrix<float> tiles(784, rows * columns);
    tiles(Eigen::all, Eigen::seqN(0, rows, columns)) = x;
    for (Index k = 1; k < columns; ++k)
      tiles(Eigen::all, Eigen::seqN(k, rows, columns)) =
          model_.shift(x, direction, weights[static_cast<std::size_t>(k) - 1], labels);
    grid("arithmetic.png", tiles, columns);
  }

  /// Neighbouring images, and the spheres between them.
  void interpolation() const {
    const Index steps = 11, rows = std::min<Index>(8, digits_.x.cols() / 2);
    Matrix<float> tiles(784, rows * steps);
    for (Index row = 0; row < rows; ++row) {
      std::optional<int> label;
      if (model_.classes() > 0) label = digits_.kinds[static_cast<std::size_t>(2 * row)];
      tiles.middleCols(row * steps, steps) =
          model_.interpolate(digits_.x.middleCols(2 * row, 1), digits_.x.middleCols(2 * row + 1, 1), steps,
                             {.path = LatentPath::spherical, .label = label});
    }
    grid("interpolation_spherical.png", tiles, steps);
  }

  /// Images, what is seen of them, and what they may be: six draws and their mean, or by the search one
  /// answer.
  void completion() const {
    const Index rows = std::min<Index>(10, digits_.x.cols()), draws = 6;
    const Matrix<float> x = digits_.x.leftCols(rows);
    Matrix<float> mask = Matrix<float>::Zero(784, 1), seen = x;
    mask.topRows(392).setOnes();
    seen.bottomRows(392).setConstant(static_cast<float>(range_.low + 0.3 * (range_.high - range_.low)));
    std::vector<Matrix<float>> columns{x, seen};
    if constexpr (requires { model_.parts(); }) {
      if (model_.parts().posterior().has_density()) {
        const auto found = complete(model_, x, mask, labels_of_first(rows),
                                    {.draws = 128, .completions = draws, .seed = o_.networks.seed});
        for (Index k = 0; k < draws; ++k) columns.push_back(found.x(Eigen::all, Eigen::seqN(k, rows, draws)));
        columns.push_back(found.mean);
        report("completions: {:.1f} of 128 draws are effective, on average", found.effective_draws.mean());
      }
    }
    if (columns.size() == 2) {
      report("completions: by the search, for want of a posterior with a density");
      columns.push_back(searched(x, mask, labels_of_first(rows)).x);
    }
    const auto count = static_cast<Index>(columns.size());
    Matrix<float> tiles(784, rows * count);
    for (Index k = 0; k < count; ++k)
      tiles(Eigen::all, Eigen::seqN(k, rows, count)) = columns[static_cast<std::size_t>(k)];
    grid("completion.png", tiles, count);
  }

 private:
  /// A label for what is drawn of a conditional model without an image.
  std::optional<int> label() const { return model_.classes() > 0 ? std::optional(o_.from) : std::nullopt; }
  std::vector<int> labels_of_first(Index n) const {
    return {digits_.labels.begin(), digits_.labels.begin() + (digits_.labels.empty() ? 0 : n)};
  }

  FoundCompletion<float> searched(const Matrix<float>& x, const Matrix<float>& mask,
                                  const std::vector<int>& labels) const {
    if constexpr (requires { model_.gan(); })
      return complete_by_search(model_, x, mask, labels);
    else
      return complete_by_search(model_, x, mask, labels, {.prior_weight = 0.02});
  }

  void grid(const char* name, const Matrix<float>& tiles, Index columns) const {
    write_image_grid(o_.file(name), as_const(tiles), {1, 28, 28}, {.columns = columns, .range = range_});
    report("{}", o_.file(name).string());
  }

  const LatentOptions& o_;
  const M& model_;
  ValueRange range_;
  Digits digits_;
  Matrix<float> codes_;
};

template <class M>
void draw(const LatentOptions& o, const M& model, const Dataset& test, Index embedded) {
  const LatentPictures<M> pictures(o, model, test, embedded);
  pictures.projection();
  pictures.manifold();
  pictures.traversal();
  pictures.arithmetic();
  pictures.interpolation();
  pictures.completion();
}

/// A GAN has no encoder: what it is shown is searched for.
void draw(const LatentOptions& o, const MnistGan& gan, const Dataset& test) {
  draw(o, InvertedGan{gan, {.starts = 2, .prior_weight = 0.01}}, test, 200);
}
template <class M>
void draw(const LatentOptions& o, const M& model, const Dataset& test) {
  draw(o, model, test, 2000);
}

}  // namespace

int main(int argc, char** argv) {
  LatentOptions o;
  o.networks.out = "out/mnist_latent";
  CLI::App app{
      "Draws the latent space of trained weights, or of a VAE that it trains first.\n\nExit codes: 0 success, 1 "
      "run-time error, 2 wrong usage, 3 training diverged"};
  app.get_formatter()->column_width(34);
  app.add_option("--weights", o.weights, "Safetensors file of a training program (default: trains a VAE)");
  add_weight_options(app, o);
  app.add_option("--from", o.from, "Class whose images are moved")
      ->check(CLI::Range(0, 9))
      ->capture_default_str();
  app.add_option("--to", o.to, "Class that they are moved to")
      ->check(CLI::Range(0, 9))
      ->capture_default_str();
  app.add_option("--dataset", o.networks.dataset, "Data set")
      ->check(CLI::IsMember({"mnist", "fashion"}))
      ->capture_default_str();
  app.add_option("--data", o.networks.data, "Folder with its four IDX files, plain or .gz");
  app.add_option("--epochs", o.networks.epochs, "Passes over the training data, without weights")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--seed", o.networks.seed, "Of training and of what is drawn")->capture_default_str();
  app.add_option("--threads", o.networks.threads, "Threads; 0 is one per core")->check(CLI::Range(0, 1024));
  app.add_option("--out", o.networks.out, "Folder for the pictures")->capture_default_str();
  app.add_flag("--quiet", o.networks.quiet, "No progress on standard error");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? success : wrong_usage;
  }
  return run_guarded([&] {
    if (o.networks.threads > 0) set_num_threads(o.networks.threads);
    prepare_output_folder(o.networks.out);
    if (!o.weights.empty()) {
      describe_from_file(app, o);
      const data::Mnist digits = load_data(o);
      with_model(o, [&](const auto& model) { draw(o, model, digits.test); });
      return success;
    }
    if (!o.model.empty() && o.model != "vae")
      throw ConfigError(fmt::format("--model {} needs --weights: only a vae is trained here", o.model));
    const data::Mnist digits =
        images_for(o.networks.likelihood, load_data(o.networks, data::PixelRange::unit));
    MnistVae vae = make_mnist_vae(o.networks, {.optimizer = Adam{1e-3}, .seed = o.networks.seed});
    Trainer trainer{{.epochs = o.networks.epochs, .batch_size = 128, .seed = o.networks.seed},
                    ProgressBar{!o.networks.quiet}};
    trainer.fit(vae, digits.train);
    draw(o, vae, digits.test);
    return success;
  });
}
