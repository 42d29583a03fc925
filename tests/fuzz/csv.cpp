// The reader of tables: what it accepts is finite numbers and labels that have a name. The first byte chooses
// the options.

#include <array>

#include "eigenerate/data/load_csv.hpp"
#include "fuzz/fuzz_input.hpp"

using namespace eigenerate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  static const fuzz::InputFile file;
  file.set({bytes + 1, size - 1});
  const int choice = bytes[0];
  data::CsvOptions options{.separator = std::array{',', ';', '\t', ' '}[static_cast<std::size_t>(choice % 4)],
                           .header = static_cast<data::CsvHeader>(choice / 4 % 3)};
  if (choice >= 64) options.label = choice % 9 - 4;
  try {
    const data::CsvTable table = data::load_csv(file.path(), options);
    fuzz::require(static_cast<Index>(table.columns.size()) == table.samples.sample_shape().size(),
                  "other columns");
    fuzz::require(table.samples.has_labels() == options.label.has_value(), "labels come and go");
    fuzz::require(static_cast<Index>(table.class_names.size()) == table.samples.classes(), "other classes");
    for (Index i = 0; i < table.samples.size(); ++i)
      for (const float x : table.samples.sample(i)) fuzz::require(is_finite(x), "a value that is none");
  } catch (const IoError& e) {
    fuzz::require(std::string_view(e.what()).starts_with(file.path() + ": "), "an error without the path");
  } catch (const ConfigError&) {  // no such column, or none but labels
  }
  return 0;
}
