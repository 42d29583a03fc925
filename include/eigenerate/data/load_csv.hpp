#pragma once

#include <locale.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

#include <algorithm>
#include <concepts>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/io/file_source.hpp"

namespace eigenerate::data {

/// A column of a table, by its name or by its number; a negative number counts from the end, −1 is the last.
struct CsvColumn {
  std::string name;
  Index number = 0;

  CsvColumn(std::string column) : name(std::move(column)) {}  // implicit: `.label = "species"`
  CsvColumn(const char* column) : name(column) {}
  CsvColumn(std::integral auto column) : number(static_cast<Index>(column)) {}
};

/// Whether the first line has the names of the columns: if none of its fields is a number.
enum class CsvHeader { detect, yes, no };

/// How a table becomes a dataset.
struct CsvOptions {
  char separator = ',';
  CsvHeader header = CsvHeader::detect;
  std::optional<CsvColumn> label = {};  ///< the column of the classes, which may be words
  std::optional<Shape> shape = {};      ///< of a sample, channels last; otherwise a vector
};

/// What `load_csv` found.
struct CsvTable {
  Dataset samples;
  std::vector<std::string> columns;      ///< the names of the features; without a header "0", "1", …
  std::vector<std::string> class_names;  ///< the labels as they are written, in the order of the classes
};

/// Loads a table of numbers, a sample in each line. Fields may be quoted ("" is a quotation mark in one, and
/// it may have line breaks); spaces around a field, empty lines and a byte order mark are passed over.
/// Classes are the different labels in order: of numbers where all are numbers, else of words.
///
/// **Shapes** samples features × lines, or of `shape`.
/// **Errors** `IoError` with path, line and column: a missing value or one that is no finite number of a
/// float, a line of another length than the first, a quote that is not closed, no lines; `ConfigError` for a
/// label column that is not there, a shape of another size, or a separator that numbers may contain.
/// **Numerics** numbers are read as double, whatever the locale, and rounded to float.
inline CsvTable load_csv(const std::filesystem::path& path, const CsvOptions& options = {});

namespace detail {

/// The records of a table, one after the other.
class CsvReader {
 public:
  CsvReader(std::string path, std::string_view text, char separator)
      : path_(std::move(path)), text_(text), separator_(separator) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  /// Reads the next line that is not empty; false where there is none.
  bool next() {
    fields_.clear();
    while (at_ < text_.size()) {
      first_line_ = line_;
      do fields_.push_back(field());
      while (at_ < text_.size() && text_[at_] == separator_ && ++at_);
      end_of_line();
      if (fields_.size() > 1 || !fields_[0].empty()) return true;
      fields_.clear();
    }
    return false;
  }

  const std::vector<std::string>& fields() const { return fields_; }
  Index line() const { return first_line_; }

  /// Throws the `IoError` of a field of this line.
  [[noreturn]] void refuse(std::size_t column, std::string_view expected, std::string_view got) const {
    fail<IoError>("{}: malformed in line {}, column {}: expected {}, got {}", path_, first_line_, column + 1,
                  expected, got);
  }

 private:
  bool at_end_of_line() const { return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }
  static bool is_blank(char c) { return c == ' ' || c == '\t'; }
  void pass_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_]) && text_[at_] != separator_) ++at_;
  }

  std::string field() {
    pass_blanks();
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    const std::size_t begin = at_;
    while (!at_end_of_line() && text_[at_] != separator_) ++at_;
    std::size_t end = at_;
    while (end > begin && is_blank(text_[end - 1])) --end;
    return std::string(text_.substr(begin, end - begin));
  }

  std::string quoted() {
    std::string content;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        content += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        content += text_[++at_];
      } else {
        ++at_;
        pass_blanks();
        if (at_end_of_line() || text_[at_] == separator_) return content;
        refuse(fields_.size(), "a separator or the end of the line behind a quoted field",
               format_message("'{}'", text_[at_]));
      }
    }
    refuse(fields_.size(), "a quotation mark that ends the field", "the end of the file");
  }

  void end_of_line() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
  }

  std::string path_;
  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  Index line_ = 1, first_line_ = 1;
  std::vector<std::string> fields_;
};

/// The number that a field holds and nothing else, a decimal one, in the notation of the C locale.
inline std::optional<double> csv_number(const std::string& field) {
  static const ::locale_t c = ::newlocale(LC_ALL_MASK, "C", nullptr);
  if (field.empty() || field.find_first_not_of("+-.0123456789eE") != field.npos) return std::nullopt;
  char* end = nullptr;
  const double number = ::strtod_l(field.c_str(), &end, c);
  if (end != field.c_str() + field.size()) return std::nullopt;
  return number;
}

