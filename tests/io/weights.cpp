#include "eigenerate/io/weights.hpp"

#include <cstdlib>
#include <limits>

#include "eigenerate/eigenerate.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/model_hash.hpp"
#include "support/process.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using support::contains;

namespace {

/// The equal of `network()` in tests/goldens/weights.py.
template <Scalar S>
auto make_golden_network(std::uint64_t seed = 0, const std::string& name = "") {
  return Network<S>(
      Sequential{Conv2d{2, 3, {.kernel = {2, 3}, .stride = {1, 2}, .padding = {0, 1}}}, BatchNorm{3},
                 LeakyRelu{0.2},
                 ConvTranspose2d{
                     3, 2, {.kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0}, .output_padding = {1, 0}}},
                 Flatten{}, Linear{48, 5}},
      Shape{2, 5, 4}, NetworkOptions{.name = name, .seed = seed});
}

/// A network that has seen three batches, so that nothing in it has its initial value.
template <Scalar S>
auto make_used_network(const std::string& name = "") {
  auto network = make_golden_network<S>(3, name);
  Matrix<S> x(40, 4);
  auto ws = network.make_workspace(4);
  for (std::uint64_t batch = 0; batch < 3; ++batch) {
    fill_normal(x.data(), x.size(), RandomStream{batch, Purpose::toy_data});
    (void)network.forward({.x = x, .mode = Mode::train, .buffers = Buffers::update}, ws);
  }
  return network;
}

/// Every bit of a network's parameters and buffers; of those it predicts with where that is asked.
template <class N>
auto bits(const N& network, Mode mode = Mode::train) {
  std::vector<std::byte> all;
  for (const auto* arena : {&network.parameters(mode), &network.buffers()}) {
    const auto bytes = std::as_bytes(std::span(arena->data(), static_cast<std::size_t>(arena->size())));
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

template <class N, class Matrix>
Matrix outputs(const N& network, const Matrix& x) {
  auto ws = network.make_workspace(x.cols());
  return network.forward({x}, ws);
}

template <class M>
void train(M& model, Index features, Index steps) {
  Matrix<float> x(features, 4);
  model.prepare(4);
  for (Index step = 0; step < steps; ++step) {
    fill_uniform(x.data(), x.size(), RandomStream{4, Purpose::toy_data}.at(static_cast<std::uint64_t>(step)));
    (void)model.train_step({as_const(x), {}}, {.step = static_cast<std::uint64_t>(step), .seed = 5});
  }
}

/// A VAE of some steps, whose moving average differs from its parameters unless `ema_decay` is 0.
auto make_vae_of(Index steps, std::uint64_t seed = 1, double ema_decay = 0.5) {
  Vae vae{Sequential{Conv2d{1, 3, {.kernel = {4, 2}, .stride = 2}}, BatchNorm{3}, Flatten{}, Linear{36, 6}},
          Sequential{Linear{3, 24}, Reshape{2, 3, 4}, ConvTranspose2d{2, 1, {.kernel = {4, 2}, .stride = 2}}},
          {.optimizer = Adam{1e-2f}, .ema_decay = ema_decay, .seed = seed}};
  train(vae, 64, steps);
  return vae;
}

/// A GAN likewise; the moving average is the generator's.
auto make_gan_of(Index steps, std::uint64_t seed = 1, double ema_decay = 0.5) {
  Gan gan{Sequential{Linear{3, 6}, BatchNorm{6}, Relu{}, Linear{6, 8}},
          Sequential{Linear{8, 6}, LeakyRelu{0.2}, Linear{6, 1}},
          {.generator_optimizer = Adam{1e-2f}, .ema_decay = ema_decay, .seed = seed}};
  train(gan, 8, steps);
  return gan;
}

/// Everything that a model predicts, in one column.
std::vector<float> predictions(const auto& model) {
  std::vector<float> all;
  const auto append = [&](const Matrix<float>& y) { all.insert(all.end(), y.data(), y.data() + y.size()); };
  Matrix<float> x(model.sample_shape().size(), 5), z(model.latent_size(), 5);
  fill_uniform(x.data(), x.size(), RandomStream{8, Purpose::toy_data});
  fill_normal(z.data(), z.size(), RandomStream{9, Purpose::toy_data});
  append(model.decode(as_const(z)));
  append(model.sample(3));
  if constexpr (requires { model.discriminate(as_const(x)); }) {
    append(model.discriminate(as_const(x)));
  } else {
    append(model.encode(as_const(x)).mean);
    append(model.reconstruct(as_const(x)));
    for (const double p : model.log_likelihood(as_const(x), 3)) all.push_back(static_cast<float>(p));
  }
  return all;
}

/// A batch and what a network makes of it, as tensors for PyTorch.
template <class N, class M>
void append_pass(std::vector<Tensor>& tensors, const std::string& prefix, const N& network, const M& x) {
  const auto append = [&](const std::string& name, const M& batch, const Shape& shape) {
    Segment s = testing::batch_segment(
        shape.is_vector() ? std::vector<Index>{batch.cols(), shape.channels}
                          : std::vector<Index>{batch.cols(), shape.channels, shape.height, shape.width});
    tensors.push_back(to_tensor(StateTensor<const typename M::Scalar>{name, &s, batch.data()}));
  };
  append(prefix + "x", x, network.input_shape());
  append(prefix + "y", outputs(network, x), network.output_shape());
}

/// Runs tests/goldens/check_weights.py, where there is a Python that imports torch.
void check_in_pytorch(const std::string& kind, const std::filesystem::path& weights,
                      const std::vector<Tensor>& passes) {
  const std::filesystem::path file = weights.parent_path() / "passes.safetensors";
  write_safetensors(file, safetensors_header(passes), passes);
  const char* named = std::getenv("EIGENERATE_BENCHMARK_PYTHON");
  const std::string python = named != nullptr ? named : "/usr/bin/python3";
  const auto outcome =
      support::run({"/usr/bin/env", python, EIGENERATE_SOURCE_DIR "/tests/goldens/check_weights.py", kind,
                    weights.string(), file.string()});
  if (outcome.code == 77 || outcome.code == 127) {
    WARN("Skipped, " << kind << " not loaded in PyTorch: " << python
                     << " does not import torch; EIGENERATE_BENCHMARK_PYTHON names another");
    return;
  }
  CAPTURE(outcome.out, outcome.error);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out, "within "));
}

}  // namespace

