// Files that somebody made to harm: each is refused in words that name it, soon, and in little memory.

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <csignal>
#include <functional>
#include <limits>
#include <set>

#include "eigenerate/data/compressed_idx.hpp"
#include "eigenerate/io/weights.hpp"
#include "support/catch.hpp"
#include "support/guarded_run.hpp"
#include "support/gzip_bytes.hpp"
#include "support/idx_bytes.hpp"
#include "support/model_hash.hpp"
#include "support/safetensors_bytes.hpp"
#include "support/small_checkpoint.hpp"

using namespace eigenerate;
using support::Bytes;
using support::bytes_of;
using support::changed_checkpoint;
using support::checkpoint_with;
using support::checkpoint_with_more;
using support::contains;
using support::gzip_bytes;
using support::idx_bytes;
using support::safetensors_bytes;

namespace {

namespace fs = std::filesystem;
using Header = nlohmann::ordered_json;

constexpr std::uint64_t base_memory = std::uint64_t{64} << 20;
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinite = std::numeric_limits<float>::infinity();

// ---- The readers: each throws, and then nothing of the model may have changed

void read_tensors(const fs::path& path) {
  SafetensorsReader reader(path);
}

void read_weights(const fs::path& path) {
  Network network(Sequential{Linear{2, 2}, BatchNorm{2}});
  const auto bits = [&] {
    std::vector<float> all(network.parameters().data(),
                           network.parameters().data() + network.parameters().size());
    all.insert(all.end(), network.buffers().data(), network.buffers().data() + network.buffers().size());
    return all;
  };
  const auto before = bits();
  try {
    load_weights(path, network);
  } catch (const Error&) {
    if (bits() != before) throw std::logic_error("the network has changed");
    throw;
  }
}

void read_checkpoint(const fs::path& path) {
  support::SmallRun run(2);
  const std::uint64_t before = support::model_hash(run.model);
  RunState state;
  try {
    load_checkpoint(path, run.plan, state, run.model);
  } catch (const Error&) {
    if (support::model_hash(run.model) != before || state.step != 0)
      throw std::logic_error("the model has changed");
    throw;
  }
}

void read_idx(const fs::path& path) {
  (void)data::read_compressed_idx(path);
}

// ---- The files

struct Hostile {
  std::string name;
  void (*read)(const fs::path&);
  std::string fragment;                       // of the message, besides the path
  std::function<void(const fs::path&)> make;  // puts the file at the path
  std::string type = "IoError";
  std::string file = "file";
};

auto bytes(Bytes content) {
  return [content = std::move(content)](const fs::path& path) { support::write_bytes(path, content); };
}

/// A header of one tensor, and 16 bytes of data.
Bytes tensor(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return safetensors_bytes(
      fmt::format(R"({{"a":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape, offsets),
      Bytes(16));
}
/// A header of several tensors, and 16 bytes of data.
Bytes tensors(std::string_view header) {
  return safetensors_bytes(header, Bytes(16));
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string many_tensors(int count, std::string_view last) {
  std::string header = "{";
  for (int i = 0; i < count; ++i)
    header += fmt::format(R"("{}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}},)", i);
  return header + std::string(last) + "}";
}

/// A header of 2 MiB, as long as readers take, that describes tensors without elements.
Bytes honest_file_with_the_longest_header() {
  const std::string entry = R"("000000":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)";
  const auto count = static_cast<int>(SafetensorsReader::largest_header / entry.size()) - 1;
  std::string header = "{";
  for (int i = 0; i < count; ++i)
    header += fmt::format(R"("{:06}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}{})", i,
                          i + 1 < count ? "," : "}");
  return safetensors_bytes(header, {});
}

/// The weights of `read_weights`' network, each tensor a line of dtype, shape and bytes that a case may
/// change.
struct Weights {
  struct Line {
    std::string dtype, shape;
    Bytes bytes;
  };
  std::map<std::string, Line> lines{{"0.weight", {"F32", "[2,2]", bytes_of<float>({1, 2, 3, 4})}},
                                    {"0.bias", {"F32", "[2]", bytes_of<float>({1, 2})}},
                                    {"1.weight", {"F32", "[2]", bytes_of<float>({1, 2})}},
                                    {"1.bias", {"F32", "[2]", bytes_of<float>({1, 2})}},
                                    {"1.running_mean", {"F32", "[2]", bytes_of<float>({1, 2})}},
                                    {"1.running_var", {"F32", "[2]", bytes_of<float>({1, 2})}},
                                    {"1.num_batches_tracked", {"I64", "[]", bytes_of<std::int64_t>({3})}}};

  Bytes file() const {
    std::string header;
    Bytes data;
    for (const auto& [name, line] : lines) {
      header += fmt::format(R"({}"{}":{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})",
                            header.empty() ? "{" : ",", name, line.dtype, line.shape, data.size(),
                            data.size() + line.bytes.size());
      data.insert(data.end(), line.bytes.begin(), line.bytes.end());
    }
    return safetensors_bytes(header + "}", data);
  }
};
auto weights_with(const std::string& name, Weights::Line line) {
  Weights w;
  w.lines[name] = std::move(line);
  return bytes(w.file());
}

