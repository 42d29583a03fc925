#include "eigenerate/models/sampler.hpp"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "eigenerate/models/models.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/small_models.hpp"

using namespace eigenerate;

namespace {

/// Float roundings of a few products of some 60 terms, relative to the norm of all samples.
constexpr double near = 1e-5;

/// Calls `f(name, model)` for every small model that samples, after two epochs.
template <class F>
void for_each_trained_sampler(const F& f) {
  support::for_each_small_model([&](const char* name, const auto& make) {
    auto model = make();
    if constexpr (requires { model.make_sampler(); }) {
      Trainer{{.epochs = 2, .batch_size = 8}}.fit(model, support::small_images());
      INFO(name);
      f(model);
    }
  });
}

template <class M>
std::vector<int> labels_for(const M& model, Index n) {
  std::vector<int> labels(model.classes() > 0 ? static_cast<std::size_t>(n) : 0);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i) % 3;
  return labels;
}

}  // namespace

TEST_CASE("a sampler samples and decodes what its model does", "[sampler]") {
  int models = 0;
  for_each_trained_sampler([&](const auto& model) {
    ++models;
    const Sampler<float> sampler = model.make_sampler();
    CHECK(sampler.latent_size() == model.latent_size());
    CHECK(sampler.sample_shape() == model.sample_shape());
    CHECK(sampler.classes() == model.classes());
    for (const Index n : {1, 7}) {
      const auto labels = labels_for(model, n);
      const RandomStream random{9, Purpose::sampling};
      Matrix<float> z(model.latent_size(), n), again(z), x(model.sample_shape().size(), n);
      model.draw_latent(random, as_view(z));
      sampler.draw_latent(random, as_view(again));
      CHECK(again == z);
      const Matrix<float> expected = model.decode(z, labels);
      CHECK(testing::relative_error(sampler.decode(z, labels), expected) < near);
      const auto rounded = model.make_sampler({.weights = WeightPrecision::bf16});
      const double error = testing::relative_error(rounded.decode(z, labels), expected);
      CHECK(error > near);
      CHECK(error < 0.05);
      sampler.sample_into(x, labels, random);
      CHECK(testing::relative_error(x, expected) < near);
      if (labels.empty()) {
        CHECK(sampler.sample(n, random) == x);
        sampler.sample_into(x);
        CHECK(testing::relative_error(x, model.sample(n)) < near);
      } else {
        CHECK(sampler.sample(labels, random) == x);
        CHECK(testing::relative_error(sampler.sample(n, 2), model.sample(n, 2)) < near);
      }
    }
  });
  CHECK(models >= 5);
}

TEST_CASE("a sampler stays as it is when its model trains on", "[sampler]") {
  for_each_trained_sampler([&](auto& model) {
    const Sampler<float> sampler = model.make_sampler();
    const auto labels = labels_for(model, 5);
    Matrix<float> before(model.sample_shape().size(), 5), after(before);
    sampler.sample_into(before, labels);
    Trainer{{.epochs = 1, .batch_size = 8}}.fit(model, support::small_images());
    sampler.sample_into(after, labels);
    CHECK(after == before);
    model.make_sampler().sample_into(after, labels);
    CHECK(after != before);
  });
}

TEST_CASE("samples allocate nothing where memory was reserved", "[sampler]") {
  if (!testing::AllocationGuard::available()) return;
  for_each_trained_sampler([&](const auto& model) {
    const Sampler<float> sampler = model.make_sampler();
    const auto labels = labels_for(model, 5);
    Matrix<float> x(model.sample_shape().size(), 5);
    const Matrix<float> z = Matrix<float>::Constant(model.latent_size(), 5, 0.5f);
    sampler.reserve(5);
    const testing::AllocationGuard guard;
    sampler.sample_into(x, labels);
    sampler.decode_into(x, z, labels);
    CHECK(guard.count() == 0);
  });
}

TEST_CASE("several threads sample at once, each its own samples", "[sampler]") {
  for_each_trained_sampler([&](const auto& model) {
    const Sampler<float> sampler = model.make_sampler();
    std::vector<Matrix<float>> expected;
    for (std::uint64_t i = 0; i < 3; ++i) {
      expected.emplace_back(model.sample_shape().size(), 4);
      sampler.sample_into(expected.back(), labels_for(model, 4), {i, Purpose::sampling});
    }
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 3; ++i)
      threads.emplace_back([&, i] {
        Matrix<float> x(model.sample_shape().size(), 4);
        for (int round = 0; round < 20; ++round) {
          x.setZero();
          sampler.sample_into(x, labels_for(model, 4), {i, Purpose::sampling});
          if (x != expected[i]) ++wrong;
        }
      });
    for (auto& thread : threads) thread.join();
    CHECK(wrong.load() == 0);
  });
}

TEST_CASE("a sampler refuses what its model refuses", "[sampler]") {
  const Gan plain{Linear{2, 6}, Linear{6, 1}};
  const Gan conditional{Linear{2 + 3, 6}, Linear{6 + 3, 1}, {.classes = 3}};
  const auto sampler = plain.make_sampler(), labelled = conditional.make_sampler();
  Matrix<float> x(6, 2), wrong(5, 2), none(6, 0);
  const Matrix<float> z = Matrix<float>::Zero(2, 2), tall = Matrix<float>::Zero(3, 2);
  const std::vector<int> labels{0, 1}, one{0}, outside{0, 3};
  CHECK(support::contains(support::error_of<ConfigError>([&] { sampler.sample_into(x, labels); }),
                          "built without classes"));
  CHECK(support::error_of<ShapeError>([&] { sampler.sample_into(wrong); }) ==
        "generator: expected y of 6 × 2 (one sample of shape 6 per column), got 5 × 2");
  CHECK_THROWS_AS(sampler.sample_into(none), ConfigError);
  CHECK_THROWS_AS(sampler.sample(0), ConfigError);
  CHECK_THROWS_AS(sampler.decode(tall), ShapeError);
  CHECK_THROWS_AS(labelled.sample_into(x), ShapeError);
  CHECK_THROWS_AS(labelled.sample_into(x, one), ShapeError);
  CHECK_THROWS_AS(labelled.decode(z, outside), ConfigError);
  CHECK_THROWS_AS(sampler.reserve(0), ConfigError);

  Sampler<float> moved = sampler;
  const Sampler<float> taken = std::move(moved);
  CHECK(taken.sample(2) == sampler.sample(2));
  Matrix<float> latent(2, 2);
  CHECK_THROWS_AS(moved.sample(2), StateError);
  CHECK_THROWS_AS(moved.sample_into(x), StateError);
  CHECK_THROWS_AS(moved.decode(z), StateError);
  CHECK_THROWS_AS(moved.reserve(1), StateError);
  CHECK_THROWS_AS(moved.draw_latent({}, as_view(latent)), StateError);
}
