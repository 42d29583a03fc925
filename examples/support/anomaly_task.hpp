#pragma once
// What find_anomalies is asked: from which normal samples to learn, by which others to set the threshold, and
// which to judge.

#include <algorithm>
#include <eigenerate/data/standardizer.hpp>
#include <eigenerate/metrics/anomaly_threshold.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "named_samples.hpp"

namespace examples {

/// What is known of a judged sample.
enum class Known { normal, anomaly, nothing };

inline const char* word_of(Known known) {
  return known == Known::normal ? "normal" : known == Known::anomaly ? "anomaly" : "unknown";
}

/// Of every judged sample.
struct JudgedSample {
  std::string name;
  Known known = Known::nothing;
  std::string label = {};  ///< its class, where that is told

  std::string kind() const {
    return label.empty() ? word_of(known) : fmt::format("{} ({})", word_of(known), label);
  }
};

struct AnomalyTask {
  std::string source;  ///< where the samples are from
  Dataset train;
  Matrix<float> held_out = {};  ///< normal samples that give the threshold
  Matrix<float> judged = {};
  std::vector<JudgedSample> about = {};   ///< of each that is judged
  std::vector<std::string> columns = {};  ///< of a table
  std::optional<data::Standardizer> units = {};

  Shape shape() const { return train.sample_shape(); }
  bool is_table() const { return shape().is_vector(); }
  Index count(Known known) const {
    return std::count_if(about.begin(), about.end(),
                         [&](const JudgedSample& sample) { return sample.known == known; });
  }
  /// Of one value per sample, those of the samples of which that is known.
  std::vector<double> of(Known known, const std::vector<double>& values) const {
    std::vector<double> chosen;
    for (std::size_t i = 0; i < about.size(); ++i)
      if (about[i].known == known) chosen.push_back(values[i]);
    return chosen;
  }
};

/// Puts tasks together, sample by sample.
class TaskMaker {
 public:
  TaskMaker(double quantile, double held_out, std::uint64_t seed)
      : quantile_(quantile), held_out_(held_out), seed_(seed) {}

  /// Normal samples: most are learned, the rest is held out. Of that, `judge` has half judged.
  AnomalyTask begin(const NamedSamples& normal, bool judge) const {
    const Index n = normal.samples.size();
    std::vector<Index> order(static_cast<std::size_t>(n));
    random_permutation(order, RandomStream{seed_, Purpose::split});
    const Index out = static_cast<Index>(std::lround(held_out_ * static_cast<double>(n))),
                for_judging = judge ? out / 2 : 0, for_threshold = out - for_judging;
    if (n - out < 2)
      throw ConfigError(fmt::format("{}: expected at least two normal samples to learn from, got {} of {}",
                                    normal.samples.name(), n - out, n));
    try {
      anomaly_threshold(std::vector<double>(static_cast<std::size_t>(for_threshold)), quantile_);
    } catch (const ConfigError& e) {
      throw ConfigError(
          fmt::format("{}: {}; hold more of the {} normal ones out (--held-out), or take a "
                      "lower --quantile",
                      normal.samples.name(), e.what(), n));
    }
    const std::span<const Index> drawn(order);
    const auto part = [&](Index first, Index count) {
      return normal.subset(drawn.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
    };
    const NamedSamples learned = part(out, n - out);
    AnomalyTask task{.source = normal.samples.name(), .train = learned.samples};
    if (const Index channels = task.shape().channels; !task.is_table() && channels != 1 && channels != 3)
      throw ConfigError(fmt::format("{}: expected images that can be drawn, of 1 or 3 channels, got {}",
                                    task.source, channels));
    task.columns = normal.columns;
    if (task.is_table()) {
      task.units.emplace(learned.samples);
      task.train = task.units->apply(learned.samples);
    }
    task.held_out = values(task, part(0, for_threshold).samples);
    task.judged.resize(task.shape().size(), 0);
    if (for_judging > 0) judge_too(task, part(for_threshold, for_judging), Known::normal);
    return task;
  }

  /// Further samples to judge.
  static void judge_too(AnomalyTask& task, const NamedSamples& more, Known known) {
    if (more.samples.sample_shape() != task.shape())
      throw ConfigError(fmt::format("{}: expected samples of {}, as those of {}, got {}", more.samples.name(),
                                    to_string(task.shape()), task.source,
                                    to_string(more.samples.sample_shape())));
    if (more.columns != task.columns)
      throw ConfigError(
          fmt::format("{}: expected the columns of {}, in the same order", more.samples.name(), task.source));
    const Index before = task.judged.cols();
    task.judged.conservativeResize(Eigen::NoChange, before + more.samples.size());
    task.judged.rightCols(more.samples.size()) = values(task, more.samples);
    for (std::size_t i = 0; i < more.names.size(); ++i)
      task.about.push_back({more.names[i], known, more.classes.empty() ? "" : more.classes[i]});
  }

 private:
  static Matrix<float> values(const AnomalyTask& task, const Dataset& samples) {
    return (task.units ? task.units->apply(samples) : samples).samples();
  }

  double quantile_, held_out_;
  std::uint64_t seed_;
};

/// The samples of one class, and all others.
inline std::pair<NamedSamples, NamedSamples> split_by_class(const NamedSamples& all,
                                                            const std::string& normal) {
  std::vector<Index> good, bad;
  for (std::size_t i = 0; i < all.classes.size(); ++i)
    (all.classes[i] == normal ? good : bad).push_back(static_cast<Index>(i));
  if (good.empty() || bad.empty()) {
    std::vector<std::string> words = all.classes;
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    throw ConfigError(fmt::format("{}: expected samples of the class '{}' and of others, got the classes {}",
                                  all.samples.name(), normal, fmt::join(words, ", ")));
  }
  return {all.subset(good), all.subset(bad)};
}

}  // namespace examples
