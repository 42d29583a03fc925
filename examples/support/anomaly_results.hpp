#pragma once
// What find_anomalies says of scores: a table, a ranking as values separated by commas, and a page with
// pictures.

#include <eigenerate/layers/upsample.hpp>
#include <eigenerate/metrics/roc_auc.hpp>
#include <functional>
#include <ranges>

#include "anomaly_detector.hpp"
#include "html_report.hpp"

namespace examples {

/// A field of a table of values separated by commas.
inline std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

inline double count_above(const std::vector<double>& scores, double threshold) {
  return static_cast<double>(std::ranges::count_if(scores, [&](double s) { return s > threshold; }));
}

struct ResultOptions : DetectorOptions {
  double quantile = 0.99;
  Index listed = 40;
};

/// A row for each score: how well it tells anomalies, and what its threshold does.
inline nlohmann::ordered_json write_table(HtmlReport& page, const AnomalyTask& task, const Detector& detector,
                                          const ResultOptions& o) {
  nlohmann::ordered_json json;
  const std::vector<std::string> heads{
      "", "area under ROC", "average precision", "threshold", "false alarms, %", "found, %", "others, %"};
  const auto say = [](const std::vector<std::string>& cells) {
    std::string line = fmt::format("{:<16}", cells[0]);
    for (std::size_t i = 1; i < cells.size(); ++i) line += fmt::format("{:>19}", cells[i]);
    report("{}", line);
  };
  say(heads);
  page.begin_table(heads);
  const bool tells = task.count(Known::normal) > 1 && task.count(Known::anomaly) > 1;
  for (const Score& score : detector.scores()) {
    const double threshold = anomaly_threshold(score.held_out, o.quantile);
    auto& row = json[score.name];
    row["threshold"] = threshold;
    std::vector<std::string> cells{score.name, "", "", fmt::format("{:.4g}", threshold)};
    if (tells) {
      const auto normal = task.of(Known::normal, score.judged), bad = task.of(Known::anomaly, score.judged);
      const Estimate auc = roc_auc(normal, bad);
      const double precision = average_precision(normal, bad);
      row["auc"] = {auc.value, auc.standard_error};
      row["average_precision"] = precision;
      cells[1] = to_string(auc);
      cells[2] = fmt::format("{:.4f}", precision);
    }
    for (const auto& [known, key] : {std::pair{Known::normal, "false_alarms"},
                                     {Known::anomaly, "found"},
                                     {Known::nothing, "flagged_others"}}) {
      const auto scores = task.of(known, score.judged);
      const double n = static_cast<double>(scores.size());
      const Estimate share = share_of(count_above(scores, threshold), n);
      if (n > 0) row[key] = {share.value, share.standard_error};
      cells.push_back(n > 0 ? to_string(Estimate{100 * share.value, 100 * share.standard_error}, 3) : "");
    }
    say(cells);
    page.row(cells, cells.size());
  }
  page.end_table();
  return json;
}

/// The five values of a table's row that its reconstruction misses most.
inline std::string what_stands_out(const AnomalyTask& task, const Matrix<float>& made, Index i) {
  std::vector<Index> order(static_cast<std::size_t>(task.shape().size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::sort(order, std::greater{}, [&](Index f) { return std::abs(task.judged(f, i) - made(f, i)); });
  const Vector<float> value = task.units->invert(task.judged.col(i)),
                      expected = task.units->invert(made.col(i));
  std::string text;
  for (const Index f : order | std::views::take(5))
    text += fmt::format("{}{} = {:.4g} (made of it: {:.4g})", text.empty() ? "" : ", ",
                        task.columns[static_cast<std::size_t>(f)], value(f), expected(f));
  return text;
}

/// The judged samples in the order of a score, with all scores.
inline void write_scores(const fs::path& path, const AnomalyTask& task, const Detector& detector,
                         const std::vector<Index>& order, double threshold) {
  const Score& ranking = detector.score(detector.first());
  std::string csv = "rank,sample,known_as,class,flagged";
  for (const Score& s : detector.scores()) csv += "," + s.name;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto i = static_cast<std::size_t>(order[rank]);
    csv +=
        fmt::format("\n{},{},{},{},{}", rank + 1, csv_field(task.about[i].name), word_of(task.about[i].known),
                    csv_field(task.about[i].label), ranking.judged[i] > threshold ? "yes" : "no");
    for (const Score& s : detector.scores()) csv += fmt::format(",{:.7g}", s.judged[i]);
  }
  write_text(path, csv + "\n");
}

/// An image, what was made of it and the difference, each pixel several times as large.
inline void write_triple(const fs::path& path, const AnomalyTask& task, const Matrix<float>& made, Index i) {
  Matrix<float> tiles(task.judged.rows(), 3);
  tiles << task.judged.col(i), made.col(i), (task.judged.col(i) - made.col(i)).cwiseAbs();
  const Shape& shape = task.shape();
  const Index scale = std::max<Index>(1, 84 / shape.height);
  const Network<float> enlarge(Upsample{scale}, shape);
  write_image_grid(path, as_const(enlarge.predict(tiles)), enlarge.output_shape(), {.columns = 3});
}

/// The samples in their order: all of them as `scores.csv`, the first ones in the page and, of images, in one
/// picture: samples, what was made of them, differences.
inline void write_ranking(HtmlReport& page, const AnomalyTask& task, const Detector& detector,
                          const ResultOptions& o, const fs::path& folder) {
  const Score& ranking = detector.score(detector.first());
  const double threshold = anomaly_threshold(ranking.held_out, o.quantile);
  std::vector<Index> order(task.about.size());
  std::iota(order.begin(), order.end(), Index{0});
  const auto score = [&](Index i) { return ranking.judged[static_cast<std::size_t>(i)]; };
  std::ranges::stable_sort(order, std::greater{}, score);
  write_scores(folder / "scores.csv", task, detector, order, threshold);

  order.resize(std::min(order.size(), static_cast<std::size_t>(o.listed)));
  const auto n = static_cast<Index>(order.size());
  page.heading(fmt::format("The first {}, by {}", n, ranking.name));
  if (task.is_table())
    page.begin_table({"", "score", "above the threshold", "known as", "sample", "what stands out"});
  Matrix<float> tiles(task.judged.rows(), 3 * n);
  for (Index k = 0; k < n; ++k) {
    const Index i = order[static_cast<std::size_t>(k)];
    const JudgedSample& sample = task.about[static_cast<std::size_t>(i)];
    const char* const flagged = score(i) > threshold ? "yes" : "no";
    if (task.is_table()) {
      page.row({std::to_string(k + 1), fmt::format("{:.5g}", score(i)), flagged, sample.kind(), sample.name,
                what_stands_out(task, ranking.made, i)},
               2);
      continue;
    }
    tiles.col(k) = task.judged.col(i);
    tiles.col(n + k) = ranking.made.col(i);
    tiles.col(2 * n + k) = (task.judged.col(i) - ranking.made.col(i)).cwiseAbs();
    const fs::path triple = folder / "triple.png";
    write_triple(triple, task, ranking.made, i);
    page.picture(triple, fmt::format("{}. {}: {}, score {:.5g}, above the threshold: {}", k + 1, sample.name,
                                     sample.kind(), score(i), flagged));
    fs::remove(triple);
  }
  if (task.is_table())
    page.end_table();
  else
    write_image_grid(folder / "worst.png", as_const(tiles), task.shape(), {.columns = n});
  page.write(folder / "report.html");
}

}  // namespace examples