TEMPLATE_TEST_CASE("weights: a network comes back bit for bit", "", float, double) {
  const support::TemporaryFolder folder;
  const auto saved = make_used_network<TestType>();
  save_weights(folder / "net", saved, {{"kind", "test"}});
  auto loaded = make_golden_network<TestType>(99);
  REQUIRE(bits(loaded) != bits(saved));
  load_weights(folder / "net", loaded);
  CHECK(bits(loaded) == bits(saved));
  CHECK(folder.entries() == 1);
}

TEST_CASE("weights: the file has PyTorch's names, shapes and types") {
  const support::TemporaryFolder folder;
  save_weights(folder / "net", make_used_network<float>("critic"), {{"kind", "test"}});
  SafetensorsReader reader(folder / "net");
  std::map<std::string, std::string> tensors;
  for (const TensorEntry& t : reader.tensors())
    tensors[t.name] = fmt::format("{} {}", dtype_name(t.dtype), detail::shown(t.shape));
  CHECK(tensors == std::map<std::string, std::string>{{"0.bias", "F32 (3)"},
                                                      {"0.weight", "F32 (3, 2, 2, 3)"},
                                                      {"1.bias", "F32 (3)"},
                                                      {"1.num_batches_tracked", "I64 ()"},
                                                      {"1.running_mean", "F32 (3)"},
                                                      {"1.running_var", "F32 (3)"},
                                                      {"1.weight", "F32 (3)"},
                                                      {"3.bias", "F32 (2)"},
                                                      {"3.weight", "F32 (3, 2, 3, 2)"},
                                                      {"5.bias", "F32 (5)"},
                                                      {"5.weight", "F32 (5, 48)"}});
  std::array<std::byte, 8> count{};
  reader.read(*reader.header().find("1.num_batches_tracked"), 0, count);
  CHECK(load_bytes<std::int64_t>(count.data()) == 3);
  CHECK(reader.header().metadata.at("format") == "pt");
  CHECK(reader.header().metadata.at("kind") == "test");
  CHECK(contains(reader.header().metadata.at("producer"), "eigenerate "));
}

TEMPLATE_TEST_CASE("weights: a network of either scalar computes what PyTorch's does with the same file",
                   "[golden]", float, double) {
  for (const testing::Golden& c : testing::load_golden("io/weights").cases()) {
    CAPTURE(c.path());
    auto network = make_golden_network<TestType>(7);
    load_weights(EIGENERATE_SOURCE_DIR "/tests/goldens/io/weights_" + c.name() + ".safetensors", network);
    CHECK(network.buffers()["1.num_batches_tracked"](0) == 3);
    const double tolerance =
        sizeof(TestType) == 8 ? testing::tolerance::golden : testing::tolerance::golden_float;
    CHECK(testing::relative_error(outputs(network, c.batch<TestType>("x")), c.batch<TestType>("y")) <=
          tolerance);
  }
}

