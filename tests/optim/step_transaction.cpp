#include "eigenerate/optim/step_transaction.hpp"

#include <limits>

#include "eigenerate/adversarial/sample_history.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "models/faulty_layer.hpp"
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/model_hash.hpp"

using namespace eigenerate;
using support::model_hash;

namespace {

constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();

auto make_learner(LearnerOptions options) {
  Learner<float> learner(Network(Sequential{Linear{3, 2}, BatchNorm{2}}, NetworkOptions{.name = "net"}),
                         options);
  learner.memory = make_sample_history<float>("net", 2, 3);
  return learner;
}

/// Something else than zero in all that the learner has.
template <class L>
void disturb(L& learner, float by) {
  learner.for_each_arena([by](ArenaKind, std::string_view, auto& arena) {
    for (Index i = 0; i < arena.size(); ++i) arena.data()[i] += by * static_cast<float>(i + 1);
  });
  std::fill_n(learner.gradients.data(), learner.gradients.size(), by);
  learner.state.step += 3;
}

/// A learner as a model of its own.
template <class L>
struct Alone {
  const L& learner;
  std::array<const L*, 1> learners() const { return {&learner}; }
};

template <class L>
std::uint64_t hash_of(L& learner) {
  Alone<L> model{learner};
  return model_hash(model);
}

template <class M>
bool gradients_are_zero(M& model) {
  bool zero = true;
  for (auto* learner : model.learners()) {
    for (Index i = 0; i < learner->gradients.size(); ++i) zero = zero && learner->gradients.data()[i] == 0;
  }
  return zero;
}

template <class L>
std::string arena_bytes(L& learner, ArenaKind wanted_kind) {
  std::string bytes;
  learner.for_each_arena([&](ArenaKind kind, std::string_view, auto& arena) {
    if (kind == wanted_kind)
      bytes.append(reinterpret_cast<const char*>(arena.data()),
                   static_cast<std::size_t>(arena.size()) * sizeof(*arena.data()));
  });
  return bytes;
}

/// The learner of that number.
template <class M, class F>
auto with_learner(M& model, int which, F&& f) {
  std::string result;
  int i = 0;
  for (auto* learner : model.learners()) {
    if (i++ == which) result = f(*learner);
  }
  return result;
}

auto faulty_gan(const FaultyLayer& generator_fault, const FaultyLayer& discriminator_fault,
                GanOptions options) {
  options.seed = 2;
  return Gan{Sequential{Linear{3, 5}, BatchNorm{5}, generator_fault, Relu{}, Linear{5, 6}},
             Sequential{Linear{6, 5}, BatchNorm{5}, discriminator_fault, LeakyRelu{0.2}, Linear{5, 1}},
             options};
}

}  // namespace

TEST_CASE("a transaction that is not committed puts back what its learners remembered",
          "[step transaction]") {
  for (const Optimizer& rule :
       {Optimizer{Adam{}}, Optimizer{Sgd{}}, Optimizer{RmsProp{.momentum = 0.5, .centered = true}}}) {
    for (const double decay : {0.0, 0.9}) {
      INFO(optimizer_name(rule) << ", average " << decay);
      auto learner = make_learner({rule, decay});
      disturb(learner, 0.5f);
      learner.gradients.set_zero();
      const std::uint64_t before = hash_of(learner);
      const std::string parameters = arena_bytes(learner, ArenaKind::parameters),
                        buffers = arena_bytes(learner, ArenaKind::buffers),
                        history = arena_bytes(learner, ArenaKind::memory);

      UndoMemory<float> memory;
      auto committed = learner;
      {
        Learner<float>* const learners[] = {&committed};
        StepTransaction<float> step(memory, learners, UndoScope::everything);
        disturb(committed, 1);
        step.commit();
      }
      CHECK(hash_of(committed) != before);
      CHECK(committed.gradients.data()[0] == 1);

      auto everything = learner;
      {
        Learner<float>* const learners[] = {&everything};
        StepTransaction<float> step(memory, learners, UndoScope::everything);
        disturb(everything, 1);
      }
      CHECK(hash_of(everything) == before);
      CHECK(everything.state.step == 3);
      CHECK(everything.gradients.data()[0] == 0);

      // What was remembered in an earlier step is of no use in a later one.
      {
        Learner<float>* const learners[] = {&everything};
        StepTransaction<float> step(memory, learners, UndoScope::buffers);
        disturb(everything, 1);
      }
      CHECK(arena_bytes(everything, ArenaKind::buffers) == buffers);
      CHECK(arena_bytes(everything, ArenaKind::memory) == history);
      CHECK(arena_bytes(everything, ArenaKind::parameters) != parameters);
      CHECK(everything.state.step == 6);
      CHECK(everything.gradients.data()[0] == 0);
    }
  }
}

TEST_CASE("transactions nest, each with a memory of its own", "[step transaction]") {
  auto learner = make_learner({Adam{}, 0.9});
  Learner<float>* const learners[] = {&learner};
  const std::uint64_t before = hash_of(learner);
  UndoMemory<float> of_model, of_part;
  {
    StepTransaction<float> outer(of_model, learners, UndoScope::everything);
    disturb(learner, 1);
    const std::uint64_t between = hash_of(learner);
    {
      StepTransaction<float> inner(of_part, learners, UndoScope::everything);
      disturb(learner, 2);
    }
    CHECK(hash_of(learner) == between);
    {
      StepTransaction<float> inner(of_part, learners, UndoScope::everything);
      disturb(learner, 3);
      inner.commit();
    }
    CHECK(hash_of(learner) != between);
  }
  CHECK(hash_of(learner) == before);
}

