// The reader of NumPy's files: what it accepts holds as many values as it says, and is a dataset of these or
// refused by name.

#include <algorithm>

#include "eigenerate/data/load_numpy.hpp"
#include "fuzz/fuzz_input.hpp"

using namespace eigenerate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const fuzz::InputFile file;
  file.set({bytes, size});
  try {
    const data::NpyArray array = data::read_npy(file.path());
    std::size_t count = 1;
    for (const Index extent : array.extents) count *= static_cast<std::size_t>(extent);
    array.visit([&](auto values) { fuzz::require(values.size() == count, "another number of values"); });
    fuzz::require(array.bytes.size() < size, "more values than bytes");
    const Dataset set = data::load_numpy(file.path(), {}, {.channels_first = bytes[size - 1] % 2 == 1});
    fuzz::require(set.size() == array.extents[0], "another number of samples");
    fuzz::require(set.size() * set.sample_shape().size() == static_cast<Index>(count), "another size");
    for (Index i = 0; i < set.size(); ++i)
      for (const float x : set.sample(i)) fuzz::require(is_finite(x), "a value that is none");
  } catch (const IoError& e) {
    fuzz::require(std::string_view(e.what()).starts_with(file.path() + ": "), "an error without the path");
  }
  return 0;
}
