#include "eigenerate/io/state_tensors.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;
using support::contains;

namespace {

/// A table of a matrix that memory holds the other way round, a vector, and a count.
std::shared_ptr<const Table> make_table() {
  auto table = std::make_shared<Table>();
  const auto add = [&](std::string name, Role role, std::vector<Index> shape,
                       std::vector<Index> memory_order) {
    Segment s;
    s.name = std::move(name);
    s.role = role;
    s.size = 1;
    for (const Index extent : shape) s.size *= extent;
    s.shape = std::move(shape);
    s.memory_order = std::move(memory_order);
    s.offset = table->size;
    table->size += aligned(s.size);
    table->segments.push_back(std::move(s));
  };
  add("matrix", Role::weight, {2, 3}, {1, 0});
  add("vector", Role::bias, {4}, {0});
  add("count", Role::count, {}, {});
  return table;
}

template <Scalar S>
Arena<S> numbered() {
  Arena<S> arena(make_table());
  const S matrix[] = {0, 3, 1, 4, 2, 5};  // 0 to 5 in PyTorch's order
  std::copy_n(matrix, 6, arena["matrix"].data());
  for (int i = 0; i < 4; ++i) arena["vector"](i) = static_cast<S>(0.1 * i);
  arena["count"](0) = 12;
  return arena;
}

template <Scalar S>
std::vector<StateTensor<S>> list_of(Arena<S>& arena) {
  std::vector<StateTensor<S>> list;
  append_arena(list, arena, [](const Segment& s) { return s.name; });
  return list;
}

template <class T>
Tensor tensor(std::string name, Dtype dtype, std::vector<Index> shape, const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {std::move(name), dtype, std::move(shape), {bytes.begin(), bytes.end()}};
}

/// The tensors of a file that fits `make_table`.
std::vector<Tensor> fitting() {
  return {tensor<double>("matrix", Dtype::f64, {2, 3}, {0, 1, 2, 3, 4, 5}),
          tensor<double>("vector", Dtype::f64, {4}, {0.5, 1.5, 2.5, 3.5}),
          tensor<std::int64_t>("count", Dtype::i64, {}, {7})};
}

/// Loads these tensors into an arena, and returns the error, which must leave the arena as it was.
template <Scalar S>
std::string load(const std::vector<Tensor>& tensors, Arena<S>& arena,
                 DtypeRule rule = DtypeRule::convertible) {
  const support::TemporaryFolder folder;
  write_safetensors(folder / "file", safetensors_header(tensors), tensors);
  const std::vector<S> before(arena.data(), arena.data() + arena.size());
  const std::string error = support::error_of([&] {
    SafetensorsReader reader(folder / "file");
    StagedTensors<S> staged(reader, list_of(arena), "the arena", rule, [](std::string_view) { return true; });
    CHECK(std::equal(before.begin(), before.end(), arena.data()));  // not before the commit
    staged.commit();
  });
  if (!error.empty()) {
    CHECK(error.starts_with((folder / "file").string() + ": "));
    CHECK(std::equal(before.begin(), before.end(), arena.data()));
  }
  return error;
}

}  // namespace

TEMPLATE_TEST_CASE("state tensors: an arena becomes tensors in PyTorch's order, counts as integers", "",
                   float, double) {
  const Arena<TestType> arena = numbered<TestType>();
  std::vector<StateTensor<const TestType>> list;
  append_arena(list, arena, [](const Segment& s) { return "net." + s.name; });
  REQUIRE(list.size() == 3);
  CHECK(list[1].name == "net.vector");
  const Dtype own = sizeof(TestType) == 4 ? Dtype::f32 : Dtype::f64;
  const Tensor matrix = to_tensor(list[0]), count = to_tensor(list[2]);
  CHECK(matrix.dtype == own);
  CHECK(matrix.shape == std::vector<Index>{2, 3});
  CHECK(matrix.bytes == tensor<TestType>("", own, {}, {0, 1, 2, 3, 4, 5}).bytes);
  CHECK(to_tensor(list[1]).dtype == own);
  CHECK(count.dtype == Dtype::i64);
  CHECK(count.shape.empty());
  CHECK(count.bytes == tensor<std::int64_t>("", Dtype::i64, {}, {12}).bytes);
}

