#include "eigenerate/data/batches.hpp"

#include <algorithm>
#include <numeric>

#include "eigenerate/data/binarize.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {

/// `n` samples of three values, the first of which is the sample's number; the label is its remainder by 5.
Dataset numbered(Index n) {
  Matrix<float> samples = Matrix<float>::Constant(3, n, 0.5f);
  std::vector<int> labels;
  for (Index i = 0; i < n; ++i) {
    samples(0, i) = static_cast<float>(i);
    labels.push_back(static_cast<int>(i % 5));
  }
  return Dataset("numbered", {3}, samples, labels, 5);
}

/// The numbers of the samples of an epoch from one batch on, in the order they came.
template <class AnyBatches>
std::vector<int> visited(AnyBatches& batches, Index epoch, Index first_batch = 0) {
  std::vector<int> numbers;
  for (const auto& batch : batches.epoch(epoch, first_batch))
    for (Index i = 0; i < batch.size(); ++i) {
      numbers.push_back(static_cast<int>(batch.samples(0, i)));
      CHECK(batch.labels[static_cast<std::size_t>(i)] == numbers.back() % 5);
    }
  return numbers;
}

std::vector<int> iota(int n) {
  std::vector<int> numbers(static_cast<std::size_t>(n));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

}  // namespace

TEST_CASE("batches: every sample comes once in an epoch, and the last batch is short") {
  Batches batches{numbered(103), {.batch_size = 10, .seed = 3}};
  CHECK(batches.batches_per_epoch() == 11);
  CHECK(batches.max_batch() == 10);
  std::vector<Index> sizes;
  for (const auto& batch : batches.epoch(0)) {
    CHECK(batch.samples.rows() == 3);
    CHECK(static_cast<Index>(batch.labels.size()) == batch.size());
    sizes.push_back(batch.size());
  }
  CHECK(sizes == std::vector<Index>{10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 3});
  for (const Index epoch : {0, 1, 7}) {
    auto numbers = visited(batches, epoch);
    CHECK(numbers != iota(103));
    std::ranges::sort(numbers);
    CHECK(numbers == iota(103));
  }
}

TEST_CASE("batches: the order depends on seed and epoch alone") {
  Batches batches{numbered(103), {.batch_size = 10, .seed = 3}};
  const auto first = visited(batches, 0), second = visited(batches, 1);
  CHECK(first != second);
  CHECK(visited(batches, 0) == first);

  Batches same{numbered(103), {.batch_size = 7, .seed = 3}};
  CHECK(visited(same, 1) == second);
  Batches other{numbered(103), {.batch_size = 10, .seed = 4}};
  CHECK(visited(other, 0) != first);
}

TEST_CASE("batches: resuming in the middle of an epoch continues it") {
  Batches batches{numbered(103), {.batch_size = 10, .seed = 3}};
  (void)visited(batches, 4);
  const auto whole = visited(batches, 5);
  for (const Index k : {0, 1, 9, 10}) {
    Batches resumed{numbered(103), {.batch_size = 10, .seed = 3}};
    CHECK(visited(resumed, 5, k) == std::vector<int>(whole.begin() + 10 * k, whole.end()));
  }
  CHECK(visited(batches, 5, 11).empty());
}

TEST_CASE("batches: sequential order is the dataset's own") {
  Batches batches{numbered(23), {.batch_size = 10, .order = BatchOrder::sequential}};
  CHECK(visited(batches, 0) == iota(23));
  CHECK(visited(batches, 4) == iota(23));
}

TEST_CASE("batches: a batch larger than the dataset is the whole of it") {
  Batches batches{numbered(4), {.batch_size = 100}};
  CHECK(batches.batches_per_epoch() == 1);
  CHECK(batches.max_batch() == 4);
  CHECK(batches.batch(0, 0).size() == 4);
}

TEST_CASE("batches: samples are cast to double, and unlabelled data has no labels") {
  Batches<double> batches{Dataset("x", {2}, Matrix<float>{{1, 2, 3}, {4, 5, 6}}),
                          {.batch_size = 3, .order = BatchOrder::sequential}};
  const auto batch = batches.batch(0, 0);
  CHECK(batch.samples == Matrix<double>{{1, 2, 3}, {4, 5, 6}});
  CHECK(batch.labels.empty());
}

