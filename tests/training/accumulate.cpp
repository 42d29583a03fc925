// Gradient accumulation: a step of k batches is one of a batch k times as large.

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "eigenerate/training/callbacks/checkpoints.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/model_hash.hpp"
#include "support/small_models.hpp"
#include "support/stop_at.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;
using support::contains;
using support::error_of;
using support::model_hash;
using support::StopAt;

namespace {

Dataset vectors(Index n, Index classes = 0) {
  Matrix<float> x(6, n);
  fill_uniform(x.data(), x.size(), RandomStream{5, Purpose::toy_data});
  std::vector<int> labels;
  for (Index i = 0; i < n && classes > 0; ++i) labels.push_back(static_cast<int>(i % classes));
  return {"vectors", {6}, std::move(x), std::move(labels), classes};
}

/// The numbers of all parameters, moments and averages.
template <class M>
std::vector<double> numbers_of(M& model) {
  std::vector<double> numbers;
  const Snapshot snapshot(model, SnapshotScope::everything);
  for (const auto& values : snapshot.values()) numbers.insert(numbers.end(), values.begin(), values.end());
  return numbers;
}

/// The largest difference between a model that accumulates and one that sees large batches, and of their
/// figures. 30 samples: two steps of 12 samples and one of 6.
template <class Make>
double difference(Make make, Index classes = 0) {
  const Dataset data = vectors(30, classes);
  auto whole = make(), parts = make();
  const FitResult large = Trainer{{.epochs = 3, .batch_size = 12, .seed = 2}}.fit(whole, data, data);
  const FitResult small =
      Trainer{{.epochs = 3, .batch_size = 4, .accumulate = 3, .seed = 2}}.fit(parts, data, data);
  CHECK(large.steps == 9);
  CHECK(small.steps == 9);
  const auto a = numbers_of(whole), b = numbers_of(parts), before = [&] {
    auto fresh = make();
    return numbers_of(fresh);
  }();
  CHECK(a != before);
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  for (const auto& figure : large.last_epoch->train)
    worst = std::max(worst, std::abs(figure.value - small.last_epoch->train[figure.name]));
  return worst;
}

const auto encoder = [](Index k) { return Sequential{Linear{6 + k, 8}, Tanh{}, Linear{8, 6}}; };
const auto decoder = [](Index k) { return Sequential{Linear{3 + k, 8}, Tanh{}, Linear{8, 6}}; };
const auto critic = [](Index k) { return Sequential{Linear{6 + k, 8}, Tanh{}, Linear{8, 1}}; };

}  // namespace

TEST_CASE("the parts of a batch are its samples, and their gradients' factors make the mean",
          "[accumulate]") {
  Matrix<float> x(2, 10);
  for (Index i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i);
  const std::vector<int> labels{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (const Index size : {0, 1, 3, 4, 5, 10, 11}) {
    CAPTURE(size);
    const BatchParts<float> parts(Batch<float>{as_const(x), labels}, size);
    CHECK(parts.size() == (size == 0 ? 1 : (10 + size - 1) / size));
    CHECK(parts.largest() == (size == 0 ? 10 : std::min<Index>(size, 10)));
    Index seen = 0;
    double share = 0;
    // What accumulates where each sample's gradient is its number.
    const Network network(Linear{1, 1}, NetworkOptions{.name = "n"});
    Arena<float> gradients = network.parameters().like();
    for (Index i = 0; i < parts.size(); ++i) {
      const BatchPart<float> part = parts[i];
      CHECK(part.number == i);
      CHECK(part.first == seen);
      double sum = 0;
      for (Index j = 0; j < part.batch.size(); ++j, ++seen) {
        CHECK(part.batch.labels[static_cast<std::size_t>(j)] == seen);
        CHECK(part.batch.samples(1, j) == static_cast<float>(2 * seen + 1));
        sum += static_cast<double>(seen);
      }
      share += part.share;
      gradients.data()[0] += static_cast<float>(sum / static_cast<double>(part.batch.size()));
      part.scale(gradients);
    }
    CHECK(seen == 10);
    CHECK(std::abs(share - 1) < 1e-12);
    CHECK(std::abs(gradients.data()[0] - 4.5f) < 1e-5f);
  }
}

TEST_CASE("a Vae of k accumulated batches has the numbers of one with batches k times as large",
          "[accumulate]") {
  for (const Index k : {0, 3}) {
    CAPTURE(k);
    CHECK(difference(
              [&] {
                return Vae<double>(encoder(k), decoder(k),
                                   {.optimizer = Sgd{.learning_rate = 0.05, .momentum = 0.9},
                                    .classes = k,
                                    .clipping = {.norm = 1},
                                    .ema_decay = 0.9});
              },
              k) < 1e-12);
    CHECK(
        difference(
            [&] {
              return Vae<double>(
                  encoder(k), decoder(k),
                  {.optimizer = Adam{1e-2}, .bound = Bound::importance_weighted, .samples = 3, .classes = k});
            },
            k) < 1e-12);
  }
}

TEST_CASE("a Gan of k accumulated batches has the numbers of one with batches k times as large",
          "[accumulate]") {
  for (const Index k : {0, 3}) {
    CAPTURE(k);
    CHECK(difference([&] { return Gan<double>(decoder(k), critic(k), {.classes = k, .ema_decay = 0.9}); },
                     k) < 1e-12);
    CHECK(difference(
              [&] {
                return Gan<double>(decoder(k), critic(k),
                                   {.loss = Wasserstein{},
                                    .generator_optimizer = RmsProp{1e-3},
                                    .discriminator_optimizer = RmsProp{1e-3},
                                    .discriminator_steps = 2,
                                    .classes = k,
                                    .clipping = {.value = 0.1}});
              },
              k) < 1e-12);
  }
}

TEST_CASE("without accumulation the bits are those of whole batches", "[accumulate]") {
  support::for_each_small_model([](const std::string& name, auto&& make) {
    CAPTURE(name);
    const Dataset data = support::small_images();
    auto plain = make(), one = make(), wide = make();
    Trainer{{.epochs = 1, .batch_size = 16, .seed = 6}}.fit(plain, data);
    Trainer{{.epochs = 1, .batch_size = 16, .accumulate = 1, .seed = 6}}.fit(one, data);
    Trainer{{.epochs = 1, .batch_size = 8, .accumulate = 2, .seed = 6}}.fit(wide, data);
    CHECK(model_hash(one) == model_hash(plain));
    CHECK(model_hash(wide) != model_hash(plain));  // batch norm and dropout see parts
  });
}

TEST_CASE("steps, schedules, records and evaluations are the optimiser's", "[accumulate]") {
  struct Accumulating : CountingModel {
    using CountingModel::prepare;
    void prepare(Index part, Index batch) {
      prepared = part;
      whole = batch;
    }
    Index whole = 0;
  } model;
  Trainer trainer{{.epochs = 2, .batch_size = 2, .accumulate = 2, .schedule = CosineSchedule{}}};
  CHECK(trainer.fit(model, counting_dataset(10), counting_dataset(5)).steps == 6);
  CHECK(model.prepared == 2);
  CHECK(model.whole == 4);
  REQUIRE(model.steps.size() == 6);
  const CosineSchedule cosine{};
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(model.steps[i].step == i);
    CHECK(model.steps[i].part_size == 2);
    CHECK(model.steps[i].learning_rate_factor == cosine(static_cast<std::int64_t>(i), 6));
  }
  // The same samples in the same order as in batches twice as large.
  CountingModel large;
  Trainer{{.epochs = 2, .batch_size = 4, .schedule = CosineSchedule{}}}.fit(large, counting_dataset(10));
  CHECK(model.seen == large.seen);
  CHECK(large.steps[0].part_size == 0);
}