TEST_CASE("a VAE's step that throws changes no bit and leaves the gradients at zero", "[step transaction]") {
  const bool undoable = GENERATE(false, true);
  for (const bool in_encoder : {true, false}) {
    const FaultyLayer encoder_fault, decoder_fault;
    Vae vae{Sequential{Linear{6, 5}, BatchNorm{5}, encoder_fault, Tanh{}, Linear{5, 4}},
            Sequential{Linear{2, 5}, BatchNorm{5}, decoder_fault, Tanh{}, Linear{5, 6}},
            {.optimizer = Adam{0.01}, .ema_decay = 0.9}};
    const Matrix<float> x = testing::uniform_batch<float>(6, 4, 1);
    const Batch<float> batch{as_const(x), {}};
    vae.prepare(4);
    vae.train_step(batch, {});
    const std::uint64_t before = model_hash(vae);
    auto& fault = *(in_encoder ? encoder_fault : decoder_fault).fault;
    for (int i = 0; i < 3; ++i) {
      fault.backward = nan_value;
      const std::string message = support::error_of<DivergenceError>(
          [&] { vae.train_step(batch, {.step = 1, .undoable = undoable}); });
      CHECK(support::contains(message, "the gradient of "));
      CHECK(support::contains(message, " is nan in step 2"));
      CHECK(model_hash(vae) == before);
      CHECK(gradients_are_zero(vae));
    }
    // Nor does anything stay behind that a later step would notice.
    fault.backward.reset();
    auto copy = vae;
    copy.prepare(5);  // fresh memory
    vae.train_step(batch, {.step = 1, .undoable = undoable});
    copy.train_step(batch, {.step = 1});
    CHECK(model_hash(vae) == model_hash(copy));
    CHECK(model_hash(vae) != before);
  }
}

TEST_CASE("a GAN's step whose discriminator fails changes no bit", "[step transaction]") {
  const bool undoable = GENERATE(false, true);
  const FaultyLayer generator_fault, discriminator_fault;
  auto gan = faulty_gan(generator_fault, discriminator_fault, {.ema_decay = 0.9});
  const Matrix<float> x = testing::normal_batch<float>(6, 4, 1);
  const Batch<float> batch{as_const(x), {}};
  gan.prepare(4);
  gan.train_step(batch, {});
  const std::uint64_t before = model_hash(gan);
  discriminator_fault.fault->backward = nan_value;
  CHECK(support::error_of<DivergenceError>([&] {
          gan.train_step(batch, {.step = 1, .undoable = undoable});
        }) == "the gradient of discriminator.1.bias (BatchNorm) is nan in step 2");
  CHECK(model_hash(gan) == before);
  CHECK(gradients_are_zero(gan));
}

TEST_CASE("a generator that fails after the discriminator has learned takes it back where asked",
          "[step transaction]") {
  const FaultyLayer generator_fault, discriminator_fault;
  auto gan = faulty_gan(
      generator_fault, discriminator_fault,
      {.generator_optimizer = Adam{0.01}, .discriminator_optimizer = Adam{0.01}, .ema_decay = 0.9});
  const Matrix<float> x = testing::normal_batch<float>(6, 4, 1);
  const Batch<float> batch{as_const(x), {}};
  gan.prepare(4);
  gan.train_step(batch, {});
  const std::uint64_t before = model_hash(gan);
  const auto parameters = [](auto& learner) { return arena_bytes(learner, ArenaKind::parameters); };
  const auto buffers = [](auto& learner) { return arena_bytes(learner, ArenaKind::buffers); };
  auto good = gan;
  good.train_step(batch, {.step = 1});
  const auto original = gan;

  generator_fault.fault->backward = nan_value;
  const std::string expected = "the gradient of generator.1.bias (BatchNorm) is nan in step 2";
  CHECK(support::error_of<DivergenceError>([&] { gan.train_step(batch, {.step = 1, .undoable = true}); }) ==
        expected);
  CHECK(model_hash(gan) == before);
  CHECK(gradients_are_zero(gan));

  // Without, the discriminator keeps its own step: that was a good one.
  auto kept = original;
  CHECK(support::error_of<DivergenceError>([&] { kept.train_step(batch, {.step = 1}); }) == expected);
  CHECK(gradients_are_zero(kept));
  auto untouched = original;
  CHECK(with_learner(kept, 0, parameters) == with_learner(untouched, 0, parameters));
  CHECK(with_learner(kept, 0, buffers) == with_learner(untouched, 0, buffers));
  CHECK(with_learner(kept, 1, parameters) == with_learner(good, 1, parameters));
  CHECK(with_learner(kept, 1, buffers) == with_learner(untouched, 1, buffers));

  // The undoable step that succeeds is the same step.
  generator_fault.fault->backward.reset();
  gan.train_step(batch, {.step = 1, .undoable = true});
  CHECK(model_hash(gan) == model_hash(good));
}

TEST_CASE("undoable steps allocate nothing after the first", "[step transaction][allocation]") {
  if (!testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  const FaultyLayer generator_fault, discriminator_fault;
  auto gan = faulty_gan(generator_fault, discriminator_fault, {.ema_decay = 0.9});
  const Matrix<float> x = testing::normal_batch<float>(6, 4, 1);
  gan.prepare(4);
  for (std::uint64_t step = 0; step < 2; ++step)
    gan.train_step({as_const(x), {}}, {.step = step, .undoable = true});
  const testing::AllocationGuard guard;
  for (std::uint64_t step = 2; step < 5; ++step)
    gan.train_step({as_const(x), {}}, {.step = step, .undoable = true});
  CHECK(guard.count() == 0);
}