TEMPLATE_TEST_CASE(
    "weights: a state dict that PyTorch converted to 16 bits as a whole is read as PyTorch reads it",
    "[golden]", float, double) {
  auto network = Network<TestType>(
      Sequential{Conv2d{2, 4, {.kernel = 3}}, BatchNorm{4}, LayerNorm{Shape{4, 1, 1}}}, Shape{2, 3, 3});
  const std::string path = EIGENERATE_SOURCE_DIR "/tests/goldens/io/weights_one_pixel.safetensors";
  SafetensorsReader reader(path);
  REQUIRE(reader.header().find("1.num_batches_tracked")->dtype == Dtype::f16);
  REQUIRE(reader.header().find("2.weight")->shape == std::vector<Index>{4, 1, 1});
  load_weights(path, network);
  CHECK(network.buffers()["1.num_batches_tracked"](0) == 1);
  const double tolerance =
      sizeof(TestType) == 8 ? testing::tolerance::golden : testing::tolerance::golden_float;
  for (const testing::Golden& c : testing::load_golden("io/weights_one_pixel").cases())
    CHECK(testing::relative_error(outputs(network, c.batch<TestType>("x")), c.batch<TestType>("y")) <=
          tolerance);
}

TEMPLATE_TEST_CASE("weights: PyTorch loads what a network saves, and computes the same", "[golden]", float,
                   double) {
  const support::TemporaryFolder folder;
  const auto network = make_used_network<TestType>("net");
  Matrix<TestType> x(40, 3);
  fill_normal(x.data(), x.size(), RandomStream{8, Purpose::toy_data});
  std::vector<Tensor> passes;
  append_pass(passes, "", network, x);
  save_weights(folder / "net.safetensors", network);
  check_in_pytorch("network", folder / "net.safetensors", passes);
}

TEST_CASE("weights: PyTorch loads what a model saves, and computes the same", "[golden]") {
  const support::TemporaryFolder folder;
  auto vae = make_vae_of(3);
  save_weights(folder / "vae.safetensors", vae);
  Matrix<float> x(64, 5), z(3, 5);
  fill_normal(x.data(), x.size(), RandomStream{8, Purpose::toy_data});
  fill_normal(z.data(), z.size(), RandomStream{9, Purpose::toy_data});
  std::vector<Tensor> passes;
  for (auto* learner : vae.learners()) {
    const std::string& name = learner->network.name();
    append_pass(passes, name + ".", learner->network, name == "encoder" ? x : z);
  }
  check_in_pytorch("vae", folder / "vae.safetensors", passes);
}

TEST_CASE("weights: float files fill double networks exactly, double files round") {
  const support::TemporaryFolder folder;
  const auto narrow = make_used_network<float>();
  save_weights(folder / "float", narrow);
  auto wide = make_golden_network<double>(99);
  load_weights(folder / "float", wide);
  for (Index i = 0; i < narrow.parameters().size(); ++i)
    REQUIRE(wide.parameters().data()[i] == static_cast<double>(narrow.parameters().data()[i]));
  wide.parameters()["0.bias"](0) = 0.1;
  save_weights(folder / "double", wide);
  auto back = make_golden_network<float>(99);
  load_weights(folder / "double", back);
  CHECK(back.parameters()["0.bias"](0) == 0.1f);
  CHECK(back.parameters()["5.weight"] == narrow.parameters()["5.weight"]);
}

TEST_CASE("weights: a model's file holds what it predicts with, its moving average") {
  const support::TemporaryFolder folder;
  auto saved = make_vae_of(3);
  save_weights(folder / "vae", saved);
  auto loaded = make_vae_of(1, 2);
  load_weights(folder / "vae", loaded);

  std::vector<std::vector<std::byte>> averages, networks;
  for (auto* learner : saved.learners()) {
    averages.push_back(bits(learner->network, Mode::evaluate));
    networks.push_back(bits(learner->network));
  }
  REQUIRE(averages != networks);
  std::vector<std::vector<std::byte>> loaded_averages, loaded_networks;
  for (auto* learner : loaded.learners()) {
    loaded_averages.push_back(bits(learner->network, Mode::evaluate));
    loaded_networks.push_back(bits(learner->network));
    CHECK(learner->state.step == 1);
  }
  CHECK(loaded_networks == averages);
  CHECK(loaded_averages == averages);
  Matrix<float> z(3, 2);
  fill_normal(z.data(), z.size(), RandomStream{9, Purpose::toy_data});
  CHECK(loaded.decode(as_const(z)) == saved.decode(as_const(z)));
}

