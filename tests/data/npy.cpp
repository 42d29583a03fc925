#include "eigenerate/data/npy.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;

namespace {

const std::filesystem::path goldens = std::filesystem::path(EIGENERATE_SOURCE_DIR) / "tests/goldens/data";

Bytes npy(std::string_view header, const Bytes& values, std::uint8_t version = 1) {
  Bytes bytes{0x93, 'N', 'U', 'M', 'P', 'Y', version, 0, static_cast<std::uint8_t>(header.size())};
  bytes.resize(version == 1 ? 10 : 12);
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), values.begin(), values.end());
  return bytes;
}

struct File {
  support::TemporaryFolder folder;

  data::NpyArray read(const Bytes& bytes) const {
    support::write_bytes(folder / "array.npy", bytes);
    return data::read_npy(folder / "array.npy");
  }
  std::string refusal(const Bytes& bytes) const {
    const std::string error = support::error_of([&] { (void)read(bytes); });
    if (!error.empty()) CHECK(contains(error, "array.npy: malformed at byte "));
    return error;
  }
  std::string refusal(std::string_view header, const Bytes& values = Bytes(4)) const {
    return refusal(npy(header, values));
  }
};

}  // namespace

TEST_CASE("npy: files that NumPy wrote, of every version and byte order") {
  const auto numbers = data::read_npy(goldens / "float.npy");
  CHECK(numbers.extents == std::vector<Index>{3, 4});
  CHECK(numbers.type == data::NpyType::f4);
  const auto first = [](const data::NpyArray& array) {
    return array.visit([](auto values) { return static_cast<double>(values[0]); });
  };
  const auto doubles = data::read_npy(goldens / "double_v2.npy"),
             swapped = data::read_npy(goldens / "big_endian_v3.npy");
  CHECK(doubles.type == data::NpyType::f8);
  CHECK(doubles.bytes == swapped.bytes);
  CHECK(static_cast<float>(first(doubles)) == static_cast<float>(first(numbers)));
  CHECK(data::read_npy(goldens / "labels.npy").type == data::NpyType::i8);
  CHECK(first(data::read_npy(goldens / "labels.npy")) == 2);
  CHECK(first(data::read_npy(goldens / "short_labels.npy")) == 2);
  CHECK(contains(support::error_of([] { (void)data::read_npy(goldens / "fortran.npy"); }),
                 "ascontiguousarray"));
  CHECK(contains(support::error_of([] { (void)data::read_npy(goldens / "half.npy"); }), "got '<f2'"));
  CHECK(contains(support::error_of([] { (void)data::read_npy(goldens / "objects.npy"); }), "got '|O'"));
}

TEST_CASE("npy: headers that others write") {
  const File file;
  CHECK(file.read(npy("{\"shape\":(4),\"fortran_order\":False,\"descr\":\"|u1\"}", {1, 2, 3, 4})).extents ==
        std::vector<Index>{4});
  CHECK(file.read(npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2,)}\n", {1, 0, 2, 1})).extents ==
        std::vector<Index>{2});  // one dimension has one order
  CHECK(file.read(npy("{'descr': '=f4', 'fortran_order': False, 'shape': (), }", Bytes(4))).extents.empty());
}

TEST_CASE("npy: a file that is none, or lies about itself, is refused with the place") {
  const File file;
  CHECK(contains(file.refusal(Bytes{}), "malformed at byte 0"));
  CHECK(contains(file.refusal(Bytes(20, 7)), "got another kind of file"));
  CHECK(contains(file.refusal(Bytes{'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0}), "a zip file"));
  CHECK(contains(file.refusal(npy("{}", {}, 4)), "expected version 1, 2 or 3, got 4"));
  CHECK(contains(file.refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}"), "got 4 bytes"));
  CHECK(contains(file.refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", Bytes(5)),
                 "got 5 bytes"));
  CHECK(contains(file.refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (0,)}"), "got 0"));
  CHECK(contains(file.refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"),
                 "expected an extent"));
  // Products that no number holds, before memory is taken for them.
  CHECK(contains(file.refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"),
                 "as many values as the shape says"));
  CHECK(contains(file.refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"),
                 "at most 18 digits"));
  CHECK(contains(file.refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}"),
                 "at most 8 dimensions"));
  CHECK(contains(file.refusal("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}"),
                 "once"));
  CHECK(contains(file.refusal("{'descr': '<f4', 'shape': (1,)}"), "got fewer"));
  CHECK(contains(file.refusal("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}"), "True or False"));
  CHECK(contains(file.refusal("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"),
                 "expected '''"));
  CHECK(contains(file.refusal("{'descr': '', 'fortran_order': False, 'shape': (1,)}"), "got ''"));
  CHECK(contains(file.refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x"),
                 "the end of the header"));
  Bytes long_header = npy("{}", {});
  long_header[8] = long_header[9] = 0xff;
  CHECK(contains(file.refusal(long_header), "a header of 65535 bytes"));
}

TEST_CASE("npy: every beginning is refused, and every changed byte read or refused in words") {
  const File file;
  const Bytes whole = support::read_bytes(goldens / "float.npy");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CHECK_FALSE(file.refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(i))).empty());
    for (const int bit : {0, 3, 7}) {
      Bytes changed = whole;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ 1 << bit);
      (void)file.refusal(changed);
    }
  }
}
