#pragma once
// Samples of the user's own, from a folder of pictures, an IDX file or a table, with what a report may call
// each of them.

#include <eigenerate/data/load_csv.hpp>
#include <eigenerate/data/load_idx.hpp>
#include <eigenerate/data/load_images.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mnist_program.hpp"

namespace examples {

/// How files are read.
struct SampleFormat {
  Index size = 28;     ///< of the pictures of a folder, in pixels
  bool color = false;  ///< whether they have colors
  char separator = ',';
};

/// Samples, the name of each, its class where that is known, and the columns of a table.
struct NamedSamples {
  Dataset samples;
  std::vector<std::string> names, classes, columns;

  NamedSamples subset(std::span<const Index> positions) const {
    NamedSamples part{samples.subset(positions), {}, {}, columns};
    for (const Index i : positions) {
      part.names.push_back(names[static_cast<std::size_t>(i)]);
      if (!classes.empty()) part.classes.push_back(classes[static_cast<std::size_t>(i)]);
    }
    return part;
  }
};

inline bool is_table(const fs::path& path) {
  return path.extension() == ".csv" || path.extension() == ".CSV";
}

/// A column by its number where it is one, else by its name.
inline data::CsvColumn column_of(const std::string& text) {
  Index number = 0;
  return CLI::detail::lexical_cast(text, number) ? data::CsvColumn(number) : data::CsvColumn(text);
}

/// `labels` are the column of a table or the file of an IDX file's labels, where there are any;
/// `with_classes`: the folders in a folder are classes.
inline NamedSamples load_samples(const fs::path& path, const SampleFormat& format,
                                 const std::string& labels = {}, bool with_classes = false) {
  const auto numbered = [](NamedSamples named, const char* what) {
    for (Index i = 0; i < named.samples.size(); ++i) named.names.push_back(fmt::format("{} {}", what, i + 1));
    return named;
  };
  const auto with_words = [](NamedSamples named, const std::vector<std::string>& words) {
    for (const int label : named.samples.labels())
      named.classes.push_back(words.empty() ? std::to_string(label) : words[static_cast<std::size_t>(label)]);
    return named;
  };
  if (fs::is_directory(path)) {
    if (!labels.empty())
      throw ConfigError(
          fmt::format("{}: the classes of pictures are the folders that they are in, --labels "
                      "are of IDX files and of tables",
                      path.string()));
    data::ImageFolder folder =
        data::load_images(path, format.size, {.channels = format.color ? 3 : 1, .labels = with_classes});
    NamedSamples named{folder.images, {}, {}, {}};
    for (const fs::path& file : folder.files) named.names.push_back(file.lexically_relative(path).string());
    return with_words(std::move(named), folder.class_names);
  }
  if (with_classes && labels.empty())
    throw ConfigError(
        fmt::format("{}: --normal-class needs --labels, a column of a table or the file of an IDX "
                    "file's labels",
                    path.string()));
  if (!is_table(path)) {
    NamedSamples named{data::load_idx(path, labels), {}, {}, {}};
    const Shape& shape = named.samples.sample_shape();
    if (shape.is_vector())
      for (Index i = 0; i < shape.size(); ++i) named.columns.push_back(std::to_string(i));
    return numbered(with_words(std::move(named), {}), shape.is_vector() ? "row" : "image");
  }
  data::CsvOptions options{.separator = format.separator};
  if (!labels.empty()) options.label = column_of(labels);
  data::CsvTable table = data::load_csv(path, options);
  return numbered(with_words({table.samples, {}, {}, table.columns}, table.class_names), "row");
}

}  // namespace examples
