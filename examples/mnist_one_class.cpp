// Learns one class of images and tells it from the others: how well by the reconstruction's error, by the ELBO
// and by the importance-weighted likelihood of a VAE.

#include <eigenerate/metrics/roc_auc.hpp>

#include "support/mnist_program.hpp"

using namespace examples;

namespace {

struct OneClassOptions : MnistOptions {
  int normal = 0;
  Index draws = 16;
  Index importance_samples = 100;
};

void add(CLI::App& app, OneClassOptions& o) {
  add_options(app, o, {});
  app.add_option("--class", o.normal, "The class that is normal")
      ->check(CLI::Range(0, 9))
      ->capture_default_str();
  app.add_option("--draws", o.draws, "Latent vectors of each image for its ELBO")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--importance-samples", o.importance_samples, "The same for its likelihood")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
}

/// The numbers of the images of a class, and of all others.
std::pair<std::vector<Index>, std::vector<Index>> split(const Dataset& images, int normal) {
  std::pair<std::vector<Index>, std::vector<Index>> parts;
  for (Index i = 0; i < images.size(); ++i)
    (images.label(i) == normal ? parts.first : parts.second).push_back(i);
  return parts;
}

/// Of every image how badly it fits, by all three measures, in nats.
std::array<std::vector<double>, 3> scores_of(const Vae<>& vae, const Dataset& images,
                                             const OneClassOptions& o) {
  std::array<std::vector<double>, 3> scores;
  constexpr Index at_once = 500;
  for (Index first = 0; first < images.size(); first += at_once) {
    const Index n = std::min(at_once, images.size() - first);
    std::vector<Index> positions(static_cast<std::size_t>(n));
    std::iota(positions.begin(), positions.end(), first);
    Matrix<float> x(images.sample_shape().size(), n);
    images.gather<float>(positions, as_view(x));
    const RandomStream random =
        RandomStream{o.seed, Purpose::evaluation}.lane(static_cast<std::uint64_t>(first));

    const Matrix<float> parameters = vae.decoder().predict(vae.embed(as_const(x)));
    Vector<float> log_px(n);
    vae.likelihood().log_probability(as_const(x), as_const(parameters), first_numbers(log_px, n));
    scores[0].insert(scores[0].end(), log_px.begin(), log_px.end());

    Vector<double> elbo = Vector<double>::Zero(n);
    for (Index draw = 0; draw < o.draws; ++draw) {
      const auto one = vae.importance_weights(x, 1, {}, random.lane(static_cast<std::uint64_t>(draw)));
      for (Index i = 0; i < n; ++i)
        elbo(i) += one[static_cast<std::size_t>(i)].value() / static_cast<double>(o.draws);
    }
    scores[1].insert(scores[1].end(), elbo.begin(), elbo.end());

    for (const LogMeanExp& weights : vae.importance_weights(x, o.importance_samples, {},
                                                            random.lane(static_cast<std::uint64_t>(o.draws))))
      scores[2].push_back(weights.value());
  }
  for (std::vector<double>& of_measure : scores)
    for (double& score : of_measure) score = -score;
  return scores;
}

void judge(const Vae<>& vae, const Dataset& test, const OneClassOptions& o) {
  const auto [normal, others] = split(test, o.normal);
  const auto good = scores_of(vae, test.subset(normal), o), bad = scores_of(vae, test.subset(others), o);
  nlohmann::ordered_json json{{"class", o.normal}, {"seed", o.seed}};
  report("{} test images of class {}, {} others", normal.size(), o.normal, others.size());
  report("{:<24}{:>18}{:>20}", "", "area under ROC", "average precision");
  constexpr std::array names{std::pair{"reconstruction", "reconstruction"}, std::pair{"ELBO", "elbo"},
                             std::pair{"likelihood", "likelihood"}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Estimate auc = roc_auc(good[i], bad[i]);
    const double precision = average_precision(good[i], bad[i]);
    report("{:<24}{:>18}{:>20.4f}", names[i].first, to_string(auc), precision);
    json[fmt::format("auc_{}", names[i].second)] = {auc.value, auc.standard_error};
    json[fmt::format("average_precision_{}", names[i].second)] = precision;
  }
  write_line(o.file("measures.json"), json);
}

}  // namespace

int main(int argc, char** argv) {
  OneClassOptions options;
  options.out = "out/mnist_one_class";
  options.epochs = 60;
  return run_mnist_program(argc, argv,
                           "Learns one class of MNIST or Fashion-MNIST and tells it from the others.",
                           options, add, [](const OneClassOptions& o) {
                             prepare_output_file(o.file("measures.json"));
                             const data::Mnist all = load_data(o, data::PixelRange::unit);
                             const data::Mnist of_class{all.train.subset(split(all.train, o.normal).first),
                                                        all.test.subset(split(all.test, o.normal).first)};
                             report_setting(o, of_class);
                             Vae<> vae = make_mnist_vae(o, {.seed = o.seed});
                             return train(vae, description_of("vae", o), of_class, o, ConstantSchedule{},
                                          [&] { judge(vae, all.test, o); });
                           });
}
