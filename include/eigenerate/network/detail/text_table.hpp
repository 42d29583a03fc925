#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eigenerate::detail {

/// Rows of cells as lines of text, each column as wide as its widest cell. The first `left` columns are flush
/// left, the others, numbers, flush right. A column that holds nothing but dashes below its heading is left
/// out.
class TextTable {
 public:
  explicit TextTable(std::size_t left) : left_(left) {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  std::string text() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
    }
    std::string text;
    for (const auto& row : rows_) {
      std::string line;
      for (std::size_t c = 0; c < row.size(); ++c) {
        if (is_empty(c)) continue;
        const std::string space(widths[c] - width(row[c]), ' ');
        line += (c == 0 ? "" : "  ") + (c < left_ ? row[c] + space : space + row[c]);
      }
      line.resize(line.find_last_not_of(' ') + 1);
      text += line + '\n';
    }
    return text;
  }

 private:
  bool is_empty(std::size_t column) const {
    return std::all_of(rows_.begin() + 1, rows_.end(), [&](const auto& row) { return row[column] == "-"; });
  }
  /// Characters of UTF-8: bytes that continue none.
  static std::size_t width(std::string_view cell) {
    return static_cast<std::size_t>(
        std::count_if(cell.begin(), cell.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
  }

  std::size_t left_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace eigenerate::detail
