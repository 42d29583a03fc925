// The reader of IDX files: what it accepts is, written again, the same file.

#include <algorithm>
#include <variant>
#include <vector>

#include "eigenerate/data/idx.hpp"
#include "fuzz/fuzz_input.hpp"
#include "fuzz/idx_again.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::InputFile file;
  file.set({data, size});
  try {
    const auto array = eigenerate::data::read_idx(file.path());
    fuzz::require(std::ranges::equal(fuzz::idx_again(array), std::span(data, size)),
                  "accepted, and another file");
  } catch (const eigenerate::IoError& e) {
    fuzz::require(std::string_view(e.what()).starts_with(file.path() + ": "), "an error without the path");
  }
  return 0;
}
