#include "eigenerate/io/safetensors_header.hpp"

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;
using support::contains;

namespace {

SafetensorsHeader parse(std::string_view json, std::uint64_t data_bytes) {
  return parse_safetensors_header("some/file", json, data_bytes);
}

/// What the parser says of this header: an error, or "" when it accepts it.
std::string verdict(std::string_view json, std::uint64_t data_bytes = 8) {
  const std::string error = support::error_of([&] { (void)parse(json, data_bytes); });
  CHECK((error.empty() || error.starts_with("some/file: ")));
  return error;
}

/// A header of one tensor "a".
std::string one(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return fmt::format(R"({{"a":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape, offsets);
}

}  // namespace

TEST_CASE("safetensors header: what it says comes out, in the order of the bytes") {
  const SafetensorsHeader header = parse(
      R"({"b":{"data_offsets":[8,14],"shape":[3],"dtype":"BF16"},
          "__metadata__":{"format":"pt","":"é"},
          "a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},
          "scalar":{"dtype":"U8","shape":[],"data_offsets":[14,15]}}  )",
      15);
  REQUIRE(header.tensors.size() == 3);
  CHECK(header.tensors[0].name == "a");
  CHECK(header.tensors[0].dtype == Dtype::f32);
  CHECK(header.tensors[0].shape == std::vector<Index>{1, 2});
  CHECK(header.tensors[1].name == "b");
  CHECK(header.tensors[1].begin == 8);
  CHECK(header.tensors[1].end == 14);
  CHECK(header.tensors[2].shape.empty());
  CHECK(header.metadata == std::map<std::string, std::string>{{"", "é"}, {"format", "pt"}});
  for (const TensorEntry& t : header.tensors) CHECK(header.find(t.name) == &t);
  for (const char* absent : {"", "aa", "B", "z", "__metadata__"}) CHECK(header.find(absent) == nullptr);
}

TEST_CASE("safetensors header: files without tensors and tensors without elements") {
  CHECK(parse("{}", 0).tensors.empty());
  CHECK(parse(R"({"__metadata__":{}})", 0).metadata.empty());
  CHECK(contains(verdict("{}", 1), "to end with its last tensor, got 1 bytes more"));
  const SafetensorsHeader header = parse(
      R"({"z":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},
          "y":{"dtype":"F64","shape":[0],"data_offsets":[8,8]},
          "x":{"dtype":"F64","shape":[9223372036854775807,0,9223372036854775807],"data_offsets":[0,0]},
          "w":{"dtype":"F64","shape":[0],"data_offsets":[0,0]}})",
      8);
  std::string order;
  for (const TensorEntry& t : header.tensors) order += t.name;
  CHECK(order == "wxzy");
}

TEST_CASE("safetensors header: names are any text, and each is one tensor") {
  const std::string escaped = R"({"a\u0000\"\n":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})";
  CHECK(parse(escaped, 0).tensors[0].name == std::string("a\0\"\n", 4));
  CHECK(contains(verdict(R"({"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},
                            "":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
                         0),
                 "each tensor once, got \"\" twice"));
  // The same name, once escaped.
  CHECK(contains(verdict(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},
                            "\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
                         0),
                 "got \"a\" twice"));
}

