#pragma once
// Trains what scores need, and scores samples by how badly they fit.

#include <algorithm>
#include <eigenerate/metrics/nearest_neighbors.hpp>
#include <eigenerate/metrics/unexplained_variance.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "anomaly_networks.hpp"
#include "anomaly_task.hpp"
#include "fit_phase.hpp"
#include "vae_scores.hpp"

namespace examples {

inline const std::vector<std::string> vae_score_names{"unexplained", "reconstruction", "elbo", "likelihood"};
inline const std::vector<std::string> gan_score_names{"f-anogan", "anogan", "features"};

struct DetectorOptions : MnistOptions {
  std::vector<std::string> scores{"all"};
  Index steps = 2000;
  Index gan_steps = 3000;
  Index encoder_steps = 1000;
  Index width = 0;  // 0: that of the networks
  double feature_weight = 1;
  InversionOptions search{.starts = 1, .steps = 50};
  Index draws = 16;
  Index importance_samples = 50;
};

/// How badly samples fit, and what a model makes of those that are judged.
struct Score {
  std::string name;
  std::vector<double> held_out, judged;
  Matrix<float> made;
};

/// The scores that a task is asked for, without repetition, the one that ranks first.
inline std::vector<std::string> wanted_scores(const std::vector<std::string>& asked, bool of_table) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const std::string& name : asked) {
    if (of_table && name == "unexplained")
      throw ConfigError(
          "--score unexplained: of images, whose values are all of one kind, and not of tables");
    if (name != "all") {
      add(name);
      continue;
    }
    for (const auto* all : {&vae_score_names, &gan_score_names})
      for (const std::string& each : *all)
        if (!(of_table && each == "unexplained")) add(each);
  }
  return names;
}

/// Trains what the scores need, and scores. One object for each task.
class Detector {
 public:
  Detector(const DetectorOptions& o, const AnomalyTask& task, fs::path folder, Resume first)
      : o_(o),
        task_(task),
        folder_(std::move(folder)),
        wanted_(wanted_scores(o.scores, task.is_table())),
        resumed_(first) {
    all_.resize(task.judged.rows(), task.held_out.cols() + task.judged.cols());
    all_ << task.held_out, task.judged;
    const Shape shape = task.shape();
    const bool divides = shape.height % 4 == 0 && shape.width % 4 == 0 && !task.is_table();
    if (o.architecture == "conv" && !divides)
      throw ConfigError(fmt::format("--architecture conv takes images whose sides are multiples of 4, got {}",
                                    to_string(shape)));
    networks_ = {.shape = shape,
                 .convolutional = divides && o.architecture != "mlp",
                 .latent = o.latent > 0      ? o.latent
                           : task.is_table() ? std::max<Index>(2, shape.size() / 4)
                                             : 20};
    networks_.width = o.width > 0 ? o.width : networks_.convolutional ? 16 : task.is_table() ? 32 : 128;
  }

  const AnomalyNetworks& networks() const { return networks_; }
  /// The score that ranks.
  const std::string& first() const { return wanted_.front(); }
  bool wants(const std::vector<std::string>& any) const {
    return std::ranges::any_of(any, [&](const std::string& name) { return wants(name); });
  }
  bool wants(const std::string& name) const {
    return std::find(wanted_.begin(), wanted_.end(), name) != wanted_.end();
  }

  /// What a model must do better than.
  void add_baselines() {
    const Matrix<float> train = task_.train.samples();
    const Vector<float> mean = train.rowwise().mean();
    const Matrix<float> from_mean = (all_.colwise() - mean).colwise().norm();
    add("mean", {from_mean.data(), from_mean.data() + from_mean.size()}, {});
    add("neighbor", nearest_neighbors(all_, train, task_.held_out).distances, {});
  }

