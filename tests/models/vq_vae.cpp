#include "eigenerate/models/vq_vae.hpp"

#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/io/weights.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/training/training.hpp"
#include "models/faulty_layer.hpp"
#include "models/model_step.hpp"
#include "models/step_promises.hpp"
#include "support/arenas.hpp"
#include "support/batches.hpp"
#include "support/files.hpp"
#include "support/golden.hpp"
#include "support/refuses.hpp"
#include "support/tolerances.hpp"

using namespace eigenerate;
using namespace model_step;
using namespace step_promises;
using support::refuses;
using testing::Golden;
using testing::memory_of;

namespace {

const StepContext context{.step = 2, .seed = 9};

auto small_encoder() {
  return Sequential{Conv2d{1, 3, {.kernel = 2, .stride = 2}}, Tanh{}, Conv2d{3, 2, {.kernel = 1}}};
}
auto small_decoder() {
  return Sequential{ConvTranspose2d{2, 3, {.kernel = 2, .stride = 2}}, Silu{}, Conv2d{3, 1, {.padding = 1}}};
}

/// 1×4×6, with vectors of 2 at 2×3 positions and 5 codes.
VqVae<double> small(VqVae<double>::Options options = {}) {
  options.quantizer.codes = 5;
  options.sample = Shape{1, 4, 6};
  options.seed = 3;
  return {small_encoder(), small_decoder(), options};
}

/// With several codes near the vectors of that batch.
VqVae<double> begun(VqVae<double>::Options options, const Batch<double>& batch) {
  auto model = small(options);
  model.encoder().parameters()["encoder.2.weight"] *= 8;
  model.prepare(batch.size());
  if (options.quantizer.has_averages()) {
    auto first = model;
    first.train_step(batch, {});
    model.quantizer().buffers() = first.quantizer().buffers();
  } else {
    const Matrix<double> h = model.encoder().predict(batch.samples);
    Arena<double>& book = model.quantizer().parameters();
    for (Index k = 0; k < 5; ++k)
      for (Index i = 0; i < 2; ++i) book.data()[2 * k + i] += h(2 * k + i, 0);
  }
  return model;
}

const VectorQuantizer by_gradient{5, {.learning = CodebookLearning::gradient}};

}  // namespace

TEST_CASE(
    "VQ-VAE: the gradients of a whole step are those of its losses, the encoder's of a written surrogate",
    "[vq_vae]") {
  const Matrix<double> x = testing::uniform_batch(24, 3, 1);
  const Batch<double> batch{x, {}};
  for (const VectorQuantizer& quantizer : {VectorQuantizer{5}, by_gradient}) {
    CAPTURE(quantizer.has_averages());
    const auto model = begun({.quantizer = quantizer, .commitment = 0.7, .optimizer = descent}, batch);
    auto probe = model;
    CHECK(probe.evaluate(batch, {})["codes_used"] > 0.5);
    CHECK(gradient_error(model, batch, context, "reconstruction", 0) < testing::tolerance::derivative);
    if (!quantizer.has_averages())
      CHECK(gradient_error(model, batch, context, "commitment", 1) < testing::tolerance::derivative);

    // With the codes e and what they differ from the vectors by held, the decoder sees h + (e − h), of which
    // only the first h moves.
    auto stepped = model;
    stepped.train_step(batch, context);
    Network<double> encoder = model.encoder();
    Network<double> quantizes = model.quantizer();  // whose codes move before those of the step are chosen
    auto ws = quantizes.make_workspace(3);
    const Matrix<double> h = encoder.predict(x);
    const Matrix<double> e =
        quantizes.forward({.x = h, .mode = Mode::train, .buffers = Buffers::update, .random = {}}, ws);
    const auto surrogate = [&] {
      const Matrix<double> moved = encoder.predict(x);
      const Matrix<double> seen = moved + (e - h), logits = model.decoder().predict(seen);
      Vector<double> log_px(3);
      Bernoulli{}.log_probability<double>(as_const(x), as_const(logits), first_numbers(log_px, 3));
      return -log_px.mean() + 0.7 * (moved - e).squaredNorm() / 3;
    };
    Arena<double>& p = encoder.parameters();
    const Vector<double> gradient = memory_of(p) - memory_of(stepped.encoder().parameters());
    CHECK(testing::relative_error(gradient, testing::central_differences(surrogate, p.data(), p.size())) <
          testing::tolerance::derivative);
  }
}