TEST_CASE("safetensors header: errors show names escaped and shortened") {
  const std::string name = R"(\u001b[31m)" + std::string(200, 'x');
  const std::string error =
      verdict("{\"" + name + R"(":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 0);
  CHECK(contains(error, R"("\u001b[31mxxx)"));
  CHECK(contains(error, "x…\""));
  CHECK_FALSE(contains(error, std::string(81, 'x')));
}

TEST_CASE("safetensors header: whatever is not the format is refused, and named") {
  const std::string extra = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}})";
  const std::string twice = R"({"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}})";
  const std::string missing = R"({"a":{"dtype":"F32","data_offsets":[0,8]}})";
  REQUIRE(verdict(one("\"F32\"", "[2]", "[0,8]")).empty());

  struct Case {
    std::string json;
    std::string fragment;
  };
  for (const Case& c : std::vector<Case>{
           {"", "malformed at byte 8: expected a JSON object, got nothing"},
           {" {}", "expected a JSON object, got \" \""},
           {"[]", "expected a JSON object, got \"[\""},
           {"{", "malformed at byte 9: expected a JSON header, got parse error"},
           {"{}}", "expected a JSON header"},
           {"{} x", "expected a JSON header"},
           {std::string("{}\0x", 4), "malformed at byte 10: expected a JSON header, got a zero byte"},
           {std::string("{\"\0\":1}", 7), "malformed at byte 10: expected a JSON header, got a zero byte"},
           {R"({"a":)", "expected a JSON header"},
           {"{\"\xff\":1}", "ill-formed UTF-8 byte"},
           {"{\"\\ud800\":1}", "surrogate"},
           {"{\"a\tb\":1}", "control character"},
           {R"({"a":1})", "in \"a\": expected an object with dtype, shape and data_offsets, got 1"},
           {R"({"a":null})", "got null"},
           {R"({"a":true})", "got a boolean"},
           {R"({"a":"x"})", "got a string"},
           {R"({"a":[]})", "got an array"},
           {R"({"a":{}})", "in \"a\": expected dtype, shape and data_offsets, got fewer"},
           {R"({"a":{"dtype":{}}})", "expected the name of a dtype, got an object"},
           {missing, "got fewer"},
           {extra, "expected the keys dtype, shape and data_offsets, got \"x\""},
           {twice, "expected each key once, got \"shape\" twice"},
           {one("1", "[2]", "[0,8]"), "expected the name of a dtype, got 1"},
           {one("\"F8_E5M3\"", "[2]", "[0,8]"), "F4, got \"F8_E5M3\""},
           {one("\"F4\"", "[15]", "[0,8]"), "of F4 (15) has 60 bits, which are no whole bytes"},
           {one("\"F4\"", "[18]", "[0,8]"), "larger than the file's 8 bytes"},
           {one("\"F6_E2M3\"", "[8]", "[0,8]"), "(8) needs 6 bytes"},
           {one("\"F32\"", "2", "[0,8]"), "got 2"},
           {one("\"F32\"", "[-2]", "[0,8]"), "expected integers from 0, got -2"},
           {one("\"F32\"", "[2.0]", "[0,8]"), "expected integers from 0, got the number 2.0"},
           {one("\"F32\"", "[2e0]", "[0,8]"), "got the number 2e0"},
           {one("\"F32\"", "[\"2\"]", "[0,8]"), "expected integers from 0, got a string"},
           {one("\"F32\"", "[[2]]", "[0,8]"), "expected integers from 0, got an array"},
           {one("\"F32\"", "[{}]", "[0,8]"), "expected integers from 0, got an object"},
           {one("\"F32\"", "[null]", "[0,8]"), "expected integers from 0, got null"},
           {one("\"F32\"", "[9223372036854775808]", "[0,8]"),
            "expected extents below 2^63, got 9223372036854775808"},
           {one("\"F32\"", "[18446744073709551616]", "[0,8]"), "got the number 18446744073709551616"},
           {one("\"F32\"", "[2]", "[0]"), "expected two data_offsets, got 1"},
           {one("\"F32\"", "[2]", "[]"), "expected two data_offsets, got 0"},
           {one("\"F32\"", "[2]", "[0,8,8]"), "expected two data_offsets, got more"},
           {one("\"F32\"", "[2]", "[0,-8]"), "expected integers from 0, got -8"},
           {one("\"F32\"", "[2]", "[0,8.5]"), "got the number 8.5"},
           {one("\"F32\"", "[2]", "{}"), "got an object"},
           {one("\"F32\"", "[3]", "[0,8]"), "larger than the file's 8 bytes of data"},
           {one("\"F32\"", "[1]", "[0,8]"), "\"a\" of F32 (1) needs 4 bytes, its data_offsets give 8"},
           {one("\"F32\"", "[]", "[0,8]"), "\"a\" of F32 () needs 4 bytes"},
           {one("\"F32\"", "[0,2]", "[0,8]"), "\"a\" of F32 (0, 2) needs 0 bytes"},
           {one("\"F32\"", "[2]", "[8,0]"), "has data_offsets [8, 0], expected it to begin at 0"},
           {one("\"F32\"", "[1]", "[4,8]"), "has data_offsets [4, 8], expected it to begin at 0"},
           {one("\"F32\"", "[1]", "[0,4]"), "to end with its last tensor, got 4 bytes more"},
           {one("\"F32\"", "[4]", "[0,16]"),
            "has data_offsets [0, 16], expected it to begin at 0 and to end by 8"},
           {one("\"F32\"", "[2]", "[0,18446744073709551615]"), "to end by 8"},
           // Products that would be 8 bytes if they wrapped around.
           {one("\"F32\"", "[4611686018427387906]", "[0,8]"), "larger than the file's"},
           {one("\"F32\"", "[4294967296,4294967296]", "[0,8]"), "larger than the file's"},
           {one("\"U8\"", "[9223372036854775807,2]", "[0,8]"), "larger than the file's"},
           {R"({"__metadata__":1})", "expected text for each key of __metadata__, got 1"},
           {R"({"__metadata__":{"a":1}})", "expected text for each key of __metadata__, got 1"},
           {R"({"__metadata__":{"a":{}}})", "expected text for each key of __metadata__, got an object"},
           {R"({"__metadata__":{"a":"x","a":"y"}})", "expected each key once, got \"a\" twice"},
           {R"({"__metadata__":{},"__metadata__":{}})", "expected each key once, got \"__metadata__\" twice"},
       }) {
    CAPTURE(c.json);
    const std::string error = verdict(c.json);
    CHECK(contains(error, c.fragment));
    CAPTURE(error);
    CHECK_FALSE(error.empty());
  }
}

