#pragma once
// Several models, each trained from several seeds, measure by measure: means with their intervals, and a
// verdict where these tell the models apart.

#include <algorithm>
#include <array>
#include <cmath>
#include <eigenerate/core/finite.hpp>
#include <eigenerate/metrics/estimate.hpp>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "html_report.hpp"
#include "program.hpp"

namespace examples {

/// Which values of a measure are good.
enum class Better { more, less, near_one, unjudged };
/// How the seeds of a model become one number: by their mean, or by how far they lie apart.
enum class Summing { mean, spread };

/// A row of the comparison.
struct ComparisonRow {
  std::string_view section, name;
  std::string_view key;  ///< of the runs' figures
  Better better = Better::more;
  std::string_view favorite = {};  ///< the column that textbooks have ahead of the other, where they say so
  double scale = 1;                ///< by which the figures are shown
  Summing summing = Summing::mean;
};

/// The figures of one run; what a model has no like of is not among them.
using Figures = std::map<std::string, double>;

/// A model, and its runs from all seeds.
struct ComparisonColumn {
  std::string key, title;
  bool competes = true;  ///< or stands beside for comparison
  std::vector<Figures> runs = {};

  std::vector<double> values(std::string_view key_of_row) const {
    std::vector<double> all;
    for (const Figures& run : runs)
      if (const auto at = run.find(std::string(key_of_row)); at != run.end()) all.push_back(at->second);
    return all;
  }
};

/// Fewer seeds than that tell nothing apart.
inline constexpr std::size_t fewest_seeds = 5;

/// The 97.5 % quantile of Student's distribution, to three decimals (Fisher & Cornish 1960).
inline double student_quantile(std::size_t degrees) {
  constexpr std::array exact{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
  if (degrees <= exact.size()) return exact[degrees - 1];
  constexpr double z = 1.959964;
  const double n = static_cast<double>(degrees), z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

/// A number, and where it lies with 95 % confidence.
struct Placed {
  double value = 0;
  Interval interval;
  bool certain = false;  ///< whether there are seeds enough
};

/// Of the mean over seeds by Student's distribution. Of their relative standard deviation by the normal one
/// of its logarithm, whose own is 1 / √(2 (n − 1)) for figures that are normal.
inline std::optional<Placed> placed(const std::vector<double>& values, Summing summing) {
  if (values.empty() || (summing == Summing::spread && values.size() < 2)) return std::nullopt;
  const Estimate mean = mean_of(values);
  const double n = static_cast<double>(values.size());
  const bool certain = values.size() >= fewest_seeds;
  if (summing == Summing::spread) {
    const double spread = mean.standard_error * std::sqrt(n) / std::abs(mean.value),
                 factor = std::exp(1.959964 / std::sqrt(2 * (n - 1)));
    return Placed{spread, {spread / factor, spread * factor}, certain};
  }
  if (values.size() < 2) return Placed{mean.value, {mean.value, mean.value}, false};
  const double reach = student_quantile(values.size() - 1) * mean.standard_error;
  return Placed{mean.value, {mean.value - reach, mean.value + reach}, certain};
}

/// The measures of several models, of which the first two are the families that textbooks compare.
class ComparisonTable {
 public:
  ComparisonTable(std::vector<ComparisonRow> rows, std::vector<ComparisonColumn> columns)
      : rows_(std::move(rows)), columns_(std::move(columns)) {}

  /// What a row's intervals tell, in words.
  std::string verdict(const ComparisonRow& row) const {
    if (row.better == Better::unjudged) return "";
    std::vector<std::pair<std::string, Placed>> judged;
    for (const ComparisonColumn& column : columns_)
      if (auto p = !column.competes ? std::nullopt : placed(judged_values(column, row), row.summing))
        judged.emplace_back(column.title, *p);
    if (judged.size() == 1) return fmt::format("only the {} has one", judged.front().first);
    if (judged.empty()) return "nobody has one";
    const auto best = std::find_if(judged.begin(), judged.end(), [&](const auto& one) {
      return std::all_of(judged.begin(), judged.end(), [&](const auto& other) {
        return &other == &one || ahead(one.second, other.second, row);
      });
    });
    const bool one_leads = judged.size() > 2 && best != judged.end();
    std::string words = of_families(judged, row, one_leads ? best->first : "");
    if (one_leads && !words.starts_with(best->first)) words += fmt::format("; {} ahead of all", best->first);
    return words;
  }

  std::string cell(const ComparisonColumn& column, const ComparisonRow& row) const {
    const std::vector<double> values = column.values(row.key);
    const auto p = placed(values, row.summing);
    if (!p) return "–";
    const double value = row.scale * p->value, reach = row.scale * (p->interval.high - p->value);
    if (row.summing == Summing::spread || values.size() < 2) return fmt::format("{:.3g}", value);
    return fmt::format("{} ± {:.2g}", rounded(value, reach), reach);
  }

  std::string markdown() const {
    std::string text = "| |";
    for (const ComparisonColumn& column : columns_) text += fmt::format(" {} |", column.title);
    text += " verdict |\n|---|";
    for (std::size_t i = 0; i < columns_.size(); ++i) text += "---:|";
    text += "---|\n";
    std::string_view section;
    for (const ComparisonRow& row : rows_) {
      if (section != std::exchange(section, row.section)) {
        text += fmt::format("| **{}** |", row.section);
        for (std::size_t i = 0; i <= columns_.size(); ++i) text += " |";
        text += "\n";
      }
      text += "|";
      for (const std::string& one : cells(row)) text += fmt::format(" {} |", one);
      text += "\n";
    }
    return text;
  }

  void add_to(HtmlReport& page) const {
    std::vector<std::string> headings{""};
    for (const ComparisonColumn& column : columns_) headings.push_back(column.title);
    headings.emplace_back("verdict");
    page.begin_table(headings);
    std::string_view section;
    for (const ComparisonRow& row : rows_) {
      if (section != std::exchange(section, row.section)) page.section(row.section, headings.size());
      page.row(cells(row), headings.size() - 1);
    }
    page.end_table();
  }

 private:
  /// The numbers that intervals are made of: how far from one, where that is what counts.
  static std::vector<double> judged_values(const ComparisonColumn& column, const ComparisonRow& row) {
    std::vector<double> values = column.values(row.key);
    if (row.better == Better::near_one)
      for (double& value : values) value = std::abs(std::log(value));
    return values;
  }

  /// Whether the first is better than the second beyond doubt.
  static bool ahead(const Placed& one, const Placed& other, const ComparisonRow& row) {
    if (!one.certain || !other.certain) return false;
    return row.better == Better::more ? one.interval.low > other.interval.high
                                      : one.interval.high < other.interval.low;
  }

  /// Of the first two columns, and whether that is what textbooks say. `leader` is ahead of all.
  std::string of_families(const std::vector<std::pair<std::string, Placed>>& judged, const ComparisonRow& row,
                          const std::string& leader) const {
    const auto named = [&](const std::string& title) {
      return std::find_if(judged.begin(), judged.end(), [&](const auto& j) { return j.first == title; });
    };
    const auto first = named(columns_[0].title), second = named(columns_[1].title);
    if (first == judged.end() || second == judged.end()) return "";
    if (!first->second.certain || !second->second.certain)
      return fmt::format("fewer than {} seeds", fewest_seeds);
    const bool leads = ahead(first->second, second->second, row),
               follows = ahead(second->second, first->second, row);
    if (!leads && !follows) return "not told apart";
    const ComparisonColumn& best = columns_[leads ? 0 : 1];
    std::string words = fmt::format("{} ahead{}", best.title, best.title == leader ? " of all" : "");
    if (!row.favorite.empty())
      words += best.key == row.favorite ? ", as textbooks say" : ", against the textbooks";
    return words;
  }

  /// Name, figures and verdict.
  std::vector<std::string> cells(const ComparisonRow& row) const {
    std::vector<std::string> all{std::string(row.name)};
    for (const ComparisonColumn& column : columns_) all.push_back(cell(column, row));
    all.push_back(verdict(row));
    return all;
  }

  /// A number to the place of its error's second digit.
  static std::string rounded(double value, double error) {
    if (!(error > 0)) return fmt::format("{:.4g}", value);
    const int digits = std::clamp(1 - static_cast<int>(std::floor(std::log10(error))), 0, 8);
    return fmt::format("{:.{}f}", value, digits);
  }

  std::vector<ComparisonRow> rows_;
  std::vector<ComparisonColumn> columns_;
};

}  // namespace examples