TEST_CASE("a VQ-VAE's step is PyTorch's", "[vq_vae][golden]") {
  for (const Golden& c : testing::load_golden("models/vq_vae").cases()) {
    CAPTURE(c.path());
    const bool gradient = c.boolean("gradient");
    auto model = small({.quantizer = VectorQuantizer{5,
                                                     {.learning = gradient ? CodebookLearning::gradient
                                                                           : CodebookLearning::averages,
                                                      .decay = c.number("decay"),
                                                      .smoothing = c.number("smoothing"),
                                                      .revival = 0}},
                        .commitment = c.number("commitment_weight"),
                        .optimizer = descent});
    c["encoder"].fill(model.encoder().parameters(), "encoder");
    c["decoder"].fill(model.decoder().parameters(), "decoder");
    c["quantizer"].fill(gradient ? model.quantizer().parameters() : model.quantizer().buffers(), "quantizer");
    auto before = model;
    const Matrix<double> x = c.batch<double>("x");
    model.prepare(3);
    const StepMetrics m = model.train_step({x, {}}, context);
    for (const auto& figure : model.figures())
      CHECK(std::abs(m[figure] - c.number(std::string(figure.view()))) <
            testing::tolerance::golden * c.number(std::string(figure.view())));
    const auto check = [&](const Network<double>& from, const Network<double>& to, const std::string& name) {
      CAPTURE(name);
      const Vector<double> taken = memory_of(from.parameters()) - memory_of(to.parameters());
      CHECK(testing::relative_error(taken, memory_of(c[name + "_gradients"].arena(to.parameters(), name))) <
            testing::tolerance::golden);
    };
    check(before.encoder(), model.encoder(), "encoder");
    check(before.decoder(), model.decoder(), "decoder");
    if (gradient)
      check(before.quantizer(), model.quantizer(), "quantizer");
    else
      CHECK(testing::relative_error(memory_of(model.quantizer().buffers()),
                                    memory_of(c["moved"].arena(model.quantizer().buffers(), "quantizer"))) <
            testing::tolerance::golden);
    if (gradient) CHECK(before.encode(x) == c.batch<double>("numbers"));
  }
}

TEST_CASE("VQ-VAE: codes and what is decoded from them", "[vq_vae]") {
  const Matrix<double> x = testing::uniform_batch(24, 300, 1);
  auto model = begun({}, {x, {}});
  CHECK(model.sample_shape() == Shape{1, 4, 6});
  CHECK(model.code_shape() == Shape{1, 2, 3});
  const Matrix<double> codes = model.encode(x);
  REQUIRE(codes.rows() == 6);
  CHECK(codes.minCoeff() == 0);
  CHECK(codes.maxCoeff() == 4);
  CHECK(model.decode(codes) == model.reconstruct(x));
  CHECK(*model.sample_range() == ValueRange{0, 1});

  std::vector<int> labels(300, 0);
  labels[7] = 1;
  const Dataset data("some", {1, 4, 6}, x.cast<float>(), labels, 2), numbers = model.encode(data);
  CHECK(numbers.sample_shape() == Shape{1, 2, 3});
  CHECK(numbers.value_range() == ValueRange{0, 4});
  CHECK(numbers.labels() == labels);
  const Matrix<double> last = x.col(299).cast<float>().cast<double>();
  CHECK(numbers.sample(299) == model.encode(last).cast<float>());

  refuses<ShapeError>([&] { model.decode(x); }, {"VqVae", "columns of 6 codes", "got 24 × 300"});
  for (const double wrong : {5.0, -1.0, 0.5, std::nan("")}) {
    Matrix<double> other = codes;
    other(3, 2) = wrong;
    refuses<ConfigError>([&] { model.decode(other); }, {"VqVae", "codes in [0, 5)"});
  }
}

TEST_CASE("VQ-VAE: a weight file holds the codebook", "[vq_vae]") {
  const Matrix<double> x = testing::uniform_batch(24, 30, 1);
  for (const VectorQuantizer& quantizer : {VectorQuantizer{5}, by_gradient}) {
    const auto model = begun({.quantizer = quantizer}, {x, {}});
    auto other = small({.quantizer = quantizer});
    const support::TemporaryFolder folder;
    save_weights(folder / "weights.safetensors", model);
    load_weights(folder / "weights.safetensors", other);
    CHECK(other.encode(x) == model.encode(x));
    CHECK(other.reconstruct(x) == model.reconstruct(x));
  }
}

TEST_CASE("VQ-VAE: evaluation learns nothing and reports the same figures", "[vq_vae]") {
  const Matrix<double> x = testing::uniform_batch(24, 30, 1);
  auto model = begun({}, {x, {}});
  const auto before = bytes_of_learners(model);
  const StepMetrics m = model.evaluate({x, {}}, {});
  CHECK(bytes_of_learners(model) == before);
  CHECK(joined_names(model.figures()) == "loss, reconstruction, commitment, perplexity, codes_used");
  CHECK(m.size() == 5);
  CHECK(std::abs(m["loss"] - m["reconstruction"] - 0.25 * m["commitment"]) < 1e-12);
  CHECK(m["perplexity"] > 1);
  CHECK(m["perplexity"] <= 5 * m["codes_used"]);
  const Matrix<double> mean = model.reconstruct(x);
  const double expected =
      -((x.array() * mean.array().log() + (1 - x.array()) * (1 - mean.array()).log()).sum()) / 30;
  CHECK(std::abs(m["reconstruction"] - expected) < 1e-10);
}