namespace {

/// Saves a model as a whole and in parts, loads each into another model in parts and as a whole: whichever
/// way its weights go, the other model predicts the same bits.
template <class Make, class Parts>
void check_ways(const Make& make, const Parts& parts) {
  const support::TemporaryFolder folder;
  for (const double saved_decay : {0.0, 0.5}) {
    auto saved = make(3, 1, saved_decay);
    const auto expected = predictions(saved);
    save_weights(folder / "whole", saved);
    parts(saved, [&](const std::string& name, auto& part) { save_weights(folder / name, part); });
    for (const double loaded_decay : {0.0, 0.5}) {
      CAPTURE(saved_decay, loaded_decay);
      auto whole = make(2, 2, loaded_decay), by_prefix = whole, by_file = whole;
      REQUIRE(predictions(whole) != expected);
      load_weights(folder / "whole", whole);
      CHECK(predictions(whole) == expected);
      parts(by_prefix,
            [&](const std::string& name, auto& part) { load_weights(folder / "whole", part, name); });
      CHECK(predictions(by_prefix) == expected);
      parts(by_file, [&](const std::string& name, auto& part) { load_weights(folder / name, part); });
      CHECK(predictions(by_file) == expected);

      // Training goes on alike from there: parameters and average began as the same values.
      for (auto* model : {&whole, &by_prefix, &by_file}) train(*model, model->sample_shape().size(), 1);
      CHECK(support::model_hash(by_prefix) == support::model_hash(whole));
      CHECK(support::model_hash(by_file) == support::model_hash(whole));

      // A part that is copied out of its model says what the model says.
      save_weights(folder / "again", by_file);
      parts(by_file, [&](const std::string& name, auto& part) {
        auto copy = part;
        load_weights(folder / "again", copy, name);
        CHECK(bits(copy, Mode::evaluate) == bits(part, Mode::evaluate));
      });
    }
  }
}

}  // namespace

TEST_CASE("weights: saved or loaded, a part holds what the whole does, with a moving average or without") {
  check_ways([](auto... arguments) { return make_vae_of(arguments...); },
             [](auto& vae, auto&& f) {
               f("encoder", vae.encoder());
               f("decoder", vae.decoder());
             });
  check_ways([](auto... arguments) { return make_gan_of(arguments...); },
             [](auto& gan, auto&& f) {
               f("generator", gan.generator());
               f("discriminator", gan.discriminator());
             });
}

TEST_CASE("weights: one network out of a model's file") {
  const support::TemporaryFolder folder;
  auto vae = make_vae_of(2);
  save_weights(folder / "vae", vae);
  const auto decoder =
      Sequential{Linear{3, 24}, Reshape{2, 3, 4}, ConvTranspose2d{2, 1, {.kernel = {4, 2}, .stride = 2}}};
  for (const char* name : {"", "decoder", "another"}) {
    CAPTURE(name);
    Network network(decoder, NetworkOptions{.name = name, .seed = 50});
    const auto before = bits(network);
    CHECK(contains(support::error_of([&] { load_weights(folder / "vae", network); }),
                   "unexpected: \"decoder.0.bias\""));
    CHECK(contains(support::error_of([&] { load_weights(folder / "vae", network, "decode"); }),
                   "missing: \"decode.0.weight\""));
    CHECK(bits(network) == before);
    load_weights(folder / "vae", network, "decoder");
    for (auto* learner : vae.learners()) {
      if (learner->network.name() == "decoder")
        CHECK(bits(network) == bits(learner->network, Mode::evaluate));
    }
  }
}