TEST_CASE("batches: the noise of dynamic binarization follows the epoch and not the batch") {
  const auto gray = data::binarize_dynamic(Dataset("gray", {64}, Matrix<float>::Constant(64, 30, 0.5f)), 1);
  const auto all_of = [&](Index batch_size, Index epoch) {
    Batches batches{gray, {.batch_size = batch_size, .seed = 2}};
    Matrix<float> all(64, 30);
    Index done = 0;
    for (const auto& batch : batches.epoch(epoch)) {
      all.middleCols(done, batch.size()) = batch.samples;
      done += batch.size();
    }
    return all;
  };
  CHECK(all_of(4, 1) == all_of(30, 1));
  CHECK(all_of(4, 1) != all_of(4, 2));
}

TEST_CASE("batches: what does not exist is refused") {
  CHECK_THROWS_AS((Batches{numbered(4), {.batch_size = 0}}), ConfigError);
  Batches batches{numbered(10), {.batch_size = 4}};
  CHECK_THROWS_AS(batches.batch(0, 3), ShapeError);
  CHECK_THROWS_AS(batches.batch(0, -1), ShapeError);
  CHECK_THROWS_AS(batches.batch(-1, 0), ShapeError);
}

TEST_CASE("batches: no heap allocation after construction") {
  if (!testing::AllocationGuard::available()) {
    WARN("skipped: allocations cannot be counted here");
    return;
  }
  const auto binary = data::binarize_dynamic(Dataset("gray", {10}, Matrix<float>::Constant(10, 50, 0.5f)), 1);
  Batches<float> floats{numbered(103), {.batch_size = 10}};
  Batches<double> doubles{binary, {.batch_size = 7}};
  double sum = 0;
  const testing::AllocationGuard guard;
  for (const Index epoch : {0, 1, 2}) {
    for (const auto& batch : floats.epoch(epoch))
      sum += static_cast<double>(batch.samples.sum()) + batch.labels[0];
    for (const auto& batch : doubles.epoch(epoch)) sum += batch.samples.sum();
  }
  CHECK(guard.count() == 0);
  CHECK(sum > 0);
}

TEST_CASE("drop_last leaves a shorter last batch out, and no other", "[batches]") {
  const Dataset ten{"ten", {1}, Matrix<float>::Zero(1, 10)};
  for (const Index size : {1, 2, 3, 4, 5, 9, 10, 11, 100}) {
    CAPTURE(size);
    Batches<float> all(ten, {.batch_size = size});
    CHECK(all.min_batch() == (10 % size == 0 ? size : 10 % size));
    CHECK(all.batches_per_epoch() == (10 + size - 1) / size);
    if (size > 10) {
      CHECK_THROWS_AS((Batches<float>(ten, {.batch_size = size, .drop_last = true})), ConfigError);
      continue;
    }
    Batches<float> whole(ten, {.batch_size = size, .drop_last = true});
    CHECK(whole.min_batch() == size);
    Index count = 0;
    for (const auto& batch : whole.epoch(3)) {
      CHECK(batch.size() == size);
      ++count;
    }
    CHECK(count == 10 / size);
    CHECK(whole.batches_per_epoch() == count);
    CHECK_THROWS_AS(whole.batch(0, count), ShapeError);
  }
}

TEST_CASE("batches: conditions come with their samples, transformed as of the epoch") {
  const Dataset plain = numbered(23);
  const SampleTransform mark([](auto sample, const SampleKey& key) {
    sample[1] = static_cast<float>(key.sample);
    sample[2] = static_cast<float>(key.epoch);
  });
  Batches<double> batches{plain.with_conditions(numbered(23).transformed(mark)),
                          {.batch_size = 5, .seed = 3}};
  for (const Index epoch : {0, 2})
    for (const auto& batch : batches.epoch(epoch)) {
      REQUIRE(batch.condition.rows() == 3);
      REQUIRE(batch.condition.cols() == batch.size());
      CHECK(batch.labels.size() == static_cast<std::size_t>(batch.size()));
      for (Index i = 0; i < batch.size(); ++i) {
        CHECK(batch.condition(0, i) == batch.samples(0, i));
        CHECK(batch.condition(1, i) == batch.samples(0, i));
        CHECK(batch.condition(2, i) == static_cast<double>(epoch));
        CHECK(batch.samples(1, i) == 0.5);
      }
    }
  Batches without{plain, {.batch_size = 5}};
  CHECK(without.batch(0, 0).condition.size() == 0);
}