TEST_CASE("an accumulating run that is stopped anywhere and resumed leaves the same bits", "[accumulate]") {
  support::for_each_small_model([](const std::string& name, auto&& make) {
    const Dataset data = support::small_images();
    const auto train = [&](const std::filesystem::path& folder, std::uint64_t stop_after,
                           Index accumulate = 3) {
      auto model = make();
      Trainer{{.epochs = 3,
               .batch_size = 5,
               .accumulate = accumulate,
               .seed = 6,
               .schedule = CosineSchedule{0.1}},
              StopAt{stop_after},
              Checkpoints{folder, {.resume = true, .every_steps = 1}}}
          .fit(model, data);
      return model_hash(model);
    };
    const support::TemporaryFolder whole;
    const auto expected = train(whole.path(), 0);
    for (const std::uint64_t k : {1u, 3u, 5u, 8u}) {
      CAPTURE(name, k);
      const support::TemporaryFolder folder;
      CHECK(train(folder.path(), k) != expected);
      CHECK(contains(error_of<ConfigError>([&] { train(folder.path(), 0, 2); }),
                     "batches per step: 3 then, 2 now"));
      const int threads = num_threads();
      set_num_threads(threads + 1);
      CHECK(train(folder.path(), 0) == expected);
      set_num_threads(threads);
    }
  });
}

TEST_CASE("accumulating steps allocate nothing", "[accumulate][allocation]") {
  if (!testing::AllocationGuard::available()) {
    WARN("allocations cannot be counted here: skipped");
    return;
  }
  Batches batches(support::small_images(), {.batch_size = 10});
  const Batch<float> batch = batches.batch(0, 0);
  support::for_each_small_model([&](const std::string& name, auto&& make) {
    CAPTURE(name);
    auto model = make();
    model.prepare(4, 10);
    StepContext context{.part_size = 4};
    for (; context.step < 3; ++context.step) model.train_step(batch, context);
    const testing::AllocationGuard guard;
    for (; context.step < 9; ++context.step) model.train_step(batch, context);
    CHECK(guard.count() == 0);
  });
}

TEST_CASE("what cannot be accumulated is refused", "[accumulate]") {
  CHECK_THROWS_AS((Trainer{{.accumulate = 0}}), ConfigError);
  CountingModel plain;
  CHECK(contains(error_of<ConfigError>([&] { Trainer{{.accumulate = 2}}.fit(plain, counting_dataset(10)); }),
                 "this model cannot accumulate gradients"));
  CHECK(plain.steps.empty());
  // A step larger than was prepared for, in parts or in samples.
  auto vae = Vae<float>(encoder(0), decoder(0));
  const Matrix<float> x = Matrix<float>::Constant(6, 8, 0.5f);
  CHECK_THROWS_AS(vae.train_step({as_const(x), {}}, {.part_size = 2}), StateError);
  vae.prepare(2, 8);
  CHECK_THROWS_AS(vae.train_step({as_const(x), {}}, {}), StateError);
  CHECK_THROWS_AS(vae.train_step({as_const(x), {}}, {.part_size = 4}), StateError);
  CHECK_NOTHROW(vae.train_step({as_const(x), {}}, {.part_size = 2}));
  // The layer that needs two samples sees parts: 17 samples in steps of 8 leave a part of one.
  Vae normalized{Sequential{Linear{6, 8}, BatchNorm{8}, Linear{8, 4}}, Sequential{Linear{2, 6}}};
  CHECK(contains(error_of<ConfigError>(
                     [&] { Trainer{{.batch_size = 4, .accumulate = 2}}.fit(normalized, vectors(17)); }),
                 "the last one of an epoch has 1 (17 samples in batches of 4)"));
}