TEST_CASE("weights: every tensor that does not fit is in one message") {
  const support::TemporaryFolder folder;
  const Network saved(Sequential{Linear{4, 3}, Relu{}, Linear{3, 2}, BatchNorm{2}});
  save_weights(folder / "net", saved);
  Network other(Sequential{Linear{5, 3}, Linear{3, 2}, Linear{2, 2, false}},
                NetworkOptions{.name = "critic"});
  const auto before = bits(other);
  const std::string error = support::error_of([&] { load_weights(folder / "net", other); });
  CHECK(error ==
        (folder / "net").string() +
            ": does not fit critic\n  missing: \"1.weight\", \"1.bias\"\n  unexpected: \"2.bias\", "
            "\"3.bias\", \"3.num_batches_tracked\", \"3.running_mean\", \"3.running_var\", \"3.weight\"\n"
            "  different: \"0.weight\" is (3, 4), expected (3, 5), \"2.weight\" is (2, 3), expected (2, 2)");
  CHECK(bits(other) == before);

  auto vae = make_vae_of(1);
  const auto hash = support::model_hash(vae);
  CHECK(contains(support::error_of([&] { load_weights(folder / "net", vae); }),
                 ": does not fit the model\n  missing: "));
  CHECK(support::model_hash(vae) == hash);
}

