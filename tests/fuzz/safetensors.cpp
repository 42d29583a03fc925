// The reader of safetensors headers against a second one, which builds nlohmann's document and looks at it at
// leisure: they accept the same headers and read the same from them. The first byte of an input tells what
// the others are: a whole file (odd), or (even) two bytes of the data's size and a header.

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "eigenerate/io/weights.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/network/network.hpp"
#include "fuzz/fuzz_input.hpp"

namespace {

using namespace eigenerate;
using nlohmann::json;
__extension__ using Wide = unsigned __int128;

const std::map<std::string, std::uint64_t> element_bits{
    {"F64", 64},        {"F32", 32},        {"F16", 16},    {"BF16", 16}, {"F8_E4M3", 8}, {"F8_E5M2", 8},
    {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I64", 64},    {"U64", 64},  {"I32", 32},    {"U32", 32},
    {"I16", 16},        {"U16", 16},        {"I8", 8},      {"U8", 8},    {"BOOL", 8},    {"C64", 64},
    {"F8_E8M0", 8},     {"F6_E2M3", 6},     {"F6_E3M2", 6}, {"F4", 4}};

struct NaiveTensor {
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;
};
struct NaiveHeader {
  std::map<std::string, NaiveTensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// The document, where no object has a key twice; discarded otherwise.
json document_of(const std::string& text) {
  std::vector<std::set<std::string>> open;
  bool twice = false;
  json document = json::parse(
      text,
      [&](int, json::parse_event_t event, json& value) {
        if (event == json::parse_event_t::object_start) open.emplace_back();
        if (event == json::parse_event_t::key) twice |= !open.back().insert(value.get<std::string>()).second;
        if (event == json::parse_event_t::object_end) open.pop_back();
        return true;
      },
      false);
  return twice ? json(json::value_t::discarded) : document;
}

std::optional<std::vector<std::uint64_t>> numbers(const json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<std::uint64_t> values;
  for (const json& value : list) {
    if (!value.is_number_unsigned()) return std::nullopt;
    values.push_back(value.get<std::uint64_t>());
  }
  return values;
}

std::optional<NaiveHeader> naive(const std::string& text, std::uint64_t data_bytes) {
  if (text.empty() || text[0] != '{' || text.find('\0') != text.npos) return std::nullopt;
  const json document = document_of(text);
  if (!document.is_object()) return std::nullopt;
  NaiveHeader header;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  for (const auto& [name, value] : document.items()) {
    if (!value.is_object()) return std::nullopt;
    if (name == "__metadata__") {
      for (const auto& [key, text_of_key] : value.items()) {
        if (!text_of_key.is_string()) return std::nullopt;
        header.metadata[key] = text_of_key.get<std::string>();
      }
      continue;
    }
    if (value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets"))
      return std::nullopt;
    const auto shape = numbers(value["shape"]), offsets = numbers(value["data_offsets"]);
    if (!value["dtype"].is_string() || !shape || !offsets || shape->size() > 64 || offsets->size() != 2)
      return std::nullopt;
    const NaiveTensor t{value["dtype"].get<std::string>(), *shape, (*offsets)[0], (*offsets)[1]};
    if (!element_bits.contains(t.dtype)) return std::nullopt;
    Wide bits = element_bits.at(t.dtype);
    const bool empty = std::ranges::count(t.shape, 0u) > 0;
    for (const std::uint64_t extent : t.shape) {
      if (extent >> 63 != 0) return std::nullopt;
      if (empty) bits = 0;
      bits *= extent;
      if (bits > Wide{8} * data_bytes) return std::nullopt;
    }
    if (bits % 8 != 0 || t.end < t.begin || t.end > data_bytes || 8 * Wide{t.end - t.begin} != bits)
      return std::nullopt;
    places.emplace_back(t.begin, t.end);
    header.tensors[name] = t;
  }
  std::ranges::sort(places);
  std::uint64_t next = 0;
  for (const auto& [begin, end] : places) {
    if (begin != next) return std::nullopt;
    next = end;
  }
  if (next != data_bytes) return std::nullopt;
  return header;
}

void require_agreement(const std::optional<SafetensorsHeader>& got,
                       const std::optional<NaiveHeader>& expected) {
  fuzz::require(got.has_value() || !expected, "refused what is right");
  fuzz::require(!got || expected, "accepted what is wrong");
  if (!got) return;
  fuzz::require(got->metadata == expected->metadata, "other metadata");
  fuzz::require(got->tensors.size() == expected->tensors.size(), "another number of tensors");
  std::uint64_t next = 0;
  for (const TensorEntry& t : got->tensors) {
    const auto found = expected->tensors.find(t.name);
    fuzz::require(found != expected->tensors.end() && got->find(t.name) == &t, "another name");
    const NaiveTensor& e = found->second;
    fuzz::require(
        dtype_name(t.dtype) == e.dtype && t.begin == e.begin && t.end == e.end &&
            std::ranges::equal(t.shape, e.shape, {}, [](Index i) { return static_cast<std::uint64_t>(i); }),
        "another tensor");
    fuzz::require(t.begin == next, "another order");
    next = t.end;
  }
}

void check_header(const std::string& text, std::uint64_t data_bytes) {
  std::optional<SafetensorsHeader> got;
  try {
    got = parse_safetensors_header("file", text, data_bytes);
  } catch (const IoError& e) {
    fuzz::require(std::string_view(e.what()).starts_with("file: ") && std::strlen(e.what()) < 5000,
                  "an unclear error");
  }
  require_agreement(got, naive(text, data_bytes));
}

void check_file(std::span<const std::uint8_t> bytes) {
  static const fuzz::InputFile file;
  file.set(bytes);
  std::optional<SafetensorsHeader> got;
  try {
    SafetensorsReader reader(file.path());
    got = reader.header();
    for (const TensorEntry& t : reader.tensors()) {
      std::vector<std::byte> all(t.end - t.begin);
      reader.read(t, 0, all);
    }
  } catch (const IoError&) {
  }
  std::optional<NaiveHeader> expected;
  if (bytes.size() >= 8) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    const auto rest = bytes.subspan(8);
    if (length <= rest.size())
      expected = naive(std::string(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(length)),
                       rest.size() - length);
  }
  require_agreement(got, expected);

  static Network network(Sequential{Linear{2, 2}, BatchNorm{2}});
  const auto values = [&] {
    std::vector<float> all(network.parameters().data(),
                           network.parameters().data() + network.parameters().size());
    all.insert(all.end(), network.buffers().data(), network.buffers().data() + network.buffers().size());
    return all;
  };
  const auto before = values();
  try {
    load_weights(file.path(), network);
    for (const float v : values()) fuzz::require(is_finite(v), "a weight that is not finite");
    save_weights("/dev/null/absent", network);
  } catch (const IoError& e) {
    const bool saving = std::string_view(e.what()).starts_with("/dev/null");
    fuzz::require(saving || values() == before, "a failed load has changed something");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  if (data[0] % 2 == 1)
    check_file({data + 1, size - 1});
  else
    check_header({data + 3, data + size}, data[1] | std::uint64_t{data[2]} << 8);
  return 0;
}