TEST_CASE("VQ-VAE: a step in parts is the step of the whole batch, where no averages move in between",
          "[vq_vae]") {
  const Matrix<double> x = testing::uniform_batch(24, 5, 1);
  const auto whole_model = begun({.quantizer = by_gradient, .optimizer = descent}, {x, {}});
  auto whole = whole_model, parts = whole_model;
  parts.prepare(2, 5);
  const StepMetrics expected = whole.train_step({x, {}}, context),
                    got = parts.train_step({x, {}}, {.step = 2, .seed = 9, .part_size = 2});
  for (const char* figure : {"loss", "reconstruction", "commitment"})
    CHECK(std::abs(got[figure] - expected[figure]) < 1e-12);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(testing::relative_error(memory_of(parts.learners()[i]->network.parameters()),
                                  memory_of(whole.learners()[i]->network.parameters())) < 1e-12);
}

TEST_CASE("VQ-VAE: a step that fails leaves everything as it was, the codebook too", "[vq_vae]") {
  const Matrix<float> x = testing::uniform_batch<float>(24, 6, 1);
  for (const bool in_forward : {true, false}) {
    FaultyLayer faulty;
    VqVae model{Sequential{Conv2d{1, 2, {.kernel = 2, .stride = 2}}, faulty},
                Sequential{ConvTranspose2d{2, 1, {.kernel = 2, .stride = 2}}},
                {.quantizer = VectorQuantizer{5}, .sample = Shape{1, 4, 6}}};
    model.prepare(6);
    model.train_step({x, {}}, {});
    const auto before = bytes_of_learners(model);
    if (in_forward)
      faulty.fault->forward = std::numeric_limits<float>::quiet_NaN();
    else
      faulty.fault->backward = std::numeric_limits<float>::infinity();
    CHECK_THROWS_AS(model.train_step({x, {}}, {.step = 1}), DivergenceError);
    CHECK(bytes_of_learners(model) == before);
  }
}

TEST_CASE("VQ-VAE: what does not fit is refused with what to do", "[vq_vae]") {
  const auto build = [](VqVaeOptions options, AnyLayer<float> encoder = small_encoder()) {
    return [=] { VqVae<float>(encoder, small_decoder(), options); };
  };
  CHECK_NOTHROW(build({.sample = Shape{1, 4, 6}})());
  refuses<ConfigError>(build({}), {"VqVae", ".sample = Shape{1, 28, 28}"});
  refuses<ConfigError>(build({.commitment = -1, .sample = Shape{1, 4, 6}}), {"commitment", "got -1"});
  refuses<ConfigError>(build({.quantizer = VectorQuantizer{0}, .sample = Shape{1, 4, 6}}),
                       {"quantizer (VectorQuantizer)", "got 0"});
  refuses<ShapeError>(build({.sample = Shape{1, 4, 6}}, Conv2d{1, 3, {.kernel = 2, .stride = 2}}),
                      {"decoder.0", "got 3×2×3"});
  refuses<ShapeError>(build({.sample = Shape{1, 4, 6}}, Conv2d{1, 2, {.kernel = 1}}),
                      {"VqVae", "shape 1×4×6", "makes 1×8×12"});

  const Matrix<double> x = testing::uniform_batch(24, 3, 1);
  auto model = small();
  refuses<StateError>([&] { model.train_step({x, {}}, {}); }, {"VqVae", "prepare(3)"});
  model.prepare(3);
  const Matrix<double> short_ones = x.topRows(12);
  refuses<ShapeError>([&] { model.train_step({short_ones, {}}, {}); }, {"VqVae", "24 values"});
  refuses<ConfigError>([&] { model.require_values({0, 255}, "data"); }, {"data", "Bernoulli"});
  const auto warnings =
      VqVae<double>{small_encoder(), Sequential{small_decoder(), Sigmoid{}}, {.sample = Shape{1, 4, 6}}}
          .setup_warnings({x, {}}, {0, 1});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].kind == WarningKind::bounded_outputs);

  auto taken = std::move(model);
  CHECK_THROWS_AS(model.train_step({x, {}}, {}), StateError);
  CHECK_NOTHROW(taken.encode(x));
}

namespace {

/// Wide enough for several threads, with dropout as its noise and dead codes in every step.
VqVae<float> wide() {
  return {Sequential{Conv2d{1, 32, {.kernel = 4, .stride = 2, .padding = 1}}, BatchNorm{32}, Relu{},
                     Dropout{0.1}, Conv2d{32, 8, {.kernel = 1}}},
          Sequential{ConvTranspose2d{8, 32, {.kernel = 4, .stride = 2, .padding = 1}}, Relu{},
                     Conv2d{32, 1, {.padding = 1}}},
          {.quantizer = VectorQuantizer{64, {.revival = 0.5}}, .sample = Shape{1, 16, 16}, .seed = 5}};
}

}  // namespace

TEST_CASE("VQ-VAE: the same bits on any number of threads", "[vq_vae][threads]") {
  const Matrix<float> x = testing::uniform_batch<float>(256, 24, 1);
  same_bits_on_any_number_of_threads([] { return wide(); }, {x, {}});
}

TEST_CASE("VQ-VAE: no step after the first allocates", "[vq_vae][allocation]") {
  const Matrix<float> x = testing::uniform_batch<float>(256, 24, 1);
  no_step_after_the_first_allocates([] { return wide(); }, {x, {}});
}