  /// False where the user stopped it.
  bool add_vae_scores() {
    Vae<> vae = anomaly_vae(networks_, o_.seed);
    if (!fit(vae, "vae", o_.steps)) return false;
    const auto scores = vae_scores(vae, all_, wants("elbo") ? o_.draws : 1,
                                   wants("likelihood") ? o_.importance_samples : 1, o_.seed);
    const Matrix<float> made = vae.reconstruct(all_), of_judged = made.rightCols(task_.judged.cols());
    if (wants("unexplained")) add("unexplained", unexplained_variance(all_, made), of_judged);
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (const std::string& name = vae_score_names[i + 1]; wants(name)) add(name, scores[i], of_judged);
    return true;
  }

  bool add_gan_scores() {
    Gan<> gan = anomaly_gan(networks_, o_.seed);
    if (!fit(gan, "gan", o_.gan_steps)) return false;
    if (!task_.is_table())
      write_image_grid(folder_ / "gan/samples.png", as_const(gan.sample(64, Seed{o_.seed})), task_.shape());
    if (wants("f-anogan")) {
      GanEncoder<> encoder{gan,
                           networks_.encoder(networks_.latent),
                           {.feature_weight = o_.feature_weight, .optimizer = Adam{1e-3}, .seed = o_.seed}};
      if (!fit(encoder, "encoder", o_.encoder_steps)) return false;
      add_residual("f-anogan", gan, encoder.reconstruct(all_));
    }
    if (wants("anogan")) add_residual("anogan", gan, gan.decode(gan.invert(all_, o_.search).z));
    if (wants("features")) {
      const Matrix<float> train = task_.train.samples(), seen = features(gan, all_);
      const NearestNeighbors nearest =
          nearest_neighbors(seen, features(gan, train), seen.leftCols(task_.held_out.cols()).eval());
      Matrix<float> neighbors(all_.rows(), task_.judged.cols());
      for (Index i = 0; i < neighbors.cols(); ++i)
        neighbors.col(i) = train.col(nearest.neighbor[static_cast<std::size_t>(task_.held_out.cols() + i)]);
      add("features", nearest.distances, neighbors);
    }
    return true;
  }

  const std::vector<Score>& scores() const { return scores_; }
  const Score& score(const std::string& name) const {
    return *std::ranges::find_if(scores_, [&](const Score& s) { return s.name == name; });
  }
  const FitResult& last() const { return *last_; }

 private:
  template <class M>
  bool fit(M& model, const char* phase, Index steps) {
    const Index each = (task_.train.size() + o_.batch_size - 1) / o_.batch_size;
    last_ = fit_phase(model, o_, std::max<Index>(1, steps / each), folder_ / phase, resumed_, task_.train);
    resumed_ = Resume::if_present;
    save_weights(folder_ / phase / "weights.safetensors", model);
    return !was_interrupted(*last_);
  }
  void add(std::string name, const std::vector<double>& all, Matrix<float> made) {
    const auto middle = all.begin() + task_.held_out.cols();
    scores_.push_back({std::move(name), {all.begin(), middle}, {middle, all.end()}, std::move(made)});
  }
  void add_residual(std::string name, const Gan<>& gan, const Matrix<float>& made) {
    const GanResidual residual = gan_residual(gan, all_, made);
    const Vector<double> score = residual.of_values + o_.feature_weight * residual.of_features;
    add(std::move(name), {score.begin(), score.end()}, made.rightCols(task_.judged.cols()));
  }
  static Matrix<float> features(const Gan<>& gan, const Matrix<float>& x) {
    const Matrix<float> outputs = gan.discriminate(x);
    return outputs.bottomRows(outputs.rows() - 1);
  }

  const DetectorOptions& o_;
  const AnomalyTask& task_;
  fs::path folder_;
  std::vector<std::string> wanted_;
  Resume resumed_;
  AnomalyNetworks networks_;
  Matrix<float> all_;  // held-out and judged samples
  std::vector<Score> scores_;
  std::optional<FitResult> last_;
};

}  // namespace examples
