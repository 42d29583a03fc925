// Changes one factor of an image and keeps the rest, and measures both: the class of what a conditional VAE
// and a conditional InfoGAN draw, and the codes of the latter, which come to mean what nobody named. What
// changes and what is kept is told by a classifier, by the slant and by the width of the strokes.

#include <eigenerate/metrics/rank_correlation.hpp>
#include <eigenerate/metrics/slant.hpp>
#include <eigenerate/metrics/stroke_width.hpp>

#include "support/fit_phase.hpp"
#include "support/small_networks.hpp"

using namespace examples;

namespace {

struct ControlOptions : MnistOptions {
  Index gan_epochs = 20;
  double code_weight = 0.3;
  Index samples = 2000;
};

void add(CLI::App& app, ControlOptions& o) {
  add_data_options(app, o);
  add_training_options(app, o);
  app.add_flag("--unlabelled{no}", o.conditional,
               "Give the GAN no labels: a code of ten values is left to become the class");
  app.add_option("--latent", o.latent, "Size of the VAE's latent vector")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.get_option("--epochs")->description("Passes over the training data, of the VAE");
  app.add_option("--gan-epochs", o.gan_epochs, "Passes of the GAN")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--code-weight", o.code_weight, "Of the GAN's continuous codes in its loss")
      ->check(number_not_negative())
      ->capture_default_str();
  app.add_option("--samples", o.samples, "Latent vectors by which each control is measured")
      ->check(CLI::Range(100, 100000))
      ->capture_default_str();
}

const Shape image_shape{1, 28, 28};

MnistGan make_gan(const ControlOptions& o) {
  const LatentCode code{.categorical = o.labels() ? 0 : 1, .categories = 10, .continuous = 2};
  const CodeHead head{.code = code, .continuous_weight = o.code_weight};
  const AnyLayer<float> logit =
      o.labels() ? AnyLayer<float>(ProjectCondition{}) : AnyLayer<float>(Linear{infer, 1});
  LayerList judge;
  add_small_judge(judge).add(
      Concat{logit, Sequential{Linear{infer, 64}, LeakyRelu{0.2}, Linear{64, head.plan().channels}}});
  GanOptions options = small_gan_options(o.classes(), o.seed);
  options.terms.push_back(head);
  return MnistGan{small_decoder().add(Tanh{}).sequential(), judge.sequential(), options};
}

/// What images are made from: latent vectors, and a class of each.
struct Points {
  Matrix<float> z;
  std::vector<int> classes;
};

/// A model whose images have a class, by a label or by a code of ten values.
template <class M>
struct Controlled {
  const M& model;

  LatentCode code() const { return model.code(); }
  Points draw(Index n, const RandomStream& random) const {
    Points points{Matrix<float>(model.latent_size(), n), {}};
    model.draw_latent(random, as_view(points.z));
    for (Index i = 0; i < n; ++i)
      points.classes.push_back(
          static_cast<int>(uniform_below(10, random.lane(2), static_cast<std::uint64_t>(i))));
    return points;
  }
  Matrix<float> decode(Points points) const {
    if (model.classes() == 0)
      for (Index i = 0; i < points.z.cols(); ++i)
        code().set(as_view(points.z), i, 0, points.classes[static_cast<std::size_t>(i)]);
    const std::span<const int> labels(points.classes);
    Matrix<float> images =
        model.decode(as_const(points.z), labels.first(model.classes() > 0 ? labels.size() : 0));
    to_unit(images, range_of(model));
    return images;
  }
  /// Gives continuous code `which` of all vectors a value.
  void set_code(Points& points, Index which, double value) const {
    for (Index i = 0; i < points.z.cols(); ++i)
      code().set(as_view(points.z), i, code().categorical + which, value);
  }
  std::vector<double> code_of(const Points& points, Index which) const {
    const auto row = points.z.row(points.z.rows() - code().continuous + which);
    return {row.begin(), row.end()};
  }
};

/// What is seen of images. Slants and widths are those beside the mean of their class, as classes have their
/// own.
struct Seen {
  std::vector<int> told;
  std::vector<double> slant, width;          // as measured
  std::vector<double> own_slant, own_width;  // less the mean of their class

  Seen(const FeatureClassifier& classifier, const Matrix<float>& images, const std::vector<int>& classes)
      : told(most_likely_labels(classifier.probabilities(classifier.features(images)))),
        slant(eigenerate::slant(images, image_shape).of_image),
        width(stroke_width(images, image_shape).of_image),
        own_slant(less_mean_of_class(slant, classes)),
        own_width(less_mean_of_class(width, classes)) {}

 private:
  static std::vector<double> less_mean_of_class(std::vector<double> x, const std::vector<int>& classes) {
    std::array<double, 10> sum{}, count{};
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum[static_cast<std::size_t>(classes[i])] += x[i];
      count[static_cast<std::size_t>(classes[i])] += 1;
    }
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] -= sum[static_cast<std::size_t>(classes[i])] / count[static_cast<std::size_t>(classes[i])];
    return x;
  }
};

