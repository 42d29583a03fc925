// Compiled with -O0, and with -O2 and -O3 -ffast-math: numbers that are not finite are refused and named, and
// divergence is noticed and recovered from, all the same. Prints what went wrong, and returns how much did.

#include <eigenerate/data/toy.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/image_grid.hpp>
#include <eigenerate/io/weights.hpp>
#include <eigenerate/layers/rescale.hpp>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace eigenerate;

namespace {

// By their bits: with -ffast-math a compiler may make anything of the library's infinity() and quiet_NaN().
const volatile std::uint32_t nan_bits = 0x7FC00000u, infinity_bits = 0x7F800000u,
                             minus_infinity_bits = 0xFF800000u;
float bad_number(const volatile std::uint32_t& bits) {
  return std::bit_cast<float>(std::uint32_t{bits});
}

int failures = 0;
void expect(bool ok, const std::string& what) {
  if (ok) return;
  ++failures;
  fmt::print("FAILED: {}\n", what);
}
bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

/// All that is watched and done while training, in one type: a Trainer is compiled once.
struct Watch {
  std::vector<Warning>* warnings = nullptr;
  double* first_loss = nullptr;
  /// The step after which a weight of the decoder is made a bad number, once.
  std::uint64_t poisoned_after = 0;
  float poison = 0;

