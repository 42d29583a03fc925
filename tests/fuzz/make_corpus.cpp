// Writes the corpora that the fuzz targets begin with: make_corpus FOLDER. They are committed, in
// tests/fuzz/corpus; run it again (target eigenerate_fuzz_corpus) when a format changes.

#include <cstdio>
#include <limits>

#include "eigenerate/io/weights.hpp"
#include "fuzz/bits_back_toy.hpp"
#include "support/gzip_bytes.hpp"
#include "support/idx_bytes.hpp"
#include "support/safetensors_bytes.hpp"
#include "support/small_checkpoint.hpp"

namespace {

namespace fs = std::filesystem;
using support::Bytes;

void put(const fs::path& path, const Bytes& bytes) {
  fs::create_directories(path.parent_path());
  support::write_bytes(path, bytes);
  std::printf("%s: %zu bytes\n", path.c_str(), bytes.size());
}

Bytes text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}
Bytes behind(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// Samples 0 … levels − 1 of two values, compressed.
eigenerate::CompressedImages compressed(int latent_bits, eigenerate::Index levels) {
  fuzz::BitsBackToy codec({.scalar_bits = 32,
                           .isa = "scalar",
                           .precision = "highest",
                           .layout = "column",
                           .shape = {2, 1, 1},
                           .levels = levels,
                           .latent_bits = latent_bits,
                           .mass_bits = 12});
  eigenerate::Matrix<float> samples(2, levels);
  for (eigenerate::Index i = 0; i < levels; ++i)
    samples.col(i) << static_cast<float>(i), static_cast<float>(levels - 1 - i);
  return eigenerate::compress(codec, eigenerate::ConstView<float>(samples));
}

/// As the target takes it: the flag, and the file without its checksum.
Bytes flagged(const eigenerate::CompressedImages& images) {
  Bytes bytes{0};
  for (const std::byte b : images.bytes()) bytes.push_back(static_cast<std::uint8_t>(b));
  bytes.resize(bytes.size() - 8);
  return bytes;
}

void write(const fs::path& corpus) {
  using support::gzip_bytes, support::idx_bytes;
  const Bytes images = idx_bytes(8, {2, 3, 4}, Bytes(24, 7)), doubles = idx_bytes(0x0e, {2}, Bytes(16, 1));
  put(corpus / "idx/images", images);
  put(corpus / "idx/labels", idx_bytes(8, {5}, {0, 1, 2, 3, 9}));
  put(corpus / "idx/shorts", idx_bytes(0x0b, {2, 2}, Bytes(8, 5)));
  put(corpus / "idx/doubles", doubles);
  put(corpus / "idx/colors", idx_bytes(8, {1, 2, 3, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));

  put(corpus / "idx_gz/file", behind({0}, gzip_bytes(images)));
  put(corpus / "idx_gz/two_members",
      behind(behind({0}, gzip_bytes({0, 0, 8})), gzip_bytes({1, 0, 0, 0, 1, 5})));
  put(corpus / "idx_gz/padded", behind(behind({0}, gzip_bytes(images)), Bytes(9)));
  put(corpus / "idx_gz/content", behind({1}, images));
  put(corpus / "idx_gz/doubles", behind({1}, doubles));

  put(corpus / "csv/numbers", behind({0}, text("1,2.5\n-3e2,\"4\"\n")));
  put(corpus / "csv/labels", behind({66}, text("a\t\"b \"\"c\"\r\n\r\n1\tx\r\n2\t\"y\nz\"\r\n")));
  put(corpus / "csv/semicolons", behind({1}, text("\xef\xbb\xbf"
                                                  "a;b\n1;\n")));
  const auto goldens = fs::path(EIGENERATE_SOURCE_DIR) / "tests/goldens/data";
  for (const char* name : {"float", "double_v2", "big_endian_v3", "bytes", "labels", "fortran", "objects"})
    put(corpus / "npy" / name, support::read_bytes(goldens / (std::string(name) + ".npy")));

  const auto header = [&](const char* name, std::uint8_t data_bytes, std::string_view json) {
    put(corpus / "safetensors" / name, behind({0, data_bytes, 0}, text(json)));
  };
  header("none", 0, "{}");
  header("one", 24, R"({"0.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})");
  header("metadata", 3,
         R"({"__metadata__":{"format":"pt"},"a":{"shape":[3],"dtype":"U8","data_offsets":[0,3]}} )");
  header(
      "several", 38,
      R"({"s":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"i":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},)"
      R"("u":{"dtype":"U64","shape":[1,1],"data_offsets":[16,24]},"h":{"dtype":"F16","shape":[3],"data_offsets":[24,30]},)"
      R"("b":{"dtype":"BF16","shape":[3],"data_offsets":[30,36]},"t":{"dtype":"BOOL","shape":[2],"data_offsets":[36,38]},)"
      R"("e":{"dtype":"F32","shape":[9,0],"data_offsets":[38,38]}})");
  header(
      "packed", 14,
      R"({"f":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]},"g":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[3,6]},)"
      R"("c":{"dtype":"C64","shape":[1],"data_offsets":[6,14]}})");
  header("half_a_byte", 2, R"({"f":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})");
  header("escapes", 0, R"({"\u00e9\n\"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})");
  header("huge", 8, R"({"a":{"dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8]}})");
  // What must be refused, one step away from what is right.
  header("key_twice", 3, R"({"a":{"dtype":"U8","dtype":"U8","shape":[3],"data_offsets":[0,3]}})");
  header(
      "tensor_twice", 0,
      R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})");
  header("metadata_twice", 0, R"({"__metadata__":{"a":"x","a":"x"},"__metadata__":{}})");
  header(
      "overlap", 4,
      R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}})");
  header(
      "hole", 4,
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}})");
  header("nested", 4, R"({"a":{"dtype":"U8","shape":[[4]],"data_offsets":[0,[4]]}})");
  const support::TemporaryFolder folder;
  eigenerate::save_weights(folder / "weights", eigenerate::Network(eigenerate::Sequential{
                                                   eigenerate::Linear{2, 2}, eigenerate::BatchNorm{2}}));
  put(corpus / "safetensors/weights", behind({1}, support::read_bytes(folder / "weights")));

  put(corpus / "checkpoint/valid", support::checkpoint_bytes());
  put(corpus / "checkpoint/nan",
      support::checkpoint_with("average.decoder.0.bias", std::numeric_limits<float>::quiet_NaN()));
  put(corpus / "checkpoint/contradiction", support::checkpoint_with("run.step", std::uint64_t{9}));

  put(corpus / "compressed/two_levels", flagged(compressed(3, 2)));
  put(corpus / "compressed/many_levels", flagged(compressed(8, 100)));
  eigenerate::CompressedImages huge = compressed(3, 2);
  huge.setting.shape = {3, 1 << 10, 1 << 10};
  huge.setting.latent_bits = 0;
  put(corpus / "compressed/huge", flagged(huge));

  put(corpus / "command_line/usual", text("--data\nmnist\n--epochs\n3\n--batch-size=64\n--quiet"));
  put(corpus / "command_line/every",
      text("--dataset\nfashion\n--architecture\nconv\n--conditional\n--latent\n8\n"
           "--learning-rate\n1e-3\n--seed\n7\n--threads\n2\n--precision\nmedium\n"
           "--non-finite\nrollback\n--save\nw\n--checkpoint-steps\n5\n--out\no"));
  put(corpus / "command_line/resume", text("--resume\n--out\nresults"));
  put(corpus / "command_line/weights", text("--weights\nw.safetensors"));
  put(corpus / "command_line/help", text("--help"));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  write(argv[1]);
}