TEMPLATE_TEST_CASE("state tensors: every floating dtype is taken, in its place", "", float, double) {
  const auto expect = [](const Tensor& matrix) {
    CAPTURE(dtype_name(matrix.dtype));
    Arena<TestType> arena = numbered<TestType>();
    std::vector<Tensor> tensors = fitting();
    tensors[0] = matrix;
    CHECK(load(tensors, arena) == "");
    const auto m = arena["matrix"];
    const TestType expected[] = {1, -4, TestType(-2), 5, TestType(0.5), 6};
    for (int i = 0; i < 6; ++i) CHECK(m(i) == expected[i]);
    CHECK(arena["vector"](3) == TestType(3.5));
    CHECK(arena["count"](0) == 7);
  };
  expect(tensor<double>("matrix", Dtype::f64, {2, 3}, {1, -2, 0.5, -4, 5, 6}));
  expect(tensor<float>("matrix", Dtype::f32, {2, 3}, {1, -2, 0.5, -4, 5, 6}));
  expect(
      tensor<std::uint16_t>("matrix", Dtype::f16, {2, 3}, {0x3c00, 0xc000, 0x3800, 0xc400, 0x4500, 0x4600}));
  expect(
      tensor<std::uint16_t>("matrix", Dtype::bf16, {2, 3}, {0x3f80, 0xc000, 0x3f00, 0xc080, 0x40a0, 0x40c0}));
}

