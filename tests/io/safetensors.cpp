#include "eigenerate/io/safetensors.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/safetensors_bytes.hpp"

using namespace eigenerate;
using support::Bytes;
using support::bytes_of;
using support::contains;
using support::safetensors_bytes;

namespace {

template <class T>
Tensor tensor(std::string name, Dtype dtype, std::vector<Index> shape, std::initializer_list<T> values) {
  const auto bytes = std::as_bytes(std::span(values.begin(), values.size()));
  return {std::move(name), dtype, std::move(shape), {bytes.begin(), bytes.end()}};
}

/// One tensor of every dtype, narrow ones first.
std::vector<Tensor> zoo() {
  return {tensor<std::uint8_t>("bool", Dtype::boolean, {3}, {0, 1, 1}),
          tensor<std::uint8_t>("u8", Dtype::u8, {2, 2}, {0, 1, 254, 255}),
          tensor<std::uint16_t>("f16", Dtype::f16, {2}, {0x3c00, 0xfc00}),
          tensor<std::uint16_t>("bf16", Dtype::bf16, {1, 2}, {0x3f80, 0x0001}),
          tensor<float>("f32", Dtype::f32, {}, {0.1f}),
          tensor<double>("f64", Dtype::f64, {2}, {0.1, -1e300}),
          tensor<std::int64_t>("i64", Dtype::i64, {}, {-7}),
          tensor<std::uint64_t>("u64", Dtype::u64, {1}, {~std::uint64_t{0}}),
          tensor<double>("empty", Dtype::f64, {2, 0}, {})};
}

Bytes contents(SafetensorsReader& reader, const TensorEntry& entry) {
  Bytes bytes(entry.end - entry.begin);
  reader.read(entry, 0, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::string verdict(const Bytes& bytes) {
  const support::TemporaryFolder folder;
  const auto path = folder / "file.safetensors";
  support::write_bytes(path, bytes);
  const std::string error = support::error_of([&] { SafetensorsReader reader(path); });
  CHECK((error.empty() || error.starts_with(path.string() + ": ")));
  return error;
}

}  // namespace

TEST_CASE("safetensors: every dtype comes back as it was written") {
  const support::TemporaryFolder folder;
  std::vector<Tensor> tensors = zoo();
  sort_for_safetensors(tensors);
  write_safetensors(folder / "zoo", safetensors_header(tensors, {{"key", "value"}}), tensors);
  CHECK(folder.entries() == 1);

  SafetensorsReader reader(folder / "zoo");
  CHECK(reader.path() == (folder / "zoo").string());
  CHECK(reader.size() == std::filesystem::file_size(folder / "zoo"));
  CHECK(reader.header().metadata == std::map<std::string, std::string>{{"key", "value"}});
  REQUIRE(reader.tensors().size() == tensors.size());
  for (const Tensor& t : tensors) {
    CAPTURE(t.name);
    const TensorEntry* entry = reader.header().find(t.name);
    REQUIRE(entry != nullptr);
    CHECK(entry->dtype == t.dtype);
    CHECK(entry->shape == t.shape);
    const Bytes got = contents(reader, *entry);
    CHECK(std::ranges::equal(std::as_bytes(std::span(got)), t.bytes));
  }
}

TEST_CASE(
    "safetensors: sorted tensors start at multiples of their element's size, equal ones in their order") {
  std::vector<Tensor> tensors = zoo();
  sort_for_safetensors(tensors);
  std::string order;
  for (const Tensor& t : tensors) order += t.name + " ";
  CHECK(order == "f64 i64 u64 empty f32 f16 bf16 bool u8 ");

  const support::TemporaryFolder folder;
  const std::string header = safetensors_header(tensors);
  write_safetensors(folder / "zoo", header, tensors);
  CHECK(header.size() % 8 == 0);
  SafetensorsReader reader(folder / "zoo");
  for (const TensorEntry& t : reader.tensors()) CHECK(8 * t.begin % dtype_bits(t.dtype) == 0);
}

TEST_CASE("safetensors: the bytes of a small file") {
  const support::TemporaryFolder folder;
  const std::vector<Tensor> tensors{tensor<float>("a", Dtype::f32, {2}, {1, -2})};
  write_safetensors(folder / "file", safetensors_header(tensors), tensors);
  // 54 characters, padded to 56.
  CHECK(support::read_bytes(folder / "file") ==
        safetensors_bytes(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  )",
                          bytes_of<float>({1, -2})));
}

TEST_CASE("safetensors: parts of tensors and of the file") {
  const support::TemporaryFolder folder;
  Tensor large{"large", Dtype::u8, {200'000}, std::vector<std::byte>(200'000)};
  for (std::size_t i = 0; i < large.bytes.size(); ++i) large.bytes[i] = static_cast<std::byte>(i * 7 % 251);
  const std::vector<Tensor> tensors{large};
  const std::string header = safetensors_header(tensors);
  write_safetensors(folder / "file", header, tensors);
  SafetensorsReader reader(folder / "file");

  std::vector<std::byte> part(10);
  for (const auto offset : std::initializer_list<std::uint64_t>{199'990, 0, 10, 5}) {
    reader.read(reader.tensors()[0], offset, part);
    CHECK(std::equal(part.begin(), part.end(), large.bytes.begin() + static_cast<std::ptrdiff_t>(offset)));
  }

  const Bytes whole = support::read_bytes(folder / "file");
  for (const std::uint64_t count :
       {reader.size(), reader.size() - 4, std::uint64_t{65536}, std::uint64_t{1}, std::uint64_t{0}}) {
    Bytes portions;
    reader.for_each_portion(count, [&](auto bytes) {
      for (const std::byte b : bytes) portions.push_back(std::to_integer<std::uint8_t>(b));
    });
    CHECK(portions == Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(count)));
  }
}

TEST_CASE("safetensors: a file that shrinks while it is read is an error") {
  const support::TemporaryFolder folder;
  const Bytes whole =
      safetensors_bytes(R"({"a":{"dtype":"U8","shape":[100000],"data_offsets":[0,100000]}})", Bytes(100'000));
  support::write_bytes(folder / "file", whole);
  SafetensorsReader reader(folder / "file");
  std::filesystem::resize_file(folder / "file", 50'000);
  std::vector<std::byte> bytes(100'000);
  CHECK(contains(support::error_of([&] { reader.read(reader.tensors()[0], 0, bytes); }),
                 "the file ended at byte 50000 while it was read"));
}

TEST_CASE("safetensors: lengths that the file does not have are refused before anything is read") {
  CHECK(verdict(safetensors_bytes("{}")).empty());
  CHECK(contains(verdict({}), "expected a safetensors file, got 0 bytes"));
  CHECK(contains(verdict(Bytes(7)), "expected a safetensors file, got 7 bytes"));
  CHECK(contains(verdict(Bytes(8)), "expected a JSON object, got nothing"));
  CHECK(contains(verdict(safetensors_bytes(3, "{}", {})),
                 "a safetensors header of at most 2 bytes, got a length of 3"));
  CHECK(contains(verdict(safetensors_bytes(~std::uint64_t{0}, "{}", {})),
                 "got a length of 18446744073709551615"));
  CHECK(contains(verdict(safetensors_bytes(1, "{}", {})), "expected a JSON header"));
  const std::string padded = "{}" + std::string(SafetensorsReader::largest_header - 2, ' ');
  CHECK(verdict(safetensors_bytes(padded)).empty());
  CHECK(contains(verdict(safetensors_bytes(padded + " ")),
                 fmt::format("of at most {} bytes, got a length of {}", SafetensorsReader::largest_header,
                             SafetensorsReader::largest_header + 1)));
}

TEST_CASE("safetensors: what cannot be read back is not written") {
  const auto refused = [](const std::vector<Tensor>& tensors,
                          const std::map<std::string, std::string>& metadata = {}) {
    return support::error_of<ConfigError>([&] { (void)safetensors_header(tensors, metadata); });
  };
  const Tensor a = tensor<float>("a", Dtype::f32, {1}, {1});
  CHECK(refused({a}, {{"a", "b"}}).empty());
  CHECK(contains(refused({a, a}), "the name \"a\" is taken"));
  CHECK(contains(refused({tensor<float>("__metadata__", Dtype::f32, {1}, {1})}), "is taken"));
  CHECK(contains(refused({tensor<float>("a", Dtype::f32, {2}, {1})}),
                 "\"a\" of F32 (2) needs 64 bits, got 4 bytes"));
  CHECK(contains(refused({tensor<float>("\xff", Dtype::f32, {1}, {1})}), "must be UTF-8"));
  CHECK(contains(refused({a}, {{"a", "\xff"}}), "must be UTF-8"));
  CHECK(
      contains(refused({a}, {{"a", std::string(SafetensorsReader::largest_header, 'x')}}), "more than the"));
}

TEST_CASE("safetensors: a writer that fails leaves the old file") {
  const support::TemporaryFolder folder;
  const std::vector<Tensor> tensors{tensor<float>("a", Dtype::f32, {1}, {1})};
  const std::string error = support::error_of(
      [&] { write_safetensors(folder / "missing/file", safetensors_header(tensors), tensors); });
  CHECK(contains(error, (folder / "missing/file").string() + ": cannot create: No such file or directory"));
}
