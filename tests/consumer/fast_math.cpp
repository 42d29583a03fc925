// Compiled with -O3 -ffast-math, and with -O0: divergence is noticed, named and recovered from all the same.
// Prints what went wrong, and returns how much did.

#include <eigenerate/eigenerate.hpp>

#include <bit>
#include <string>
#include <vector>

using namespace eigenerate;

namespace {

// By their bits: with -ffast-math a compiler may make anything of the library's infinity() and quiet_NaN().
const volatile std::uint32_t nan_bits = 0x7FC00000u, infinity_bits = 0x7F800000u;
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
  std::uint64_t poisoned_after =
      0;  ///< the step after which a weight of the decoder is made a bad number, once
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

/// The message of the fit's error, or nothing.
template <class F>
std::string message_of(F&& call) {
  try {
    call();
  } catch (const DivergenceError& error) {
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
    auto vae = make_vae(0.2);
    std::vector<Warning> warnings;
    FitResult result;
    const std::string message =
        message_of([&] { result = fit(vae, make_data(), options, {.warnings = &warnings}); });
    expect(message.empty() && result.rollbacks >= 1 &&
               result.rollbacks == static_cast<Index>(warnings.size()) && result.last_epoch &&
               result.last_epoch->train["loss"] < 20,
           fmt::format("a learning rate of 0.2: {} rollbacks; {}", result.rollbacks, message));
    expect(!find_non_finite(vae), "an explosion survived the rollbacks");
  }
}

}  // namespace

int main() {
  expect(!is_finite(bad_number(nan_bits)) && is_nan(bad_number(nan_bits)), "a NaN is not told");
  expect(!is_finite(bad_number(infinity_bits)) && !is_nan(bad_number(infinity_bits)),
         "an infinity is not told");
  expect(is_finite(1e30f) && is_finite(0.0f), "a finite number is not told");
  finite_training_learns();
  bad_input("nan", bad_number(nan_bits));
  bad_input("inf", bad_number(infinity_bits));
  bad_weight("nan", bad_number(nan_bits));
  bad_weight("inf", bad_number(infinity_bits));
  exploding_learning_rate();
  return failures;
}
