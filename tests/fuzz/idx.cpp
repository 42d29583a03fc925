// The reader of IDX files: what it accepts is, written again, the same file; and as a dataset it has the same
// pixels, wherever they stand, or the same labels.

#include <algorithm>
#include <cmath>
#include <vector>

#include "eigenerate/data/load_idx.hpp"
#include "fuzz/fuzz_input.hpp"
#include "fuzz/idx_again.hpp"

namespace {

using namespace eigenerate;

void check_dataset(const std::string& path, const data::IdxArray& array, const data::IdxOptions& options) {
  const bool bytes = array.type == data::IdxType::u8;
  const auto rank = array.extents.size();
  const bool images = bytes && rank >= 2 && rank <= 4;
  try {
    const Dataset set = data::load_idx(path, {}, options);
    fuzz::require(images, "other images than bytes in 2 to 4 dimensions");
    fuzz::require(set.size() == array.extents[0], "another number of images");
    std::vector<std::uint8_t> pixels;
    for (Index i = 0; i < set.size(); ++i)
      for (const float x : set.sample(i)) pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * x)));
    const auto values = array.values<std::uint8_t>();
    std::vector<std::uint8_t> expected(values.begin(), values.end());
    std::ranges::sort(pixels);
    std::ranges::sort(expected);
    fuzz::require(pixels == expected, "other pixels");
  } catch (const IoError& e) {
    fuzz::require(!images && std::string_view(e.what()).starts_with(path + ": "), "images are refused");
  }
  try {
    const std::vector<int> labels = data::detail::idx_labels(array, path, options);
    fuzz::require(rank == 1 && static_cast<Index>(labels.size()) == array.extents[0],
                  "another number of labels");
    fuzz::require(std::ranges::all_of(labels, [](int label) { return label >= 0; }), "a negative label");
  } catch (const IoError& e) {
    fuzz::require(!bytes || rank != 1 || options.first_label > 0, "labels are refused");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const fuzz::InputFile file;
  file.set({bytes, size});
  try {
    const auto array = data::read_idx(file.path());
    fuzz::require(std::ranges::equal(fuzz::idx_again(array), std::span(bytes, size)),
                  "accepted, and another file");
    const int last = bytes[size - 1];
    check_dataset(file.path(), array,
                  {.first_label = last % 3, .transposed = last % 2 == 1, .channels_first = last % 5 == 1});
  } catch (const IoError& e) {
    fuzz::require(std::string_view(e.what()).starts_with(file.path() + ": "), "an error without the path");
  }
  return 0;
}