Estimate percent(const Estimate& share) {
  return {100 * share.value, 100 * share.standard_error};
}
Estimate agreement(const std::vector<int>& a, const std::vector<int>& b) {
  double same = 0;
  for (std::size_t i = 0; i < a.size(); ++i) same += a[i] == b[i] ? 1 : 0;
  return share_of(same, static_cast<double>(a.size()));
}
Estimate mean_difference(const std::vector<double>& from, const std::vector<double>& to) {
  std::vector<double> differences(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) differences[i] = to[i] - from[i];
  return mean_of(differences);
}

/// Of each class that can be asked for the digit that is told most often: that of a label is its own.
template <class M>
std::vector<int> digits_of(const Controlled<M>& controlled, const Seen& seen,
                           const std::vector<int>& classes) {
  Matrix<double> counts = Matrix<double>::Zero(10, 10);  // digits × classes
  for (std::size_t i = 0; i < classes.size(); ++i) ++counts(seen.told[i], classes[i]);
  std::vector<int> digits;
  for (Index c = 0; c < 10; ++c) {
    Index digit = c;
    if (controlled.model.classes() == 0) counts.col(c).maxCoeff(&digit);
    digits.push_back(static_cast<int>(digit));
  }
  return digits;
}

/// Both tables of a model: what is left after a control was drawn anew, and what changes along a code.
template <class M>
void measure(const Controlled<M>& controlled, const std::string& name, const std::string& key,
             const ControlOptions& o, nlohmann::ordered_json& json) {
  const FeatureClassifier classifier = o.dataset == "fashion" ? fashion_features() : digit_features();
  const RandomStream random{o.seed, Purpose::evaluation};
  const Points before = controlled.draw(o.samples, random),
               other = controlled.draw(o.samples, random.lane(3));
  const Seen at_first(classifier, controlled.decode(before), before.classes);
  const auto look = [&](const Points& points) {
    return Seen(classifier, controlled.decode(points), points.classes);
  };

  const std::vector<int> digits = digits_of(controlled, at_first, before.classes);
  std::vector<int> asked;
  for (const int c : before.classes) asked.push_back(digits[static_cast<std::size_t>(c)]);
  const Estimate obeyed = agreement(at_first.told, asked);
  std::vector<int> distinct = digits;
  std::sort(distinct.begin(), distinct.end());
  const auto values = std::unique(distinct.begin(), distinct.end()) - distinct.begin();
  report("\n{}: the class asked for is told in {} % of images{}", name, to_string(percent(obeyed), 3),
         controlled.model.classes() > 0 ? "" : fmt::format("; the ten values are {} classes", values));
  json[key]["asked"] = {obeyed.value, obeyed.standard_error};
  json[key]["classes"] = values;

  report("{:<28}{:>20}{:>20}{:>20}", "drawn anew", "class kept, %", "slant kept", "width kept");
  const auto kept = [&](const std::string& what, const char* control, const Points& points) {
    const Seen after = look(points);
    const Estimate same = agreement(at_first.told, after.told),
                   slants = rank_correlation(at_first.own_slant, after.own_slant),
                   widths = rank_correlation(at_first.own_width, after.own_width);
    report("{:<28}{:>20}{:>20}{:>20}", what, to_string(percent(same), 3), to_string(slants, 2),
           to_string(widths, 2));
    json[key][control]["class_kept"] = {same.value, same.standard_error};
    json[key][control]["slant_kept"] = {slants.value, slants.standard_error};
    json[key][control]["width_kept"] = {widths.value, widths.standard_error};
  };
  kept("the class", "class", {before.z, other.classes});
  kept("all but the class", "style", {other.z, before.classes});
  const Index codes = controlled.code().continuous;
  for (Index which = 0; which < codes; ++which) {
    Points moved = before;
    moved.z.row(moved.z.rows() - codes + which) = other.z.row(moved.z.rows() - codes + which);
    kept(fmt::format("code {}", which), which == 0 ? "code_0" : "code_1", moved);
  }
  kept("everything", "everything", other);
  if (codes == 0) return;

  report("{:<28}{:>20}{:>20}{:>20}{:>20}", "code from -1 to 1", "slant, degrees", "width, pixels",
         "rank corr., slant", "width");
  for (Index which = 0; which < codes; ++which) {
    Points low = before, high = before;
    controlled.set_code(low, which, -1);
    controlled.set_code(high, which, 1);
    const Seen from = look(low), to = look(high);
    const std::vector<double> code = controlled.code_of(before, which);
    const Estimate slants = mean_difference(from.slant, to.slant),
                   widths = mean_difference(from.width, to.width),
                   with_slant = rank_correlation(code, at_first.own_slant),
                   with_width = rank_correlation(code, at_first.own_width);
    report("{:<28}{:>20}{:>20}{:>20}{:>20}", fmt::format("code {}", which), to_string(slants, 3),
           to_string(widths, 2), to_string(with_slant, 2), to_string(with_width, 2));
    nlohmann::ordered_json& of_code = json[key][which == 0 ? "code_0" : "code_1"];
    for (const auto& [measure, e] : {std::pair{"slant_change", slants},
                                     {"width_change", widths},
                                     {"slant_correlation", with_slant},
                                     {"width_correlation", with_width}})
      of_code[measure] = {e.value, e.standard_error};
  }
  const std::vector<double> chance = controlled.code_of(other, 0);
  report("{:<28}{:>20}{:>20}{:>20}{:>20}", "a code of other images", "", "",
         to_string(rank_correlation(chance, at_first.own_slant), 2),
         to_string(rank_correlation(chance, at_first.own_width), 2));
}