auto header_change(std::function<void(Header&, Bytes&)> change) {
  return [change = std::move(change)](const fs::path& path) {
    support::write_bytes(path, changed_checkpoint(change));
  };
}

/// Appends a member to a .gz file.
Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

void add_headers(std::vector<Hostile>& all) {
  const auto add = [&](std::string name, Bytes content, std::string fragment) {
    all.push_back({"safetensors: " + name, read_tensors, std::move(fragment), bytes(std::move(content))});
  };
  const std::uint64_t most = SafetensorsReader::largest_header;
  add("empty file", {}, "expected a safetensors file, got 0 bytes");
  add("seven bytes", Bytes(7), "expected a safetensors file, got 7 bytes");
  add("header of no bytes", safetensors_bytes(""), "got nothing");
  add("header of 2^64 - 1 bytes", safetensors_bytes(~std::uint64_t{0}, "{}", {}),
      "length of 18446744073709551615");
  add("header of 2^63 bytes", safetensors_bytes(std::uint64_t{1} << 63, "{}", {}),
      "length of 9223372036854775808");
  add("header one byte longer than the file", safetensors_bytes(3, "{}", {}),
      "at most 2 bytes, got a length of 3");
  add("header longer than any model's", safetensors_bytes("{}" + std::string(most, ' ')),
      fmt::format("at most {} bytes, got a length of {}", most, most + 2));
  add("header that is a list", safetensors_bytes("[]"), "expected a JSON object, got \"[\"");
  add("header cut in the middle", tensors(R"({"a":{"dtype":"F3)"), "expected a JSON header");
  add("two headers", tensors("{}{}"), "expected a JSON header");
  add("byte order mark", tensors("\xef\xbb\xbf{}"), "expected a JSON object");
  add("padding of zero bytes", safetensors_bytes(std::string("{}\0\0", 4)), "got a zero byte");
  add("something hidden behind a zero byte", safetensors_bytes(std::string("{}\0{\"a\":1}", 10)),
      "got a zero byte");
  add("bytes behind the last tensor", tensor("\"F32\"", "[3]", "[0,12]"), "got 4 bytes more");
  add("nothing but bytes behind", tensors("{}"), "got 16 bytes more");
  add("hole before the first tensor", tensor("\"F32\"", "[3]", "[4,16]"), "expected it to begin at 0");
  add("hole between tensors",
      tensors(
          R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}})"),
      "\"b\" has data_offsets [8, 16], expected it to begin at 4");
  add("overlapping tensors",
      tensors(
          R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]},"b":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}})"),
      "\"b\" has data_offsets [8, 16], expected it to begin at 9");
  add("two tensors on the same bytes",
      tensors(
          R"({"a":{"dtype":"U8","shape":[16],"data_offsets":[0,16]},"b":{"dtype":"U8","shape":[16],"data_offsets":[0,16]}})"),
      "\"b\" has data_offsets [0, 16], expected it to begin at 16");
  add("empty tensor inside another",
      tensors(
          R"({"a":{"dtype":"U8","shape":[16],"data_offsets":[0,16]},"b":{"dtype":"U8","shape":[0],"data_offsets":[8,8]}})"),
      "\"b\" has data_offsets [8, 8], expected it to begin at 16");
  add("offsets the wrong way round", tensor("\"F32\"", "[4]", "[16,0]"), "has data_offsets [16, 0]");
  add("offsets beyond the file", tensor("\"F32\"", "[8]", "[0,32]"),
      "expected it to begin at 0 and to end by 16");
  add("offset of 2^64 - 1", tensor("\"F32\"", "[4]", "[0,18446744073709551615]"), "to end by 16");
  add("offset of 2^64", tensor("\"F32\"", "[4]", "[0,18446744073709551616]"),
      "got the number 18446744073709551616");
  add("negative offset", tensor("\"F32\"", "[4]", "[-16,0]"), "expected integers from 0, got -16");
  add("offset with a fraction", tensor("\"F32\"", "[4]", "[0,16.0]"),
      "expected integers from 0, got the number 16.0");
  add("offset that is text", tensor("\"F32\"", "[4]", "[0,\"16\"]"),
      "expected integers from 0, got a string");
  add("three offsets", tensor("\"F32\"", "[4]", "[0,16,16]"), "expected two data_offsets, got more");
  add("shape of 2^63", tensor("\"U8\"", "[9223372036854775808]", "[0,16]"), "expected extents below 2^63");
  add("shape of 2^63 - 1", tensor("\"U8\"", "[9223372036854775807]", "[0,16]"),
      "larger than the file's 16 bytes");
  add("shape whose product wraps to the right size", tensor("\"F32\"", "[4611686018427387908]", "[0,16]"),
      "larger than the file's 16 bytes");
  add("shape whose product is 2^64", tensor("\"U8\"", "[4294967296,4294967296]", "[0,0]"),
      "larger than the file's");
  add("negative extents", tensor("\"F32\"", "[-2,-2]", "[0,16]"), "expected integers from 0, got -2");
  add("extent of 1e18", tensor("\"F32\"", "[1e18]", "[0,16]"),
      "expected integers from 0, got the number 1e18");
  add("extent of 400 digits", tensor("\"F32\"", "[" + std::string(400, '9') + "]", "[0,16]"), "999…");
  add("extent of a million digits", tensor("\"F32\"", "[" + std::string(1'000'000, '9') + "]", "[0,16]"),
      "malformed");
  add("shape of 65 dimensions", tensor("\"U8\"", "[16" + repeated(",1", 64) + "]", "[0,16]"),
      "at most 64 dimensions");
  add("shape of a million dimensions", tensor("\"U8\"", "[16" + repeated(",1", 1'000'000) + "]", "[0,16]"),
      "at most 64 dimensions");
  add("shape that contradicts the offsets", tensor("\"F32\"", "[2,1]", "[0,16]"), "(2, 1) needs 8 bytes");
  add("unknown dtype", tensor("\"I4\"", "[4]", "[0,16]"),
      "expected a dtype out of F64, F32, F16, BF16, F8_E4M3, F8_E5M2, F8_E4M3FNUZ, F8_E5M2FNUZ, I64, U64, I32, "
      "U32, I16, U16, I8, U8, BOOL, C64, F8_E8M0, F6_E2M3, F6_E3M2, F4, got \"I4\"");
  add("half a byte of 4-bit floats", tensor("\"F4\"", "[31]", "[0,16]"),
      "\"a\" of F4 (31) has 124 bits, which are no whole bytes");
  add("6-bit floats beyond the file", tensor("\"F6_E2M3\"", "[22]", "[0,16]"),
      "larger than the file's 16 bytes");
  add("fewer 6-bit floats than bytes for them", tensor("\"F6_E3M2\"", "[20]", "[0,16]"),
      "(20) needs 15 bytes");
  add("a complex number too few", tensor("\"C64\"", "[1]", "[0,16]"), "(1) needs 8 bytes");
  add("dtype that is a number", tensor("32", "[4]", "[0,16]"), "expected the name of a dtype, got 32");
  add("dtype of a megabyte", tensor("\"" + std::string(1'000'000, 'F') + "\"", "[4]", "[0,16]"),
      "got \"FFFF");
  add("tensor twice",
      tensors(
          R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}})"),
      "expected each tensor once, got \"a\" twice");
  add("tensor twice, once escaped",
      tensors(
          R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"\u0061":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}})"),
      "expected each tensor once, got \"a\" twice");
  add("key twice in a tensor",
      tensors(R"({"a":{"dtype":"F32","shape":[4],"shape":[4],"data_offsets":[0,16]}})"),
      "expected each key once, got \"shape\" twice");
  add("key twice in the metadata", tensors(R"({"__metadata__":{"a":"1","a":"2"}})"), "got \"a\" twice");
  add("metadata twice", tensors(R"({"__metadata__":{},"__metadata__":{}})"), "got \"__metadata__\" twice");
  add("metadata that is no text", tensors(R"({"__metadata__":{"a":[1]}})"),
      "expected text for each key of __metadata__");
  add("unknown key in a tensor",
      tensors(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"strides":[1]}})"), "got \"strides\"");
  add("tensor without a dtype", tensors(R"({"a":{"shape":[4],"data_offsets":[0,16]}})"), "got fewer");
  add("a million nested lists", tensor("\"F32\"", std::string(1'000'000, '['), "[0,16]"), "got an array");
  add("nested objects", tensors(repeated("{\"a\":", 300'000)), "malformed header in \"a\"");
  add("nested lists in the metadata", tensors("{\"__metadata__\":{\"a\":" + std::string(1'000'000, '[')),
      "got an array");
  add("name that is not UTF-8", tensors("{\"\xc0\xaf\":{}}"), "ill-formed UTF-8 byte");
  add("half a surrogate pair", tensors(R"({"\ud800":{}})"), "surrogate");
  add("control characters in a name", tensors("{\"\x1b[2J\":{}}"), "control character");
  add("escaped control characters in a name", tensors(R"({"\u001b[2J\u0007\u0000":{}})"),
      R"(\u001b[2J\u0007\u0000)");
  add("name of a megabyte", tensors("{\"" + std::string(1'000'000, 'n') + "\":{}}"), "nnn…\"");
  add("thirty thousand tensors and a hole",
      safetensors_bytes(many_tensors(30'000, R"("last":{"dtype":"U8","shape":[1],"data_offsets":[1,2]})"),
                        Bytes(2)),
      "\"last\" has data_offsets [1, 2]");
  all.push_back({"safetensors: sparse file of a gibibyte that is all header", read_tensors,
                 "at most 2097152 bytes", [](const fs::path& path) {
                   support::write_bytes(path, safetensors_bytes((std::uint64_t{1} << 30) - 8, "{}", {}));
                   fs::resize_file(path, std::uintmax_t{1} << 30);
                 }});
}

void add_weights(std::vector<Hostile>& all) {
  const auto add = [&](std::string name, std::function<void(const fs::path&)> make, std::string fragment) {
    all.push_back({"weights: " + name, read_weights, std::move(fragment), std::move(make)});
  };
  const std::string finite = "weights must be finite numbers";
  add("NaN", weights_with("0.weight", {"F32", "[2,2]", bytes_of<float>({1, 2, 3, not_a_number})}),
      "\"0.weight\" holds nan at element 3; " + finite);
  add("infinity", weights_with("0.bias", {"F32", "[2]", bytes_of<float>({infinite, 0})}),
      "\"0.bias\" holds inf at element 0; " + finite);
  add("negative infinity in a double",
      weights_with("0.bias", {"F64", "[2]", bytes_of<double>({0, -1. * infinite})}),
      "holds -inf at element 1; " + finite);
  add("infinity in 16 bits", weights_with("0.bias", {"F16", "[2]", bytes_of<std::uint16_t>({0x7c00, 0})}),
      "holds inf at element 0; " + finite);
  add("NaN in 16 bits", weights_with("0.bias", {"BF16", "[2]", bytes_of<std::uint16_t>({0, 0x7fc1})}),
      "holds nan at element 1; " + finite);
  add("a double that no float holds", weights_with("0.bias", {"F64", "[2]", bytes_of<double>({0, 1e39})}),
      "holds 1e+39 at element 1; " + finite);
  add("NaN in a running statistic",
      weights_with("1.running_var", {"F32", "[2]", bytes_of<float>({1, not_a_number})}),
      "\"1.running_var\" holds nan");
  add("negative count", weights_with("1.num_batches_tracked", {"I64", "[]", bytes_of<std::int64_t>({-1})}),
      "which is no count");
  add("count of 2^63 - 1",
      weights_with("1.num_batches_tracked",
                   {"I64", "[]", bytes_of<std::int64_t>({std::numeric_limits<std::int64_t>::max()})}),
      "which is no count");
  add("transposed extents", weights_with("0.weight", {"F32", "[4,1]", bytes_of<float>({1, 2, 3, 4})}),
      "different: \"0.weight\" is (4, 1), expected (2, 2)");
  add("weights that are integers", weights_with("0.bias", {"I64", "[2]", bytes_of<std::int64_t>({1, 2})}),
      "different: \"0.bias\" is I64, expected F32");
  add("weights that are complex", weights_with("0.bias", {"C64", "[2]", Bytes(16)}),
      "\"0.bias\" is C64, expected F32");
  add("weights of 4 bits", weights_with("0.bias", {"F4", "[2]", Bytes(1)}), "\"0.bias\" is F4, expected F32");
  add("NaN in 8 bits", weights_with("0.bias", {"F8_E4M3", "[2]", {0x7e, 0x7f}}),
      "holds nan at element 1; " + finite);
  add("infinity in 8 bits", weights_with("0.bias", {"F8_E5M2", "[2]", {0xfc, 0}}),
      "holds -inf at element 0; " + finite);
  add("a count that is a fraction",
      weights_with("1.num_batches_tracked", {"F32", "[]", bytes_of<float>({0.5})}),
      "holds 0.5, which is no count");
  add("a count that is NaN",
      weights_with("1.num_batches_tracked", {"F32", "[]", bytes_of<float>({not_a_number})}), "holds nan");
  add("a count of two numbers",
      weights_with("1.num_batches_tracked", {"I64", "[2]", bytes_of<std::int64_t>({1, 2})}),
      "\"1.num_batches_tracked\" is (2), expected ()");
  add("weights that are truth values", weights_with("0.bias", {"BOOL", "[2]", {1, 0}}),
      "\"0.bias\" is BOOL, expected F32");
  add("another network's names", bytes(safetensors_bytes("{}")),
      "missing: \"0.weight\", \"0.bias\", \"1.weight\"");
  add("one tensor too many", weights_with("2.weight", {"F32", "[0]", {}}), "unexpected: \"2.weight\"");
  add("thirty thousand tensors too many",
      bytes(safetensors_bytes(
          many_tensors(30'000, R"("last":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})"), Bytes(1))),
      " more");
  add(
      "sparse tensor of a gibibyte",
      [](const fs::path& path) {
        support::write_bytes(
            path, safetensors_bytes(
                      R"({"0.weight":{"dtype":"F32","shape":[16384,16384],"data_offsets":[0,1073741824]}})"));
        fs::resize_file(path, fs::file_size(path) + (std::uintmax_t{1} << 30));
      },
      "\"0.weight\" is (16384, 16384), expected (2, 2)");
}

void add_checkpoints(std::vector<Hostile>& all) {
  const auto add = [&](std::string name, std::function<void(const fs::path&)> make, std::string fragment,
                       std::string type = "IoError") {
    all.push_back(
        {"checkpoint: " + name, read_checkpoint, std::move(fragment), std::move(make), std::move(type)});
  };
  const auto with = [](const char* tensor, auto value) { return bytes(checkpoint_with(tensor, value)); };
  const std::string foreign = "expected a checkpoint of the format \"eigenerate checkpoint 3\"";
  const std::string contradiction = "its counters contradict each other";

  add("weights in its place", bytes(Weights{}.file()), foreign);
  add(
      "a wrong checksum",
      [](const fs::path& path) {
        Bytes content = support::checkpoint_bytes();
        content.back() ^= 0x80;
        support::write_bytes(path, content);
      },
      "the checkpoint is damaged: its checksum is");
  // The first format held the averages' buffers, too.
  for (const char* format : {"eigenerate checkpoint 1", "eigenerate checkpoint 2", "eigenerate checkpoint 4"})
    add(std::string("the format ") + format,
        header_change([format](Header& h, Bytes&) { h["__metadata__"]["format"] = format; }), foreign);
  add("no checksum", header_change([](Header& h, Bytes& data) {
        h.erase("checksum");
        h["run.seed"]["shape"] = {1};
        data.resize(data.size() - 4);
      }),
      foreign);
  add("a checksum of another type", header_change([](Header& h, Bytes&) {
        h["checksum"]["dtype"] = "F32";
        h["checksum"]["shape"] = {1};
      }),
      foreign);
  add("a tensor behind the checksum", header_change([](Header& h, Bytes& data) {
        const std::size_t end = data.size();
        h["z"] = {{"dtype", "U8"}, {"shape", {4}}, {"data_offsets", {end, end + 4}}};
        data.resize(end + 4);
      }),
      foreign);
  add("no seed", header_change([](Header& h, Bytes&) {
        h["run.other"] = h["run.seed"];
        h.erase("run.seed");
      }),
      "this checkpoint lacks \"run.seed\"");
  add("a seed that is a list", header_change([](Header& h, Bytes&) { h["run.seed"]["shape"] = {1}; }),
      "\"run.seed\" is U64 (1), expected U64 with 0 dimensions");
  add("a seed that is a fraction", header_change([](Header& h, Bytes&) { h["run.seed"]["dtype"] = "F64"; }),
      "\"run.seed\" is F64 (), expected U64 with 0 dimensions");
  add("another run's seed", with("run.seed", std::uint64_t{8}), "seed: 8 then, 7 now", "ConfigError");
  add("another run's data", with("run.data.0.fingerprint", std::uint64_t{1}),
      "fingerprint of the training data", "ConfigError");
  add("2^64 - 1 epochs", with("run.epoch", ~std::uint64_t{0}),
      "\"run.epoch\" is 18446744073709551615, which is no count");
  add("2^62 epochs", with("run.epoch", (std::uint64_t{1} << 62) - 1), contradiction);
  add("a step that is not the epoch's", with("run.step", std::uint64_t{100}), contradiction);
  add("a batch behind the epoch's end", with("run.batch", std::uint64_t{3}), contradiction);
  add("training data that began later", with("run.data.0.first_epoch", std::uint64_t{1}), contradiction);
  add("training data before which somebody asked for epochs",
      with("run.data.0.epochs_asked", std::uint64_t{1}), contradiction);
  add("an epoch without steps", with("run.data.0.steps_per_epoch", std::uint64_t{0}), contradiction);
  add("an epoch of 2^62 steps", with("run.data.0.steps_per_epoch", (std::uint64_t{1} << 62) - 1),
      contradiction);
  add("2^64 - 1 samples", with("run.data.0.samples", ~std::uint64_t{0}), "which is no count");
  add("a third training set without a second",
      bytes(checkpoint_with_more("run.data.2.samples", "U64", {}, 8)), "unexpected \"run.data.2.samples\"");
  add("half a training set", bytes(checkpoint_with_more("run.data.1.samples", "U64", {}, 8)),
      "this checkpoint lacks \"run.data.1.fingerprint\"");
  add("a learning rate of NaN", with("run.learning_rate_scale", static_cast<double>(not_a_number)),
      contradiction);
  add("a negative learning rate", with("run.learning_rate_scale", -1.0), contradiction);
  add("a learning rate that grows", with("run.learning_rate_scale", 2.0), contradiction);
  add("NaN in a parameter", with("encoder.0.weight", not_a_number),
      "\"encoder.0.weight\" holds nan at element 0");
  add("NaN in a moment", with("optimizer.decoder.0.bias.exp_avg_sq", not_a_number), "holds nan at element 0");
  add("infinity in an average", with("average.decoder.0.bias", infinite),
      "\"average.decoder.0.bias\" holds inf");
  add("a parameter of another shape", header_change([](Header& h, Bytes&) {
        h["encoder.0.weight"]["shape"] = {4, 1};
      }),
      "\"encoder.0.weight\" is (4, 1), expected (2, 2)");
  add("parameters of half the precision and twice as many", header_change([](Header& h, Bytes&) {
        h["encoder.0.weight"]["dtype"] = "F16";
        h["encoder.0.weight"]["shape"] = {2, 4};
      }),
      "\"encoder.0.weight\" is (2, 4), expected (2, 2)");
  add("a parameter of another type", header_change([](Header& h, Bytes& data) {
        const std::size_t end = data.size() - 4;
        data.insert(data.end() - 4, 4, 0);
        h["checksum"]["data_offsets"] = {end + 4, end + 8};
        h["spare"] = h["average.decoder.0.bias"];
        h["average.decoder.0.bias"] = {{"dtype", "F16"}, {"shape", {2}}, {"data_offsets", {end, end + 4}}};
      }),
      "\"average.decoder.0.bias\" is F16, expected F32");
  add("a moment under another name", header_change([](Header& h, Bytes&) {
        h["optimizer.encoder.0.bias.velocity"] = h["optimizer.encoder.0.bias.exp_avg"];
        h.erase("optimizer.encoder.0.bias.exp_avg");
      }),
      "missing: \"optimizer.encoder.0.bias.exp_avg\"\n  unexpected: \"optimizer.encoder.0.bias.velocity\"");
  add("a setting that nobody knows", bytes(checkpoint_with_more("run.extra", "U64", {}, 8)),
      "unexpected \"run.extra\"");
  add("a figure with a long name",
      bytes(checkpoint_with_more("run.epoch_mean." + std::string(32, 'x'), "F64", {2}, 16)),
      "is no figure of a model");
  add("a figure without a name", bytes(checkpoint_with_more("run.epoch_mean.", "F64", {2}, 16)),
      "is no figure of a model");
  add("a figure of three numbers", bytes(checkpoint_with_more("run.epoch_mean.x", "F64", {3}, 24)),
      "has 3 numbers, expected 2");
  add("a hundred figures", header_change([](Header& h, Bytes& data) {
        const std::size_t begin = data.size() - 4;
        for (std::size_t i = 0; i < 100; ++i)
          h[fmt::format("run.epoch_mean.{}", i)] = {
              {"dtype", "F64"}, {"shape", {2}}, {"data_offsets", {begin + 16 * i, begin + 16 * (i + 1)}}};
        h["checksum"]["data_offsets"] = {begin + 1600, begin + 1604};
        data.insert(data.end() - 4, 1600, 0);
      }),
      "is no figure of a model");
  add("a schedule of a hundred thousand numbers", header_change([](Header& h, Bytes& data) {
        const std::size_t begin = data.size() - 4;
        h["spare"] = h["run.schedule"];
        h["run.schedule"] = {
            {"dtype", "F64"}, {"shape", {100'000}}, {"data_offsets", {begin, begin + 800'000}}};
        h["checksum"]["data_offsets"] = {begin + 800'000, begin + 800'004};
        data.insert(data.end() - 4, 800'000, 0);
      }),
      "has 100000 numbers, expected 5");
  add(
      "ten thousand callbacks and a contradiction",
      [](const fs::path& path) {
        Bytes content = changed_checkpoint([](Header& h, Bytes& data) {
          const auto batch = h["run.batch"]["data_offsets"][0].get<std::size_t>();
          data[batch] = 3;
          // Spliced in as text below: this library's ordered objects look names up one by one.
          h["__metadata__"]["here"] = "";
        });
        std::uint64_t length = 0;
        std::memcpy(&length, content.data(), 8);
        std::string header(content.begin() + 8, content.begin() + 8 + static_cast<std::ptrdiff_t>(length));
        std::string more = "{";
        for (int i = 0; i < 10'000; ++i)
          more += fmt::format(R"("callbacks.{}":{{"dtype":"F64","shape":[0],"data_offsets":[0,0]}},)", i);
        header.replace(0, 1, more);
        content = safetensors_bytes(
            header, {content.begin() + 8 + static_cast<std::ptrdiff_t>(length), content.end()});
        support::reseal(content);
        support::write_bytes(path, content);
      },
      contradiction);
  add("another optimiser",
      header_change([](Header& h, Bytes&) { h["__metadata__"]["optimizer.encoder"] = "Sgd\u001b"; }),
      "encoder learned with \"Sgd\\u001b\" then, with Adam now", "ConfigError");
  add("no optimiser", header_change([](Header& h, Bytes&) { h["__metadata__"].erase("optimizer.encoder"); }),
      "encoder learned with an unknown rule then", "ConfigError");
}

void add_arrays(std::vector<Hostile>& all) {
  const auto add = [&](std::string name, Bytes content, std::string fragment) {
    all.push_back({"idx: " + name, read_idx, std::move(fragment), bytes(std::move(content))});
  };
  constexpr std::uint64_t largest = 0xFFFFFFFF;
  add("empty file", {}, "expected 4 bytes of IDX magic, got 0 bytes and the end of the file");
  add("another magic", Bytes(16, 1), "expected two zero bytes of an IDX file, got 0x0101");
  add("an unknown element type", idx_bytes(0x0a, {1}, {1}), "got 0x0a");
  add("no dimension", {0, 0, 8, 0}, "expected 1 to 8 dimensions, got 0");
  add("255 dimensions", joined({0, 0, 8, 255}, Bytes(1020, 1)), "expected 1 to 8 dimensions, got 255");
  add("an extent of zero", idx_bytes(8, {4, 0}, {}), "expected an extent of at least 1, got 0");
  add("extents cut off", {0, 0, 8, 3, 0, 0, 0, 1, 0, 0}, "expected 4 bytes of an extent");
  add("2^32 - 1 samples", idx_bytes(8, {largest}, Bytes(100)),
      "4294967295 elements of 1 bytes, got 100 bytes");
  add("extents of 2^256 doubles",
      idx_bytes(0x0e, {largest, largest, largest, largest, largest, largest, largest, largest}, Bytes(8)),
      "elements of 8 bytes, got 8 bytes");
  add("extents whose product wraps to the right size", idx_bytes(8, {0x80000001, 0x80000000, 4}, Bytes(16)),
      "2147483649×2147483648×4 elements");
  add("one value too few", idx_bytes(8, {2, 3}, Bytes(5)), "2×3 elements of 1 bytes, got 5 bytes");
  add("one value too many", idx_bytes(8, {2, 3}, Bytes(7)), "2×3 elements of 1 bytes, got 7 bytes");

  const auto add_gz = [&](std::string name, Bytes content, std::string fragment) {
    all.push_back(
        {"idx.gz: " + name, read_idx, std::move(fragment), bytes(std::move(content)), "IoError", "file.gz"});
  };
  const Bytes good = gzip_bytes(idx_bytes(8, {2, 3}, Bytes(6)));
  add_gz("empty file", {}, "expected 4 bytes of IDX magic");
  add_gz("two bytes of a gzip file", {0x1f, 0x8b}, "end of the file (truncated)");
  add_gz("an archive of another kind", {'P', 'K', 3, 4}, "got 0x504b");
  add_gz("last byte cut off", {good.begin(), good.end() - 1}, "end of the file (truncated)");
  add_gz("bomb behind a small array", gzip_bytes(idx_bytes(8, {1}, Bytes(std::size_t{64} << 20))),
         "expected the end of the file");
  add_gz("bomb in a member of its own", joined(good, gzip_bytes(Bytes(std::size_t{64} << 20))),
         "expected the end of the file");
  add_gz("bomb that claims more than gzip can pack",
         gzip_bytes(idx_bytes(8, {largest, largest}, Bytes(1 << 20))), "a file that can hold at most");
  add_gz("bomb that claims more than it delivers",
         gzip_bytes(idx_bytes(8, {15 << 20}, Bytes((15 << 20) - 1000))), "of values, got");
  Bytes wrong = good;
  wrong[good.size() - 8] ^= 1;
  add_gz("a wrong checksum", wrong, "incorrect data check");
  wrong = good;
  wrong.back() ^= 1;
  add_gz("a wrong length", wrong, "incorrect length check");
  add_gz("bytes behind the member", joined(good, {1}), "expected the end of the file, got byte 0x01");
  add_gz("bytes behind zeros behind the member", joined(good, {0, 0, 1}),
         "expected zeros to the end of the file, got byte 0x01");
  all.push_back({"idx.gz: a gibibyte of zeros behind the member", read_idx, "more than a mebibyte of zeros",
                 [good](const fs::path& path) {
                   support::write_bytes(path, good);
                   fs::resize_file(path, std::uintmax_t{1} << 30);
                 }});
  add_gz("a member cut off behind the first", joined(good, {0x1f, 0x8b}), "(truncated)");
  Bytes empty_members;
  for (int i = 0; i < 20'000; ++i) empty_members = joined(std::move(empty_members), gzip_bytes({}));
  add_gz("twenty thousand empty members", empty_members, "4 bytes of IDX magic, got 0 bytes");
  add_gz("a name without an end", joined({0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3}, Bytes(1'000'000, 'n')),
         "(truncated)");
  add_gz("an invalid block", {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 7}, "invalid block type");
}

void add_places(std::vector<Hostile>& all) {
  const auto add = [&](const std::string& name, const std::string& fragment,
                       const std::function<void(const fs::path&)>& make, const std::string& file = "file") {
    const std::pair<const char*, void (*)(const fs::path&)> formats[] = {{"safetensors: ", read_tensors},
                                                                         {"weights: ", read_weights},
                                                                         {"checkpoint: ", read_checkpoint},
                                                                         {"idx: ", read_idx}};
    for (const auto& [format, reader] : formats)
      all.push_back({format + name, reader, fragment, make, "IoError", file});
  };
  const std::string regular = "expected a regular file, got ";
  add("no file", "cannot open for reading: No such file or directory", [](const fs::path&) {});
  add("a folder", regular + "a directory", [](const fs::path& path) { fs::create_directory(path); });
  add("a link to itself", "cannot open for reading: Too many levels of symbolic links",
      [](const fs::path& path) { fs::create_symlink(path, path); });
  add("two links to each other", "Too many levels of symbolic links", [](const fs::path& path) {
    const fs::path other = path.string() + ".other";
    fs::create_symlink(path, other);
    fs::create_symlink(other, path);
  });
  add("a link to nothing", "No such file or directory",
      [](const fs::path& path) { fs::create_symlink(path.string() + ".absent", path); });
  add("a pipe", regular + "something else", [](const fs::path& path) {
    if (mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("no pipe");
  });
  add("a socket", regular + "something else", [](const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.string().size() >= sizeof address.sun_path)
      throw std::runtime_error("the folder's path is too long");
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    const int s = socket(AF_UNIX, SOCK_STREAM, 0);
    const bool bound = bind(s, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(s);
    if (!bound) throw std::runtime_error("no socket");
  });
  add("endless zeros", regular + "something else",
      [](const fs::path& path) { fs::create_symlink("/dev/zero", path); });
  add(
      "a file taken for a folder", "Not a directory",
      [](const fs::path& path) { support::write_bytes(path.parent_path(), {}); }, "folder/file");
  add(
      "a name that is too long", "File name too long", [](const fs::path&) {}, std::string(300, 'n'));
}

std::vector<Hostile> hostile_files() {
  std::vector<Hostile> all;
  add_headers(all);
  add_weights(all);
  add_checkpoints(all);
  add_arrays(all);
  add_places(all);
  return all;
}

}  // namespace

TEST_CASE("hostile files: each is refused in words that name it, in little time and memory") {
  const bool observed = support::is_observed();
  if (observed)
    WARN(
        "Skipped: limits on memory and time, because sanitizers, valgrind and unoptimized code take their "
        "own");
  // What is little time differs from machine to machine: five times the processor time of the dearest file
  // that is as it should be, a header as long as readers take.
  const support::TemporaryFolder honest;
  support::write_bytes(honest / "file", honest_file_with_the_longest_header());
  const auto reference =
      support::run_guarded(base_memory + (std::uint64_t{1} << 22), [&] { read_tensors(honest / "file"); });
  REQUIRE(reference.type == "nothing");
  REQUIRE(reference.seconds > 0);
  std::set<std::string> names;
  for (const Hostile& hostile : hostile_files()) {
    CAPTURE(hostile.name);
    CHECK(names.insert(hostile.name).second);
    const support::TemporaryFolder folder;
    const fs::path path = folder / hostile.file;
    hostile.make(path);
    std::error_code none;
    const bool regular = fs::is_regular_file(path, none);
    const std::uint64_t size = regular ? fs::file_size(path) : 0;
    const auto entries = folder.entries();

    const auto outcome = support::run_guarded(base_memory + 2 * size, [&] { hostile.read(path); });
    CAPTURE(outcome.message.substr(0, 2000));
    CHECK(outcome.type == hostile.type);
    CHECK(contains(outcome.message, path.string() + ": "));
    CHECK(contains(outcome.message, hostile.fragment));
    if (!observed) CHECK(outcome.seconds < 5 * reference.seconds);
    // Nothing in it can act on a terminal, or fill it for ever.
    CHECK(std::none_of(outcome.message.begin(), outcome.message.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f;
    }));
    CHECK(outcome.message.size() < 100'000);
    CHECK(folder.entries() == entries);
  }
  CHECK(names.size() >= 45);
}

TEST_CASE("hostile files: the readers accept what the hostile files are made of") {
  const support::TemporaryFolder folder;
  support::write_bytes(folder / "weights", Weights{}.file());
  CHECK_NOTHROW(read_tensors(folder / "weights"));
  CHECK_NOTHROW(read_weights(folder / "weights"));
  support::write_bytes(folder / "checkpoint", changed_checkpoint([](Header&, Bytes&) {}));
  CHECK_NOTHROW(read_checkpoint(folder / "checkpoint"));
  support::write_bytes(folder / "callback", checkpoint_with_more("callbacks.more", "F64", {2}, 16));
  CHECK_NOTHROW(read_checkpoint(folder / "callback"));
  support::write_bytes(folder / "array.gz", gzip_bytes(idx_bytes(8, {2, 3}, Bytes(6))));
  CHECK_NOTHROW(read_idx(folder / "array.gz"));
}

TEST_CASE("hostile files: the fuzzers begin with a checkpoint of today's format") {
  // Where this fails, the format has changed: build the target eigenerate_fuzz_corpus, which writes it again.
  CHECK_NOTHROW(read_checkpoint(EIGENERATE_SOURCE_DIR "/tests/fuzz/corpus/checkpoint/valid"));
}

TEST_CASE("hostile files: the guard notices memory, hanging and killed calls") {
  if (!support::is_observed()) {
    const auto outcome = support::run_guarded(base_memory, [] {
      const std::vector<char> large(base_memory + 1);
      [[maybe_unused]] const char* volatile seen = large.data();  // or clang++ would not allocate it
    });
    CHECK(outcome.type == "bad_alloc");
  }
  CHECK(support::run_guarded(base_memory, [] { raise(SIGKILL); }).type == "signal 9");
  CHECK(support::run_guarded(base_memory, [] {}).type == "nothing");
  const auto busy = support::run_guarded(base_memory, [] {
    const std::clock_t begin = std::clock();
    while (std::clock() - begin < CLOCKS_PER_SEC / 10) {
    }
  });
  CHECK(busy.seconds >= 0.1);
}