TEST_CASE("safetensors header: as many dimensions as PyTorch has, and no more") {
  std::string shape = "[2";
  for (int i = 1; i < 64; ++i) shape += ",1";
  CHECK(verdict(one("\"F32\"", shape + "]", "[0,8]")).empty());
  CHECK(contains(verdict(one("\"F32\"", shape + ",1]", "[0,8]")), "at most 64 dimensions"));
}

TEST_CASE("safetensors header: tensors that overlap, or leave a hole, are refused in any order") {
  const auto two = [](const char* a, const char* b) {
    return verdict(fmt::format(R"({{"a":{{"dtype":"U8","shape":[4],"data_offsets":{}}},)"
                               R"("b":{{"dtype":"U8","shape":[4],"data_offsets":{}}}}})",
                               a, b));
  };
  CHECK(two("[0,4]", "[4,8]").empty());
  CHECK(two("[4,8]", "[0,4]").empty());
  CHECK(contains(two("[0,4]", "[0,4]"), "\"b\" has data_offsets [0, 4], expected it to begin at 4"));
  CHECK(contains(two("[0,4]", "[3,7]"), "\"b\" has data_offsets [3, 7], expected it to begin at 4"));
  CHECK(contains(two("[5,9]", "[0,4]"), "\"a\" has data_offsets [5, 9], expected it to begin at 4"));
}

TEST_CASE("safetensors header: deep nesting costs nothing") {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string json = R"({"a":{"dtype":"F32","shape":)";
    for (int i = 0; i < 200'000; ++i) json += open;
    CHECK(contains(verdict(json), "malformed header in \"a\""));
  }
}

TEST_CASE("safetensors header: every dtype of the format is known, with its own size") {
  for (const auto& facts : detail::dtype_table) {
    CAPTURE(facts.name);
    // 16 elements fill whole bytes, whatever their size.
    const std::size_t bytes = 2 * facts.bits;
    const std::string json =
        fmt::format(R"({{"a":{{"dtype":"{}","shape":[2,8],"data_offsets":[0,{}]}}}})", facts.name, bytes);
    const SafetensorsHeader header = parse_safetensors_header("file", json, bytes);
    REQUIRE(header.tensors.size() == 1);
    CHECK(header.tensors[0].dtype == facts.dtype);
    CHECK_THROWS_AS(parse_safetensors_header("file", json, bytes + 1), IoError);
  }
}