/// Rows of ten images along each control: the ten classes, then each code from −1 to 1.
template <class M>
std::vector<Matrix<float>> rows_along(const Controlled<M>& controlled, std::uint64_t seed) {
  constexpr Index columns = 10, rows = 3;
  std::vector<Matrix<float>> all;
  for (Index control = -1; control < controlled.code().continuous; ++control)
    for (Index row = 0; row < rows; ++row) {
      const Points one = controlled.draw(
          1, RandomStream{seed, Purpose::sampling}.lane(10 + static_cast<std::uint64_t>(row)));
      Points along{one.z.replicate(1, columns), std::vector<int>(columns, one.classes.front())};
      for (Index i = 0; i < columns; ++i)
        if (control < 0)
          along.classes[static_cast<std::size_t>(i)] = static_cast<int>(i);
        else
          controlled.code().set(as_view(along.z), i, controlled.code().categorical + control,
                                2 * static_cast<double>(i) / (columns - 1) - 1);
      all.push_back(controlled.decode(along));
    }
  return all;
}

ExitCode run(const ControlOptions& o) {
  for (const char* file : {"measures.json", "controls.png"}) prepare_output_file(o.file(file));
  const data::Mnist images = load_data(o, data::PixelRange::unit);
  report_setting(o, images);
  MnistVae vae = small_vae(o.latent, o.seed);
  FitResult result = fit_phase(vae, o, o.epochs, o.file("vae"), Resume::required, images.train, images.test);
  if (was_interrupted(result)) return ending(result);
  MnistGan gan = make_gan(o);
  result = fit_phase(gan, o, o.gan_epochs, o.file("gan"), Resume::if_present,
                     data::scale_to_signed(images.train), data::scale_to_signed(images.test));
  save_weights(o.weights_file(), gan, {{"model", "info-gan"}});

  nlohmann::ordered_json json;
  const Controlled<MnistVae> by_label{vae};
  const Controlled<MnistGan> by_code{gan};
  const Seen real(o.dataset == "fashion" ? fashion_features() : digit_features(), all_of(images.test).pixels,
                  images.test.labels());
  const auto spread = [](const std::vector<double>& x) {
    return mean_of(x).standard_error * std::sqrt(static_cast<double>(x.size()));
  };
  report("test images: deviation of slant {:.1f} degrees within a class, of width {:.2f} pixels",
         spread(real.own_slant), spread(real.own_width));
  json["real"] = {{"slant_deviation", spread(real.own_slant)}, {"width_deviation", spread(real.own_width)}};
  measure(by_label, "conditional VAE", "vae", o, json);
  measure(by_code, o.labels() ? "conditional InfoGAN" : "InfoGAN", "gan", o, json);
  write_line(o.file("measures.json"), json);

  std::vector<Matrix<float>> rows = rows_along(by_label, o.seed);
  for (Matrix<float>& row : rows_along(by_code, o.seed)) rows.push_back(std::move(row));
  Matrix<float> tiles(image_shape.size(), 10 * static_cast<Index>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) tiles.middleCols(10 * static_cast<Index>(i), 10) = rows[i];
  write_image_grid(o.file("controls.png"), as_const(tiles), image_shape, {.columns = 10});
  for (const fs::path& file : {o.weights_file(), o.file("measures.json"), o.file("controls.png")})
    report("{}", file.string());
  return ending(result);
}

}  // namespace

int main(int argc, char** argv) {
  ControlOptions options;
  options.out = "out/mnist_control";
  options.epochs = 25;
  options.batch_size = 32;
  options.latent = 6;
  options.architecture = "conv";
  options.conditional = "projection";
  return run_mnist_program(
      argc, argv, "Changes one factor of generated images, and measures what changes and what is kept.",
      options, add, [](const ControlOptions& o) { return run(o); });
}
