// Learns one class of images and tells it from the others: how well by what the reconstruction of a VAE
// misses, in shares of an image's variance and in nats, by the ELBO and by the importance-weighted
// likelihood.

#include <eigenerate/metrics/roc_auc.hpp>
#include <eigenerate/metrics/unexplained_variance.hpp>

#include "support/mnist_program.hpp"
#include "support/vae_scores.hpp"

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

void judge(const Vae<>& vae, const Dataset& test, const OneClassOptions& o) {
  const auto [normal, others] = split_off(test, o.normal);
  const auto scores = [&](const Dataset& images) {
    const Matrix<float> x = all_of(images).pixels;
    const auto [reconstruction, elbo, likelihood] = vae_scores(vae, x, o.draws, o.importance_samples, o.seed);
    return std::array{unexplained_variance(x, vae.reconstruct(x)), reconstruction, elbo, likelihood};
  };
  const auto good = scores(normal), bad = scores(others);
  nlohmann::ordered_json json{{"class", o.normal}, {"seed", o.seed}};
  report("{} test images of class {}, {} others", normal.size(), o.normal, others.size());
  report("{:<24}{:>18}{:>20}", "", "area under ROC", "average precision");
  constexpr std::array names{std::pair{"unexplained", "unexplained"},
                             std::pair{"reconstruction", "reconstruction"}, std::pair{"ELBO", "elbo"},
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
                             const data::Mnist of_class{split_off(all.train, o.normal).of_class,
                                                        split_off(all.test, o.normal).of_class};
                             report_setting(o, of_class);
                             Vae<> vae = make_mnist_vae(o, {.seed = o.seed});
                             return train(vae, description_of("vae", o), of_class, o, ConstantSchedule{},
                                          [&] { judge(vae, all.test, o); });
                           });
}