TEST_CASE("weights: a failed load changes no byte, whatever it failed at") {
  const support::TemporaryFolder folder;
  auto saved = make_vae_of(3), vae = make_vae_of(1, 2);
  const auto hash = support::model_hash(vae);
  const auto path = folder / "vae";
  const auto refused = [&] {
    const std::string error = support::error_of([&] { load_weights(path, vae); });
    CHECK(error.starts_with(path.string() + ": "));
    CHECK(support::model_hash(vae) == hash);
    return error;
  };
  CHECK(contains(refused(), "cannot open for reading: No such file or directory"));

  save_weights(path, saved);
  const support::Bytes whole = support::read_bytes(path);
  for (std::size_t length = 0; length < whole.size(); length += 97) {
    support::write_bytes(path, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
    CHECK_FALSE(refused().empty());
  }

  // The last parameter of the network that is loaded last: everything before it was fine.
  for (auto* learner : saved.learners()) {
    auto& last = *learner->network.average();
    const Segment& s = last.segments().back();
    if (learner->network.name() == "decoder")
      last[s.name](s.size - 1) = std::numeric_limits<float>::infinity();
  }
  save_weights(path, saved);
  CHECK(contains(refused(), "\"decoder.2.bias\" holds inf at element 0"));
}

TEST_CASE("weights: a map of names leads from our names to the file's") {
  const support::TemporaryFolder folder;
  const Network saved(Sequential{Linear{4, 3}, Relu{}, Linear{3, 2}}, NetworkOptions{.name = "", .seed = 3});
  std::vector<StateTensor<const float>> state;
  const std::map<std::string, std::string> theirs{{"0.weight", "net.fc1.weight"},
                                                  {"0.bias", "net.fc1.bias"},
                                                  {"2.weight", "net.head.kernel"},
                                                  {"2.bias", "net.fc2.bias"}};
  append_arena(state, saved.parameters(), [&](const Segment& s) { return theirs.at(s.name); });
  std::vector<Tensor> file;
  for (const auto& s : state) file.push_back(to_tensor(s));
  file.push_back({"optimizer.step", Dtype::i32, {}, std::vector<std::byte>(4)});
  write_safetensors(folder / "file", safetensors_header(file), file);

  Network loaded(Sequential{Linear{4, 3}, Relu{}, Linear{3, 2}}, NetworkOptions{.name = "critic", .seed = 4});
  const auto before = bits(loaded);
  LoadWeightsOptions options{.prefix = "net",
                             .names = {{"0", "fc1"}, {"2", "fc2"}, {"2.weight", "head.kernel"}}};
  CHECK(load_weights(folder / "file", loaded, options).empty());
  CHECK(bits(loaded) == bits(saved));

  loaded.initialize(DefaultInit{}, 4);
  REQUIRE(bits(loaded) == before);
  options.names.erase("2.weight");
  CHECK(contains(support::error_of([&] { load_weights(folder / "file", loaded, options); }),
                 "does not fit critic\n  missing: \"net.fc2.weight\"\n  unexpected: \"net.head.kernel\""));
  for (const char* typo : {"1", "2.", "2.weigh", "critic.2", ""}) {
    CAPTURE(typo);
    options.names = {{"0", "fc1"}, {typo, "fc2"}};
    CHECK(contains(
        support::error_of<ConfigError>([&] { load_weights(folder / "file", loaded, options); }),
        fmt::format("load_weights: critic has no tensor \"{}\" that could be called \"fc2\"", typo)));
  }
  CHECK(bits(loaded) == before);
}

TEST_CASE("weights: a model's names are mapped behind those of its networks, and two may share a tensor") {
  const support::TemporaryFolder folder;
  Vae saved{Linear{2, 2}, Linear{1, 2}, {.seed = 1}}, loaded{Linear{2, 2}, Linear{1, 2}, {.seed = 2}};
  std::vector<Tensor> file;
  for (const auto* part : {&saved.encoder().parameters(), &saved.decoder().parameters()}) {
    std::vector<StateTensor<const float>> state;
    append_arena(state, *part, [](const Segment& s) { return "vae.net_" + s.name; });
    for (const auto& s : state) file.push_back(to_tensor(s));
  }
  write_safetensors(folder / "file", safetensors_header(file), file);
  LoadWeightsOptions options{.prefix = "vae",
                             .names = {{"encoder", "net_encoder"}, {"decoder", "net_decoder"}}};
  CHECK(load_weights(folder / "file", loaded, options).empty());
  CHECK(bits(loaded.encoder()) == bits(saved.encoder()));
  CHECK(bits(loaded.decoder()) == bits(saved.decoder()));

  options.names["decoder.bias"] = "net_encoder.bias";
  CHECK(contains(support::error_of([&] { load_weights(folder / "file", loaded, options); }),
                 "does not fit the model\n  unexpected: \"vae.net_decoder.bias\""));
  options.strict = false;
  CHECK(load_weights(folder / "file", loaded, options).unexpected ==
        std::vector<std::string>{"vae.net_decoder.bias"});
  CHECK(loaded.decoder().parameters()["decoder.bias"] == saved.encoder().parameters()["encoder.bias"]);
}

TEST_CASE("weights: what a load that is not strict leaves out keeps its values, in the average too") {
  const support::TemporaryFolder folder;
  const Network saved(Sequential{Linear{4, 3}, Relu{}, Linear{3, 5}, BatchNorm{5}},
                      NetworkOptions{.name = "", .seed = 3});
  save_weights(folder / "net", saved);
  Network loaded(Sequential{Linear{4, 3}, Relu{}, Linear{3, 2}, Linear{2, 2}},
                 NetworkOptions{.name = "", .seed = 4});
  loaded.keep_average();
  for (float& value : std::span(loaded.average()->data(), static_cast<std::size_t>(loaded.average()->size())))
    value *= 2;
  const auto before = loaded;
  REQUIRE_FALSE(support::error_of([&] { load_weights(folder / "net", loaded); }).empty());
  CHECK(bits(loaded) == bits(before));

  const StateDifferences left_out = load_weights(folder / "net", loaded, LoadWeightsOptions{.strict = false});
  using Names = std::vector<std::string>;
  CHECK(left_out.missing.empty());
  CHECK(left_out.unexpected == Names{"3.num_batches_tracked", "3.running_mean", "3.running_var"});
  REQUIRE(left_out.different.size() == 4);
  CHECK(left_out.different[0].first == "2.weight");
  CHECK(left_out.different[0].second == " is (5, 3), expected (2, 3)");
  for (const Mode mode : {Mode::train, Mode::evaluate}) {
    for (const char* name : {"0.weight", "0.bias"})
      CHECK(loaded.parameters(mode)[name] == saved.parameters()[name]);
    for (const char* name : {"2.weight", "2.bias", "3.weight", "3.bias"})
      CHECK(loaded.parameters(mode)[name] == before.parameters(mode)[name]);
  }
}

TEST_CASE("weights: a layer norm over one pixel takes the shape that PyTorch gives it") {
  const support::TemporaryFolder folder;
  const auto make = [](std::uint64_t seed) {
    auto network = Network(Sequential{Conv2d{2, 4, {.kernel = 3}}, LayerNorm{Shape{4, 1, 1}}}, Shape{2, 3, 3},
                           NetworkOptions{.name = "", .seed = seed});
    for (const char* name : {"1.weight", "1.bias"})
      network.parameters()[name].setLinSpaced(4, 0.5f, static_cast<float>(seed));
    return network;
  };
  const auto saved = make(3);
  std::vector<StateTensor<const float>> state;
  append_arena(state, saved.parameters(), [](const Segment& s) { return s.name; });
  std::vector<Tensor> file;
  for (const auto& s : state) {
    file.push_back(to_tensor(s));
    if (s.name.starts_with("1.")) file.back().shape = {4, 1, 1};
  }
  write_safetensors(folder / "file", safetensors_header(file), file);
  auto loaded = make(4);
  load_weights(folder / "file", loaded);
  CHECK(bits(loaded) == bits(saved));
}