TEST_CASE("state tensors: a large tensor comes out of several portions whole") {
  auto table = std::make_shared<Table>();
  Segment s;
  s.name = "large";
  s.shape = {300, 400};
  s.memory_order = {1, 0};
  s.size = 120'000;
  table->size = aligned(s.size);
  table->segments.push_back(s);
  Arena<double> arena{std::shared_ptr<const Table>(table)};
  std::vector<double> values(120'000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  CHECK(load({tensor<double>("large", Dtype::f64, {300, 400}, values)}, arena) == "");
  Index wrong = 0;
  for (Index r = 0; r < 300; ++r)
    for (Index c = 0; c < 400; ++c) wrong += arena.data()[r + 300 * c] != static_cast<double>(c + 400 * r);
  CHECK(wrong == 0);
}

TEST_CASE("state tensors: everything that does not fit is listed at once") {
  Arena<double> arena = numbered<double>();
  std::vector<Tensor> tensors = fitting();
  tensors[0].shape = {3, 2};
  tensors[1].name = "vektor";
  tensors.push_back(tensor<std::uint8_t>("extra", Dtype::u8, {0}, {}));
  const std::string error = load(tensors, arena);
  CHECK(contains(error,
                 ": does not fit the arena\n  missing: \"vector\"\n  unexpected: \"extra\", \"vektor\"\n"
                 "  different: \"matrix\" is (3, 2), expected (2, 3)"));

  tensors = fitting();
  tensors[0] = tensor<std::int64_t>("matrix", Dtype::i64, {2, 3}, {0, 1, 2, 3, 4, 5});
  tensors[2] = tensor<double>("count", Dtype::f64, {}, {7});
  CHECK(contains(load(tensors, arena), "\n  different: \"matrix\" is I64, expected F64"));
  CHECK(contains(load(tensors, arena, DtypeRule::exact),
                 "\n  different: \"matrix\" is I64, expected F64, \"count\" is F64, expected I64"));
  CHECK(load({}, arena).ends_with(": does not fit the arena\n  missing: \"matrix\", \"vector\""));
  CHECK(contains(load({}, arena, DtypeRule::exact), "\n  missing: \"matrix\", \"vector\", \"count\""));
}

TEST_CASE("state tensors: a count may be any number or missing, but no fraction and nothing negative") {
  const auto count_of = [](const Tensor& count) {
    CAPTURE(dtype_name(count.dtype));
    Arena<double> arena = numbered<double>();
    std::vector<Tensor> tensors = fitting();
    tensors[2] = count;
    CHECK(load(tensors, arena) == "");
    return arena["count"](0);
  };
  CHECK(count_of(tensor<double>("count", Dtype::f64, {}, {7})) == 7);
  CHECK(count_of(tensor<float>("count", Dtype::f32, {}, {7})) == 7);
  CHECK(count_of(tensor<std::uint16_t>("count", Dtype::f16, {}, {0x4700})) == 7);
  CHECK(count_of(tensor<std::uint16_t>("count", Dtype::bf16, {}, {0x40e0})) == 7);
  CHECK(count_of(tensor<std::uint8_t>("count", Dtype::f8_e4m3, {}, {0x4e})) == 7);
  CHECK(count_of(tensor<std::uint64_t>("count", Dtype::u64, {}, {7})) == 7);
  CHECK(count_of(tensor<std::int32_t>("count", Dtype::i32, {}, {7})) == 7);
  CHECK(count_of(tensor<std::uint32_t>("count", Dtype::u32, {}, {~0u})) == 4294967295);
  CHECK(count_of(tensor<std::int16_t>("count", Dtype::i16, {}, {7})) == 7);
  CHECK(count_of(tensor<std::uint16_t>("count", Dtype::u16, {}, {65535})) == 65535);
  CHECK(count_of(tensor<std::int8_t>("count", Dtype::i8, {}, {7})) == 7);
  CHECK(count_of(tensor<std::uint8_t>("count", Dtype::u8, {}, {255})) == 255);
  // What 70 000 batches become in 16 bits.
  CHECK(count_of(tensor<std::uint16_t>("count", Dtype::f16, {}, {0x7c00})) == 0x1p53);

  Arena<double> arena = numbered<double>();
  std::vector<Tensor> tensors = fitting();
  tensors.pop_back();
  CHECK(load(tensors, arena) == "");
  CHECK(arena["count"](0) == 0);

  const auto refusal = [&](const Tensor& count) {
    tensors = fitting();
    tensors[2] = count;
    return load(tensors, arena);
  };
  CHECK(contains(refusal(tensor<double>("count", Dtype::f64, {}, {2.5})),
                 "\"count\" holds 2.5, which is no count"));
  CHECK(contains(refusal(tensor<std::int8_t>("count", Dtype::i8, {}, {-1})), "holds -1, which is no count"));
  CHECK(contains(refusal(tensor<std::uint16_t>("count", Dtype::f16, {}, {0xfc00})), "holds -inf"));
  CHECK(contains(refusal(tensor<std::uint16_t>("count", Dtype::f16, {}, {0x7e00})), "holds nan"));
  CHECK(contains(refusal(tensor<std::uint8_t>("count", Dtype::boolean, {}, {1})), "\"count\" is BOOL"));
}

TEST_CASE("state tensors: what no weight can be is named when it is wanted, and left alone when it is not") {
  Arena<double> arena = numbered<double>();
  for (const auto& facts : eigenerate::detail::dtype_table) {
    CAPTURE(facts.name);
    std::vector<Tensor> tensors = fitting();
    const std::vector<std::uint8_t> zeros(4 * facts.bits / 8);
    tensors[1] = tensor<std::uint8_t>("vector", facts.dtype, {4}, zeros);
    const std::string error = load(tensors, arena);
    if (facts.kind == DtypeKind::floating)
      CHECK(error == "");
    else
      CHECK(contains(error, fmt::format("different: \"vector\" is {}, expected F64", facts.name)));

    tensors = fitting();
    tensors.push_back(tensor<std::uint8_t>("foreign", facts.dtype, {2, 2}, zeros));
    const support::TemporaryFolder folder;
    write_safetensors(folder / "file", safetensors_header(tensors), tensors);
    SafetensorsReader reader(folder / "file");
    StagedTensors<double> staged(reader, list_of(arena), "the arena", DtypeRule::convertible,
                                 [](std::string_view name) { return name != "foreign"; });
    CHECK(staged.differences().empty());
  }
}

TEST_CASE("state tensors: extents of 1 may differ where the segment says so") {
  auto table = std::make_shared<Table>(Table{make_table()->segments, make_table()->size});
  table->segments[1].any_unit_extents = true;
  Arena<double> tolerant{std::shared_ptr<const Table>(table)}, strict = numbered<double>();
  for (const std::vector<Index>& shape : {std::vector<Index>{4, 1, 1}, {1, 4}, {1, 1, 4, 1}}) {
    std::vector<Tensor> tensors = fitting();
    tensors[1].shape = shape;
    CHECK(load(tensors, tolerant) == "");
    CHECK(tolerant["vector"](3) == 3.5);
    CHECK(contains(load(tensors, strict), "expected (4)"));
    CHECK(contains(load(tensors, tolerant, DtypeRule::exact), "expected (4)"));
  }
  std::vector<Tensor> tensors = fitting();
  tensors[1].shape = {2, 2};
  CHECK(contains(load(tensors, tolerant), "\"vector\" is (2, 2), expected (4)"));
}

TEST_CASE("state tensors: a load that is not strict takes what fits and tells what it left out") {
  Arena<double> arena = numbered<double>(), twin = arena.like();
  std::vector<Tensor> tensors = fitting();
  tensors[0].shape = {3, 2};
  tensors.push_back(tensor<std::uint8_t>("extra", Dtype::u8, {0}, {}));
  const support::TemporaryFolder folder;
  write_safetensors(folder / "file", safetensors_header(tensors), tensors);
  SafetensorsReader reader(folder / "file");
  auto list = list_of(arena);
  list[1].twin = twin["vector"].data();
  list.push_back(list[1]);
  list.back().name = "absent";
  list.back().values = twin["matrix"].data();
  StagedTensors<double> staged(
      reader, list, "the arena", DtypeRule::convertible, [](std::string_view) { return true; }, false);
  staged.commit();
  CHECK(staged.differences().missing == std::vector<std::string>{"absent"});
  CHECK(staged.differences().unexpected == std::vector<std::string>{"extra"});
  REQUIRE(staged.differences().different.size() == 1);
  CHECK(staged.differences().different[0] ==
        std::pair<std::string, std::string>{"matrix", " is (3, 2), expected (2, 3)"});
  CHECK(arena["matrix"] == numbered<double>()["matrix"]);
  CHECK(arena["vector"](3) == 3.5);
  CHECK(twin["vector"] == arena["vector"]);
  CHECK(twin["matrix"].isZero(0));
}

TEST_CASE("state tensors: the list of a thousand names ends there") {
  Arena<double> arena = numbered<double>();
  std::vector<Tensor> tensors = fitting();
  for (int i = 0; i < 1500; ++i)
    tensors.push_back(tensor<std::uint8_t>(fmt::format("x{}", i), Dtype::u8, {0}, {}));
  const std::string error = load(tensors, arena);
  CHECK(error.ends_with(" and 500 more"));
  CHECK(error.size() < 12'000);
}

TEST_CASE("state tensors: with the exact rule no conversion happens") {
  Arena<float> narrow = numbered<float>();
  CHECK(contains(load(fitting(), narrow, DtypeRule::exact),
                 "\"matrix\" is F64, expected F32, \"vector\" is F64, expected F32"));
  Arena<double> wide = numbered<double>();
  CHECK(load(fitting(), wide, DtypeRule::exact) == "");
}

TEST_CASE("state tensors: the last element may be the one that is not finite") {
  Arena<double> wide = numbered<double>();
  Arena<float> narrow = numbered<float>();
  const auto with = [](double value) {
    std::vector<Tensor> tensors = fitting();
    tensors[1] = tensor<double>("vector", Dtype::f64, {4}, {0, 0, 0, value});
    return tensors;
  };
  constexpr double inf = std::numeric_limits<double>::infinity();
  CHECK(contains(load(with(std::numeric_limits<double>::quiet_NaN()), wide),
                 "\"vector\" holds nan at element 3; weights must be finite numbers"));
  CHECK(contains(load(with(inf), wide), "holds inf at element 3"));
  CHECK(contains(load(with(-inf), narrow), "holds -inf at element 3"));
  // Finite in the file, not in the network.
  CHECK(load(with(1e39), wide) == "");
  CHECK(contains(load(with(1e39), narrow),
                 "holds 1e+39 at element 3; weights must be finite numbers, which this is "
                 "not in the network's scalar"));
}

TEST_CASE("state tensors: a count is a number that can be counted to") {
  Arena<float> arena = numbered<float>();
  const auto with = [](std::int64_t value) {
    std::vector<Tensor> tensors = fitting();
    tensors[2] = tensor<std::int64_t>("count", Dtype::i64, {}, {value});
    return tensors;
  };
  CHECK(load(with(0), arena) == "");
  CHECK(load(with(std::int64_t{1} << 53), arena) == "");
  CHECK(contains(load(with(-1), arena), "\"count\" holds -1, which is no count"));
  // As a float it would be 2^63, which no integer holds when it is saved again.
  CHECK(contains(load(with(std::numeric_limits<std::int64_t>::max()), arena), "which is no count"));
}