  template <class M>
  void on_warning(const Warning& warning, M&, StopRequest&) {
    if (warnings && warning.kind != WarningKind::posterior_collapse) warnings->push_back(warning);
  }
  template <class M>
  void on_step_end(const StepRecord& record, M& model, StopRequest&) {
    if (poisoned_after == 0 || record.step != poisoned_after) return;
    poisoned_after = 0;
    model.decoder().parameters()["decoder.2.weight"](1) = poison;
  }
  template <class M>
  void on_epoch_end(const EpochRecord& record, M&, StopRequest&) {
    if (first_loss && record.epoch == 1) *first_loss = record.train["loss"];
  }
};

auto make_vae(double rate = 1e-2) {
  return Vae{Sequential{Linear{6, 16}, Relu{}, Linear{16, 4}},
             Sequential{Linear{2, 16}, Tanh{}, Linear{16, 6}},
             {.likelihood = UnitNormal{}, .optimizer = Sgd{rate}, .seed = 1}};
}

/// 32 samples on a line: eight steps of four in each epoch.
Dataset make_data(const float* bad = nullptr) {
  Matrix<float> x(6, 32);
  for (Index i = 0; i < x.size(); ++i)
    x(i % 6, i / 6) = static_cast<float>(i % 6 - 2) * static_cast<float>(i / 6 - 16) / 16;
  if (bad) x(2, 9) = *bad;
  return {"line", {6}, x};
}

FitResult fit(decltype(make_vae())& vae, const Dataset& data, const TrainerOptions& options,
              const Watch& watch = {}) {
  return Trainer{options, watch}.fit(vae, data);
}

/// The message of the error, or nothing.
template <class F>
std::string message_of(F&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void finite_training_learns() {
  auto vae = make_vae();
  double first = 0;
  const FitResult result = fit(vae, make_data(), {.epochs = 20, .batch_size = 4}, {.first_loss = &first});
  const double last = result.last_epoch->train["loss"];
  expect(is_finite(first) && is_finite(last) && last < first - 0.1 && last > 5,
         fmt::format("the loss goes from {} to {}", first, last));
  expect(!find_non_finite(vae), "a good run ends with a model that is not finite");
}

void bad_input(const std::string& word, float value) {
  const Dataset data = make_data(&value);
  TrainerOptions options{.epochs = 3, .batch_size = 4};
  std::vector<Warning> warnings;
  {
    auto vae = make_vae();
    const std::string message = message_of([&] { fit(vae, data, options); });
    expect(contains(message, "training diverged in epoch 1, step ") &&
               contains(message, "value 2 of sample ") && contains(message, " of the batch is " + word + ";"),
           word + " in a sample: " + message);
    expect(!find_non_finite(vae), word + " in a sample reached the model");
  }
  {
    options.non_finite = NonFinitePolicy::SkipStep;
    auto vae = make_vae();
    FitResult result;
    const std::string message =
        message_of([&] { result = fit(vae, data, options, {.warnings = &warnings}); });
    expect(message.empty() && result.skipped_steps == 3 && warnings.size() == 3,
           fmt::format("{} in a sample: {} steps were skipped; {}", word, result.skipped_steps, message));
    expect(!find_non_finite(vae), word + " in a skipped sample reached the model");
  }
  {
    options.non_finite = NonFinitePolicy::Rollback;
    auto vae = make_vae();
    warnings.clear();
    const std::string message = message_of([&] { fit(vae, data, options, {.warnings = &warnings}); });
    expect(contains(message, "rolled back 3 times before") && warnings.size() == 3,
           word + " in a sample that no rollback cures: " + message);
    expect(!find_non_finite(vae), word + " in a sample survived the rollbacks");
  }
}

void bad_weight(const std::string& word, float value) {
  TrainerOptions options{.epochs = 4, .batch_size = 4};
  {
    auto vae = make_vae();
    const std::string message =
        message_of([&] { fit(vae, make_data(), options, {.poisoned_after = 11, .poison = value}); });
    expect(contains(message, "training diverged in epoch 2, step 12: decoder.2.weight (Linear) is " + word +
                                 "; the last "
                                 "finite loss was "),
           word + " in a weight: " + message);
  }
  {
    options.non_finite = NonFinitePolicy::SkipStep;
    auto vae = make_vae();
    const std::string message =
        message_of([&] { fit(vae, make_data(), options, {.poisoned_after = 11, .poison = value}); });
    expect(contains(message, "decoder.2.weight (Linear) is " + word),
           word + " in a weight, skipping: " + message);
  }
  {
    options.non_finite = NonFinitePolicy::Rollback;
    auto vae = make_vae();
    std::vector<Warning> warnings;
    FitResult result;
    const std::string message = message_of([&] {
      result = fit(vae, make_data(), options, {.warnings = &warnings, .poisoned_after = 11, .poison = value});
    });
    expect(message.empty() && result.rollbacks == 1 && result.steps == 32 && warnings.size() == 1 &&
               contains(warnings[0].message, "decoder.2.weight (Linear) is " + word),
           fmt::format("{} in a weight: {} rollbacks; {}", word, result.rollbacks, message));
    expect(!find_non_finite(vae), word + " in a weight survived the rollback");
  }
}

void exploding_learning_rate() {
  // Steps enough that an explosion ends within the epoch: the last good state is then a good one.
  TrainerOptions options{.epochs = 4, .batch_size = 1};
  {
    auto vae = make_vae(10);
    const std::string message = message_of([&] { fit(vae, make_data(), options); });
    expect(contains(message, "training diverged in epoch 1, step ") &&
               (contains(message, " is nan in step ") || contains(message, "inf in step ")) &&
               contains(message, "the last finite loss was "),
           "a learning rate of 10: " + message);
  }
  {
    options.non_finite = NonFinitePolicy::Rollback;
    auto vae = make_vae(0.3);
    std::vector<Warning> warnings;
    FitResult result;
    const std::string message =
        message_of([&] { result = fit(vae, make_data(), options, {.warnings = &warnings}); });
    expect(message.empty() && result.rollbacks >= 1 &&
               result.rollbacks == static_cast<Index>(warnings.size()) && result.last_epoch &&
               result.last_epoch->train["loss"] < 20,
           fmt::format("a learning rate of 0.3: {} rollbacks; {}", result.rollbacks, message));
    expect(!find_non_finite(vae), "an explosion survived the rollbacks");
  }
}

/// The bytes that are not finite in the floats of 8 bits.
void bad_elements_of_a_file() {
  struct Element {
    Dtype dtype;
    unsigned char byte;
    const char* word;
  };
  for (const auto& [dtype, byte, word] : {Element{Dtype::f8_e4m3, 0x7f, "nan"},
                                          {Dtype::f8_e5m2, 0x7e, "nan"},
                                          {Dtype::f8_e5m2, 0x7c, "inf"},
                                          {Dtype::f8_e5m2, 0xfc, "-inf"},
                                          {Dtype::f8_e4m3fnuz, 0x80, "nan"}}) {
    const std::byte element{byte};
    const double value = element_as_double(dtype, &element);
    expect(!is_finite(value) && std::string(non_finite_name(value)) == word,
           fmt::format("{} of {} in a file is {}", word, dtype_name(dtype), value));
  }
}

void bad_held_out_samples(const std::string& word, float value) {
  auto vae = make_vae();
  const std::string message =
      message_of([&] { Trainer{{.epochs = 2, .batch_size = 4}}.fit(vae, make_data(), make_data(&value)); });
  expect(contains(message, "the held-out figure ") &&
             (contains(message, " is nan;") || contains(message, "inf;")),
         word + " in a held-out sample: " + message);
}

void bad_weights_in_a_file(const std::string& word, float value, const std::string& path) {
  auto saved = make_vae();
  saved.decoder().parameters()["decoder.2.weight"](1) = value;
  save_weights(path, saved);
  auto vae = make_vae();
  const std::string message = message_of([&] { load_weights(path, vae); });
  std::remove(path.c_str());
  expect(contains(message, "decoder.2.weight") && contains(message, " holds " + word),
         word + " in a file of weights: " + message);
  expect(!find_non_finite(vae), word + " in a file reached the model");
}

/// Every number that somebody validates. `infinity_is_fine` where it means no bound.
struct Validated {
  std::string name;
  std::function<void(double)> use;
  bool infinity_is_fine = false;
};

template <class L>
void plan(const L& layer) {
  layer.plan({4, 2, 2}, "layer");
}

void bad_options() {
  const std::vector<Validated> all{
      {"Adam::learning_rate", [](double x) { Adam{x}.validate(); }},
      {"Adam::beta1",
       [](double x) {
         Adam{1e-3, x}.validate();
       }},
      {"Adam::epsilon", [](double x) { Adam{.epsilon = x}.validate(); }},
      {"AdamW::weight_decay", [](double x) { AdamW{.weight_decay = x}.validate(); }},
      {"RmsProp::alpha", [](double x) { RmsProp{.alpha = x}.validate(); }},
      {"Sgd::learning_rate", [](double x) { Sgd{x}.validate(); }},
      {"Sgd::momentum", [](double x) { Sgd{.momentum = x}.validate(); }},
      {"an optimizer of a model", [](double x) { make_vae(x); }},
      {"CosineSchedule::minimum", [](double x) { CosineSchedule{.minimum = x}.validate(); }},
      {"StepSchedule::gamma", [](double x) { StepSchedule{.gamma = x}.validate(); }},
      {"GradientClipping::value", [](double x) { GradientClipping{.value = x}.validate(); }, true},
      {"GradientClipping::norm", [](double x) { GradientClipping{.norm = x}.validate(); }, true},
      {"GradientPenalty::weight", [](double x) { GradientPenalty{.weight = x}.validate(); }},
      {"Lookahead::share", [](double x) { Lookahead{.share = x}.validate(); }},
      {"LearnerOptions::weight_limit",
       [](double x) {
         Gan{Linear{2, 6}, Linear{6, 1}, {.weight_limit = x}};
       }},
      {"InversionOptions::learning_rate", [](double x) { InversionOptions{.learning_rate = x}.validate(); }},
      {"Truncation::limit",
       [](double x) {
         Gan(Linear{2, 6}, Linear{6, 1}).sample(4, Truncation{x});
       }},
      {"Minimax::label_smoothing", [](double x) { Minimax{x}.validate(); }},
      {"NonSaturating::label_smoothing", [](double x) { NonSaturating{x}.validate(); }},
      {"DiagonalNormal::min_log_variance",
       [](double x) {
         DiagonalNormal{x, 20}.validate();
       }},
      {"DiagonalNormal::max_log_variance",
       [](double x) {
         DiagonalNormal{-20, x}.validate();
       }},
      {"ControlledCapacity::gamma", [](double x) { ControlledCapacity{.gamma = x}.validate(); }},
      {"ControlledCapacity::nats", [](double x) { ControlledCapacity{.nats = x}.validate(); }},
      {"Ciwae::beta", [](double x) { Ciwae{x}.validate(); }},
      {"KlSchedule's rise", [](double x) { KlSchedule::cycles({.steps = 2, .rise = x}).validate(); }},
      {"MaximumMeanDiscrepancy::weight", [](double x) { MaximumMeanDiscrepancy{.weight = x}.validate(); }},
      {"MaximumMeanDiscrepancy's scales", [](double x) { MaximumMeanDiscrepancy{.scales = {x}}.validate(); }},
      {"TotalCorrelation::beta", [](double x) { TotalCorrelation{.beta = x, .data_size = 1}.validate(); }},
      {"FactorVaeOptions::gamma",
       [](double x) {
         FactorVae{Linear{2, 1}, {.gamma = x}}.validate();
       }},
      {"VaeOptions::beta", [](double x) { VaeOptions{.beta = x}.validate(); }},
      {"LearnerOptions::ema_decay",
       [](double x) {
         Vae{Sequential{Linear{6, 4}}, Sequential{Linear{2, 6}}, {.ema_decay = x}};
       }},
      {"TrainerOptions::max_seconds", [](double x) { Trainer{{.max_seconds = x}}; }},
      {"EarlyStoppingOptions::min_delta", [](double x) { EarlyStopping{{.min_delta = x}}; }},
      {"BatchNorm's epsilon",
       [](double x) {
         plan(BatchNorm{4, {.epsilon = x}});
       }},
      {"BatchNorm's momentum",
       [](double x) {
         plan(BatchNorm{4, {.momentum = x}});
       }},
      {"LayerNorm's epsilon",
       [](double x) {
         plan(LayerNorm{Shape{4, 2, 2}, {.epsilon = x}});
       }},
      {"Dropout::p", [](double x) { plan(Dropout{x}); }},
      {"InstanceNoise's deviation", [](double x) { plan(InstanceNoise{{.deviation = x}}); }},
      {"MinibatchStd::epsilon",
       [](double x) {
         plan(MinibatchStd{4, x});
       }},
      {"RandomBrightness::range", [](double x) { plan(RandomBrightness{x}); }},
      {"RandomTranslation::share", [](double x) { plan(RandomTranslation{x}); }},
      {"Cutout::share", [](double x) { plan(Cutout{x}); }},
      {"Softplus::beta", [](double x) { plan(Softplus{x}); }},
      {"Softplus::threshold",
       [](double x) {
         plan(Softplus{1, x});
       },
       true},
      {"Rescale::scale", [](double x) { plan(Rescale{x}); }},
      {"Rescale::shift",
       [](double x) {
         plan(Rescale{1, x});
       }},
      {"LeakyRelu::slope", [](double x) { plan(LeakyRelu{x}); }},
      {"Elu::alpha", [](double x) { plan(Elu{x}); }},
      {"the validation fraction", [](double x) { make_data().split(x, 1); }},
      {"a toy set's noise", [](double x) { data::two_moons(4, {.noise = x}); }},
      {"GridOptions::range",
       [](double x) {
         const Matrix<float> image = Matrix<float>::Zero(4, 1);
         image_grid(as_const(image), {1, 2, 2}, {.range = {x, 1e30}});
       }},
  };
  for (const auto& validated : all) {
    for (const auto& [word, bits] : {std::pair<const char*, const volatile std::uint32_t&>{"nan", nan_bits},
                                     {"inf", infinity_bits},
                                     {"-inf", minus_infinity_bits}}) {
      if (validated.infinity_is_fine && word != std::string("nan")) continue;
      const double value = bad_number(bits);
      const std::string message = message_of([&] { validated.use(value); });
      expect(contains(message, word), fmt::format("{} of {}: '{}'", validated.name, word, message));
    }
  }
}

/// Constants, which the compiler sees to be what -ffast-math says that there is not.
void bad_constants() {
  constexpr double infinity = std::numeric_limits<double>::infinity(),
                   nan = std::numeric_limits<double>::quiet_NaN();
  expect(!message_of([] { Adam{infinity}.validate(); }).empty(), "Adam{infinity} is accepted");
  expect(!message_of([] { Adam{nan}.validate(); }).empty(), "Adam{NaN} is accepted");
  expect(!message_of([] { VaeOptions{.beta = nan}.validate(); }).empty(),
         "VaeOptions{.beta = NaN} is accepted");
  expect(!message_of([] { Sgd{.momentum = nan}.validate(); }).empty(), "Sgd{.momentum = NaN} is accepted");
}

void bad_pixels() {
  Matrix<float> image(4, 1);
  image << 0, 1, bad_number(nan_bits), bad_number(infinity_bits);
  const Bitmap grid = image_grid(as_const(image), {1, 2, 2}, {.padding = 0});
  const std::vector<std::uint8_t> expected{0, 0, 0, 255, 255, 255, 255, 0, 255, 255, 255, 255};
  expect(grid.bytes == expected, "a picture with a NaN and an infinity");
}

void logarithms() {
  const auto bits_of_log = [](const volatile std::uint32_t& bits) {
    float x = bad_number(bits), y = 0;
    kernels::map(
        &y, 1, [](float v) { return kernels::log(v); }, &x);
    std::uint32_t word = 0;
    std::memcpy(&word, &y, sizeof word);
    return word;
  };
  static const volatile std::uint32_t zero_bits = 0, one_bits = 0x3F800000u, minus_one_bits = 0xBF800000u;
  expect(bits_of_log(zero_bits) == 0xFF800000u, "log 0 is not minus infinity");
  expect(bits_of_log(one_bits) == 0, "log 1 is not 0");
  expect((bits_of_log(minus_one_bits) & 0x7FFFFFFFu) > 0x7F800000u, "log −1 is not NaN");
  expect((bits_of_log(nan_bits) & 0x7FFFFFFFu) > 0x7F800000u, "log NaN is not NaN");
  expect(bits_of_log(infinity_bits) == 0x7F800000u, "the log of infinity is not infinity");

  LogMeanExp mean, none;
  mean.add(bad_number(minus_infinity_bits));
  mean.add(0);
  mean.add(bad_number(minus_infinity_bits));
  mean.add(1);
  expect(std::abs(mean.log_sum() - 1.3132616875182228) < 1e-14,
         fmt::format("LogMeanExp with weights of zero: {}", mean.log_sum()));
  expect(std::string(non_finite_name(none.log_sum())) == "-inf", "LogMeanExp of nothing");
  mean.add(bad_number(nan_bits));
  expect(is_nan(mean.log_sum()), "LogMeanExp loses a NaN");
}

}  // namespace

int main(int, char** arguments) {
  expect(!is_finite(bad_number(nan_bits)) && is_nan(bad_number(nan_bits)), "a NaN is not told");
  expect(!is_finite(bad_number(infinity_bits)) && !is_nan(bad_number(infinity_bits)),
         "an infinity is not told");
  expect(is_finite(1e30f) && is_finite(0.0f), "a finite number is not told");
  const std::vector<float> array{1, bad_number(nan_bits), 3};
  expect(!kernels::all_finite(array.data(), 3) && kernels::all_finite(array.data(), 1),
         "a NaN in an array is not told");
  bad_options();
  bad_constants();
  bad_pixels();
  bad_elements_of_a_file();
  logarithms();
  bad_weights_in_a_file("nan", bad_number(nan_bits), std::string(arguments[0]) + ".safetensors");
  bad_weights_in_a_file("inf", bad_number(infinity_bits), std::string(arguments[0]) + ".safetensors");
  bad_held_out_samples("nan", bad_number(nan_bits));
  bad_held_out_samples("inf", bad_number(infinity_bits));
  finite_training_learns();
  bad_input("nan", bad_number(nan_bits));
  bad_input("inf", bad_number(infinity_bits));
  bad_weight("nan", bad_number(nan_bits));
  bad_weight("inf", bad_number(infinity_bits));
  exploding_learning_rate();
  return failures;
}
