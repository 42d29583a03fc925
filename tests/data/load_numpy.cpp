#include "eigenerate/data/load_numpy.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::refuses;

namespace {
const std::filesystem::path goldens = std::filesystem::path(EIGENERATE_SOURCE_DIR) / "tests/goldens/data";
}

TEST_CASE("load numpy: the numbers that NumPy saved, with their labels") {
  const Matrix<float> expected = testing::load_golden("data/load_numpy")["numbers"].batch<float>("x");
  for (const char* name : {"float.npy", "double_v2.npy", "big_endian_v3.npy"})
    for (const char* labels : {"labels.npy", "short_labels.npy"}) {
      CAPTURE(name, labels);
      const Dataset set = data::load_numpy(goldens / name, goldens / labels);
      CHECK(set.sample_shape() == Shape{4});
      CHECK(set.labels() == std::vector<int>{2, 0, 1});
      CHECK(set.classes() == 3);
      for (Index i = 0; i < 3; ++i) CHECK(set.sample(i) == expected.col(i));
    }
  CHECK(data::load_numpy(goldens / "labels.npy").sample(0) == Vector<float>{{2}});
  CHECK(data::load_numpy(goldens / "float.npy", goldens / "labels.npy", {.classes = 10}).classes() == 10);
}

TEST_CASE("load numpy: bytes stay bytes, with channels where they stand") {
  // 2×3×2×3, counted up.
  const Dataset last = data::load_numpy(goldens / "bytes.npy");
  CHECK(last.storage().has_bytes());
  CHECK(last.sample_shape() == Shape{3, 3, 2});
  CHECK(last.value_range() == ValueRange{0, 255, true});
  CHECK(last.sample(1)[0] == 18);
  const Dataset first =
      data::load_numpy(goldens / "bytes.npy", {}, {.range = data::PixelRange::unit, .channels_first = true});
  CHECK(first.storage().has_bytes());
  CHECK(first.sample_shape() == Shape{3, 2, 3});
  CHECK(first.value_range() == ValueRange{0, 1});
  CHECK(first.sample(0).head(4) == Vector<float>{{0, 6, 12, 1}} / 255.0f);
}

TEST_CASE("load numpy: what is no such dataset is refused by name") {
  const auto load = [](const char* samples, const char* labels, const data::NumpyOptions& options = {}) {
    return [=] { (void)data::load_numpy(goldens / samples, goldens / labels, options); };
  };
  refuses<IoError>(load("bytes.npy", "labels.npy"), {"bytes.npy: expected 3 samples", "labels.npy", "got 2"});
  refuses<IoError>(load("float.npy", "float.npy"), {"float.npy: expected labels in one dimension"});
  refuses<IoError>(load("float.npy", "labels.npy", {.classes = 2}), {"labels in [0, 2), got 2 at place 0"});
  refuses<ConfigError>([] { (void)data::load_numpy(goldens / "float.npy", {}, {.classes = 2}); },
                       {"2 classes need a file of labels"});
  const support::TemporaryFolder folder;
  support::Bytes bytes = support::read_bytes(goldens / "float.npy");
  for (std::size_t i = bytes.size() - 4; i < bytes.size(); ++i) bytes[i] = 0xff;
  support::write_bytes(folder / "nan.npy", bytes);
  refuses<IoError>([&] { (void)data::load_numpy(folder / "nan.npy"); },
                   {"nan.npy: expected numbers that a float can hold", "at place 11"});
}