inline bool is_csv_number(const std::string& field) {
  return csv_number(field).has_value();
}

/// The different labels, in order.
inline std::vector<std::string> classes_of(const std::vector<std::string>& labels) {
  const std::set<std::string> different(labels.begin(), labels.end());
  std::vector<std::string> names(different.begin(), different.end());
  if (std::ranges::all_of(names, is_csv_number))
    std::ranges::stable_sort(names, {}, [](const std::string& label) { return *csv_number(label); });
  return names;
}

}  // namespace detail

inline CsvTable load_csv(const std::filesystem::path& path, const CsvOptions& options) {
  const std::string name = path.string();
  if (std::string_view("+-.0123456789eE\"\r\n").find(options.separator) != std::string_view::npos)
    fail<ConfigError>("load_csv: numbers, quotes and lines may contain the separator '{}'",
                      options.separator);
  FileSource source(path);
  std::string text(static_cast<std::size_t>(source.size()), '\0');
  text.resize(source.read(std::as_writable_bytes(std::span(text.data(), text.size()))));
  detail::CsvReader reader(name, text, options.separator);

  if (!reader.next()) fail<IoError>("{}: malformed: expected lines of numbers, got none", name);
  const std::size_t width = reader.fields().size();
  std::vector<std::string> columns = reader.fields();
  const bool has_header = options.header == CsvHeader::detect
                              ? std::ranges::none_of(columns, detail::is_csv_number)
                              : options.header == CsvHeader::yes;
  if (!has_header)
    for (std::size_t i = 0; i < width; ++i) columns[i] = std::to_string(i);

  std::size_t label_column = width;  // none
  if (options.label) {
    const CsvColumn& wanted = *options.label;
    const Index number = wanted.number < 0 ? wanted.number + static_cast<Index>(width) : wanted.number;
    if (wanted.name.empty())
      label_column = number < 0 ? width : std::min(static_cast<std::size_t>(number), width);
    else
      label_column = static_cast<std::size_t>(std::ranges::find(columns, wanted.name) - columns.begin());
    if (label_column == width)
      fail<ConfigError>("{}: load_csv found no column {} for the labels among {}{}", name,
                        wanted.name.empty() ? std::to_string(wanted.number) : "\"" + wanted.name + "\"",
                        width, has_header ? "" : ", and no line with names");
    columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(label_column));
  }
  const auto features = static_cast<Index>(columns.size());
  const Shape shape = options.shape.value_or(Shape{features});
  if (features == 0 || shape.size() != features)
    fail<ConfigError>("{}: load_csv expected {} features for samples of {}, got {}", name, shape.size(),
                      to_string(shape), features);

  std::vector<float> values;
  std::vector<std::string> words;
  if (!has_header || reader.next()) {
    do {
      const auto& fields = reader.fields();
      if (fields.size() != width)
        reader.refuse(std::min(fields.size(), width),
                      format_message("{} fields, as the first line has", width),
                      format_message("{}", fields.size()));
      for (std::size_t i = 0; i < width; ++i) {
        if (fields[i].empty())
          reader.refuse(i, i == label_column ? "a label" : "a number", "a missing value");
        if (i == label_column) {
          words.push_back(fields[i]);
          continue;
        }
        const auto number = detail::csv_number(fields[i]);
        const auto value = static_cast<float>(number.value_or(0));
        if (!number || !is_finite(value))
          reader.refuse(i, "a number that a float can hold", "\"" + fields[i].substr(0, 40) + "\"");
        values.push_back(value);
      }
    } while (reader.next());
  }
  if (values.empty()) fail<IoError>("{}: malformed: expected lines of numbers, got their header alone", name);

  std::vector<std::string> class_names = detail::classes_of(words);
  std::vector<int> labels;
  std::map<std::string_view, int> class_of;
  for (std::size_t i = 0; i < class_names.size(); ++i) class_of[class_names[i]] = static_cast<int>(i);
  for (const std::string& word : words) labels.push_back(class_of[word]);
  const Matrix<float> samples =
      Eigen::Map<const Matrix<float>>(values.data(), features, static_cast<Index>(values.size()) / features);
  const auto classes = static_cast<Index>(class_names.size());
  return {Dataset(name, shape, samples, std::move(labels), classes), std::move(columns),
          std::move(class_names)};
}

}  // namespace eigenerate::data
