#include "eigenerate/data/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "support/catch.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

/// `n` samples of two values: (i, -i), with label i mod 3.
Dataset numbered(Index n) {
  Matrix<float> samples(2, n);
  std::vector<int> labels;
  for (Index i = 0; i < n; ++i) {
    samples.col(i) << static_cast<float>(i), static_cast<float>(-i);
    labels.push_back(static_cast<int>(i % 3));
  }
  return Dataset("numbered", {2}, samples, labels, 3);
}

/// The numbers of the samples, in order.
std::vector<int> numbers(const Dataset& dataset) {
  std::vector<int> out;
  for (Index i = 0; i < dataset.size(); ++i) out.push_back(static_cast<int>(dataset.sample(i)[0]));
  return out;
}

}  // namespace

TEST_CASE("dataset: holds samples, labels and their description") {
  const Dataset dataset = numbered(5);
  CHECK(dataset.name() == "numbered");
  CHECK(dataset.size() == 5);
  CHECK(dataset.sample_shape() == Shape{2});
  CHECK(dataset.classes() == 3);
  CHECK(dataset.has_labels());
  CHECK(dataset.label(4) == 1);
  CHECK(dataset.labels() == std::vector<int>{0, 1, 2, 0, 1});
  CHECK(dataset.sample(3) == Vector<float>{{3, -3}});
  CHECK(dataset.stored_sample(3)(1, 0) == -3);
}

TEST_CASE("dataset: copies, subsets and splits share the samples") {
  const Dataset dataset = numbered(10);
  const Dataset copy = dataset;
  CHECK(copy.storage() == dataset.storage());
  CHECK(dataset.take(3).storage() == dataset.storage());
  const std::vector<Index> positions{7, 2, 2};
  CHECK(dataset.subset(positions).storage() == dataset.storage());
  const auto [train, validation] = dataset.split(0.3, 1);
  CHECK(train.storage() == dataset.storage());
  CHECK(validation.storage() == dataset.storage());
  CHECK_FALSE(numbered(10).storage() == dataset.storage());
}

TEST_CASE("dataset: take and subset choose and compose") {
  const Dataset dataset = numbered(10);
  CHECK(numbers(dataset.take(3)) == std::vector<int>{0, 1, 2});
  const std::vector<Index> positions{7, 2, 2, 9};
  const Dataset chosen = dataset.subset(positions);
  CHECK(numbers(chosen) == std::vector<int>{7, 2, 2, 9});
  CHECK(chosen.labels() == std::vector<int>{1, 2, 2, 0});
  CHECK(numbers(chosen.take(3).subset(std::vector<Index>{2, 0})) == std::vector<int>{2, 7});
  CHECK_THROWS_AS(chosen.take(3).sample(3), ShapeError);
}

TEST_CASE("dataset: a split is disjoint, complete, seeded and in order") {
  const Dataset dataset = numbered(101);
  const auto [train, validation] = dataset.split(0.2, 5);
  CHECK(validation.size() == 20);
  CHECK(train.size() == 81);
  const auto a = numbers(train), b = numbers(validation);
  CHECK(std::ranges::is_sorted(a));
  CHECK(std::ranges::is_sorted(b));
  std::set<int> all(a.begin(), a.end());
  all.insert(b.begin(), b.end());
  CHECK(all.size() == 101);
  CHECK(numbers(dataset.split(0.2, 5).validation) == b);
  CHECK(numbers(dataset.split(0.2, 6).validation) != b);
  for (const double fraction : {0.0, 0.001, 0.999, 1.0, -1.0, 2.0, std::nan("")})
    CHECK_THROWS_AS(dataset.split(fraction, 0), ConfigError);
}

TEST_CASE("dataset: gather copies by position, in float and in double") {
  const Dataset dataset = numbered(10);
  const std::vector<Index> positions{8, 1};
  Matrix<double> wide = Matrix<double>::Constant(2, 2, 99);
  dataset.gather<double>(positions, as_view(wide));
  CHECK(wide == Matrix<double>{{8, 1}, {-8, -1}});
  std::vector<int> labels(2);
  dataset.gather_labels(positions, labels);
  CHECK(labels == std::vector<int>{2, 1});

  Matrix<float> narrow(2, 1);
  CHECK_THROWS_AS(dataset.gather<float>(positions, as_view(narrow)), ShapeError);
  CHECK_THROWS_AS(dataset.gather_labels(positions, std::span(labels).first(1)), ShapeError);
  CHECK_THROWS_AS(dataset.sample(10), ShapeError);
  CHECK_THROWS_AS(dataset.sample(-1), ShapeError);
  CHECK_THROWS_AS(dataset.label(10), ShapeError);
}

TEST_CASE("dataset: transforms act in order, with the key of the stored sample") {
  const auto mark = [](auto sample, const SampleKey& key) {
    sample[0] += static_cast<float>(1000 * key.epoch);
    sample[1] = static_cast<float>(key.sample);
  };
  const auto twice = [](auto sample, const SampleKey&) {
    for (auto& x : sample) x *= 2;
  };
  const Dataset plain = numbered(10);
  const Dataset changed = plain.transformed(SampleTransform(mark)).transformed(SampleTransform(twice));
  CHECK_FALSE(plain.has_transforms());
  CHECK(changed.has_transforms());
  CHECK(plain.sample(4) == Vector<float>{{4, -4}});
  CHECK(changed.stored_sample(4)(1, 0) == -4);
  CHECK(changed.sample(4) == Vector<float>{{8, 8}});

  const std::vector<Index> positions{7, 2};
  const Dataset part = changed.subset(positions);
  Matrix<float> out(2, 2);
  const std::vector<Index> both{1, 0};
  part.gather<float>(both, as_view(out), 3);
  CHECK(out == Matrix<float>{{6004, 6014}, {4, 14}});
  CHECK(part.samples() == Matrix<float>{{14, 4}, {14, 4}});
  CHECK(plain.take(3).samples() == Matrix<float>{{0, 1, 2}, {0, -1, -2}});

  const Dataset fixed = part.materialized();
  CHECK_FALSE(fixed.has_transforms());
  CHECK(fixed.size() == 2);
  CHECK(fixed.stored_sample(0)(0, 0) == 14);
  CHECK(fixed.labels() == part.labels());
}

TEST_CASE("dataset: contradictions are refused") {
  const Matrix<float> two = Matrix<float>::Zero(4, 2);
  CHECK_THROWS_AS(Dataset("x", {3}, two), ShapeError);
  CHECK_THROWS_AS(Dataset("x", {1, 0, 4}, two), ConfigError);
  CHECK_THROWS_AS(Dataset("x", {4}, Matrix<float>(4, 0)), ConfigError);
  CHECK_THROWS_AS(Dataset("x", {4}, two, {0}, 1), ShapeError);
  CHECK_THROWS_AS(Dataset("x", {4}, two, {}, 2), ShapeError);
  CHECK_THROWS_AS(Dataset("x", {4}, two, {0, 2}, 2), ConfigError);
  CHECK_THROWS_AS(Dataset("x", {4}, two, {0, -2}, 2), ConfigError);
  CHECK_THROWS_AS(Dataset("x", {4}, two, {0, 0}, 0), ConfigError);

  const Dataset unlabelled("x", {1, 2, 2}, two);
  CHECK_FALSE(unlabelled.has_labels());
  CHECK(unlabelled.labels().empty());
  CHECK_THROWS_AS(unlabelled.label(0), StateError);
  CHECK_THROWS_AS(unlabelled.take(0), ShapeError);
  CHECK_THROWS_AS(unlabelled.take(3), ShapeError);
  CHECK_THROWS_AS(unlabelled.subset({}), ConfigError);
  CHECK_THROWS_AS(unlabelled.subset(std::vector<Index>{2}), ShapeError);
}

TEST_CASE("dataset: labels may be known of some samples alone") {
  const Dataset all = numbered(6);  // labels 0 1 2 0 1 2
  const std::vector<Index> known{1, 5};
  const Dataset few = all.labelled_at(known);
  CHECK(few.labels() == std::vector<int>{-1, 1, -1, -1, -1, 2});
  CHECK(all.labels() == std::vector<int>{0, 1, 2, 0, 1, 2});
  CHECK(few.classes() == 3);
  CHECK(few.storage() == all.storage());
  CHECK(few.fingerprint() != all.fingerprint());
  CHECK(few.materialized().labels() == few.labels());
  CHECK(few.labelled_at({}).labels() == std::vector<int>(6, Dataset::unlabelled));

  // Positions are those of the part that is asked.
  const std::vector<Index> chosen{5, 4, 0};
  const std::vector<Index> first{0};
  const Dataset part = all.subset(chosen).labelled_at(first);
  CHECK(part.labels() == std::vector<int>{2, -1, -1});
  CHECK(few.subset(chosen).labels() == std::vector<int>{2, -1, -1});

  CHECK_THROWS_AS(all.labelled_at(std::vector<Index>{6}), ShapeError);
  CHECK_THROWS_AS(Dataset("plain", {1}, Matrix<float>::Zero(1, 2)).labelled_at(first), StateError);
}

TEST_CASE("dataset: the fingerprint knows contents, labels, order and shape, and nothing else") {
  const auto fingerprint = [](const std::function<void(Matrix<float>&, std::vector<int>&)>& change,
                              Shape shape = {2, 1, 1}, Index classes = 3, const char* name = "d") {
    Matrix<float> samples =
        Matrix<float>::NullaryExpr(2, 100, [](Index r, Index c) { return static_cast<float>(10 * c + r); });
    std::vector<int> labels(100, 1);
    change(samples, labels);
    return Dataset(name, shape, samples, labels, classes).fingerprint();
  };
  const auto nothing = [](auto&, auto&) {};
  const std::uint64_t plain = fingerprint(nothing);
  CHECK(fingerprint(nothing, {2, 1, 1}, 3, "another name") == plain);
  CHECK(fingerprint(nothing, {1, 2, 1}) != plain);
  CHECK(fingerprint(nothing, {2, 1, 1}, 4) != plain);
  // Sample 50 is among the 64 that are looked at.
  CHECK(fingerprint([](auto& x, auto&) { x(1, 50) = std::nextafter(x(1, 50), 0.f); }) != plain);
  CHECK(fingerprint([](auto& x, auto&) { x(0, 0) = -0.f; }) != plain);
  CHECK(fingerprint([](auto&, auto& labels) { labels[50] = 2; }) != plain);
  CHECK(fingerprint([](auto& x, auto&) { x.col(0).swap(x.col(50)); }) != plain);
  CHECK(fingerprint([](auto& x, auto& labels) {
          x.conservativeResize(2, 99);
          labels.resize(99);
        }) != plain);
  // It is kept in checkpoints: the number itself must not change.
  CHECK(numbered(5).fingerprint() == 0x5dfe391dddfd083);
}

TEST_CASE("dataset: labels without a number of classes are met with a sentence") {
  try {
    Dataset("x", {1}, Matrix<float>{{1, 2, 3}}, {4, 1, 2});
    FAIL("accepted");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()) ==
          "x: got labels (from 1 to 4) and no number of classes; pass it behind the labels");
  }
}

TEST_CASE("dataset: its range of values is declared, or seen") {
  const Matrix<float> values{{0.25f, -0.5f, 0.75f}};
  const Dataset plain("x", {1}, values);
  CHECK(plain.value_range() == ValueRange{-0.5, 0.75});
  const Dataset declared("x", {1}, values, {}, 0, ValueRange{-1, 1});
  CHECK(declared.value_range() == ValueRange{-1, 1});
  CHECK(declared.observed_range() == ValueRange{-0.5, 0.75});
  // It stays with parts and copies, and ends where a transform changes the values.
  CHECK(declared.take(1).value_range() == ValueRange{-1, 1});
  CHECK(declared.split(0.34, 1).validation.value_range() == ValueRange{-1, 1});
  CHECK(declared.materialized().value_range() == ValueRange{-1, 1});
  CHECK(plain.take(2).value_range() == ValueRange{-0.5, 0.25});
  const SampleTransform twice([](auto sample, const SampleKey&) {
    for (auto& x : sample) x *= 2;
  });
  CHECK(declared.transformed(twice).value_range() == ValueRange{-1, 1.5});
  CHECK(declared.transformed(twice, ValueRange{-2, 2}).value_range() == ValueRange{-2, 2});
  CHECK_THROWS_AS(Dataset("x", {1}, values, {}, 0, ValueRange{0, 1}), ConfigError);
  CHECK_THROWS_AS(Dataset("x", {1}, values, {}, 0, ValueRange{-1, 1, true}), ConfigError);
  CHECK_NOTHROW(Dataset("x", {1}, Matrix<float>{{0, 255, 3}}, {}, 0, ValueRange{0, 255, true}));
}

TEST_CASE("dataset: values that are not finite have no part in its range") {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              infinity = std::numeric_limits<float>::infinity();
  CHECK(Dataset("x", {2}, Matrix<float>{{nan, 2}, {infinity, 3}}).value_range() == ValueRange{2, 3, true});
  CHECK(Dataset("x", {1}, Matrix<float>{{nan}}).value_range() == ValueRange{0, 0});
}

TEST_CASE("dataset: its range covers more samples than one portion") {
  Matrix<float> values = Matrix<float>::Zero(2, 1000);
  values(1, 999) = 9;
  values(0, 64) = -1;
  CHECK(Dataset("x", {2}, values).observed_range() == ValueRange{-1, 9, true});
  values(1, 200) = 0.5f;
  CHECK(Dataset("x", {2}, values).observed_range() == ValueRange{-1, 9});
}

namespace {

/// Conditions of one value, 100 times the number of their sample.
Dataset hundreds(Index n) {
  Matrix<float> values(1, n);
  for (Index i = 0; i < n; ++i) values(0, i) = static_cast<float>(100 * i);
  return Dataset("hundreds", {1}, values);
}
/// A random flip: the two values of a pixel row change places, or do not.
const SampleTransform flip([](auto sample, const SampleKey& key) {
  const auto words = RandomStream{3, Purpose::user}
                         .at(static_cast<std::uint64_t>(key.epoch))
                         .words(static_cast<std::uint64_t>(key.sample));
  if (words[0] % 2 == 0) std::reverse(sample.begin(), sample.end());
});

}  // namespace

TEST_CASE("dataset: conditions go where their samples go") {
  const Dataset pairs = numbered(101).with_conditions(hundreds(101));
  CHECK_FALSE(numbered(3).has_conditions());
  CHECK_THROWS_AS(numbered(3).conditions(), StateError);
  CHECK(pairs.conditions().name() == "hundreds");
  const auto check = [](const Dataset& some) {
    REQUIRE(some.has_conditions());
    REQUIRE(some.conditions().size() == some.size());
    for (Index i = 0; i < some.size(); ++i) CHECK(some.conditions().sample(i)[0] == 100 * some.sample(i)[0]);
  };
  check(pairs);
  check(pairs.take(7));
  check(pairs.subset(std::vector<Index>{7, 2, 2, 9}));
  check(pairs.subset(std::vector<Index>{7, 2, 2, 9}).take(3).subset(std::vector<Index>{2, 0}));
  const auto [train, validation] = pairs.split(0.2, 5);
  check(train);
  check(validation);
  check(validation.materialized());
  CHECK(pairs.take(7).conditions().storage() == pairs.conditions().storage());
  // A transform acts on its own side.
  const SampleTransform negate([](auto sample, const SampleKey&) {
    for (auto& x : sample) x = -x;
  });
  CHECK(pairs.transformed(negate).sample(3)[0] == -3);
  CHECK(pairs.transformed(negate).conditions().sample(3)[0] == 300);
  CHECK(numbered(101).with_conditions(hundreds(101).transformed(negate)).conditions().sample(3)[0] == -300);
  // The last conditions are the ones.
  CHECK(pairs.with_conditions(numbered(101)).conditions().name() == "numbered");
}

TEST_CASE(
    "dataset: the same random flip on both sides flips a pair together, wherever its sides are stored") {
  const auto pixels = [](const Dataset& d, Index position, Index epoch) {
    Matrix<float> x(2, 1);
    d.gather<float>(std::span(&position, 1), as_view(x), epoch);
    return Vector<float>(x);
  };
  const auto check = [&](const Dataset& pairs) {
    int flipped = 0;
    for (Index epoch = 0; epoch < 3; ++epoch)
      for (Index i = 0; i < pairs.size(); ++i) {
        CAPTURE(epoch, i);
        const Vector<float> y = pixels(pairs, i, epoch), x = pixels(pairs.conditions(), i, epoch);
        CHECK((y[0] < y[1]) == (x[0] < x[1]));
        flipped += y[0] > y[1];
      }
    CHECK(flipped > 0);
    CHECK(flipped < 3 * pairs.size());
  };
  Matrix<float> rising(2, 30);
  for (Index i = 0; i < 30; ++i) rising.col(i) << static_cast<float>(i), static_cast<float>(i + 1);
  const Dataset both("pixels", {1, 1, 2}, rising);
  const std::vector<Index> odd{1, 3, 5, 7, 9, 11, 13, 15}, even{16, 14, 12, 10, 8, 6, 4, 2};
  const Dataset stored_alike = both.transformed(flip).with_conditions(both.transformed(flip));
  const Dataset targets = both.subset(odd).transformed(flip), sources = both.subset(even).transformed(flip);
  check(stored_alike);
  check(stored_alike.subset(odd));
  check(targets.with_conditions(sources));
  check(targets.with_conditions(sources).subset(std::vector<Index>{5, 1, 0}).take(2));
  check(both.take(8).transformed(flip).with_conditions(sources));
  check(targets.with_conditions(both.take(8).transformed(flip)));
  // Sources that were half of other pairs have the keys of these.
  check(both.take(8).transformed(flip).with_conditions(
      targets.with_conditions(both.take(8).transformed(flip)).conditions()));
  const Dataset again = targets.with_conditions(sources).subset(std::vector<Index>{5, 1, 0});
  check(again.with_conditions(both.take(3).transformed(flip)));
}

TEST_CASE("dataset: conditions that do not belong to it are refused") {
  support::refuses<ShapeError>([] { numbered(5).with_conditions(hundreds(4)); },
                               {"numbered", "each of 5 samples", "got 4 of hundreds"});
  support::refuses<ConfigError>([] { numbered(5).with_conditions(numbered(5).with_conditions(hundreds(5))); },
                                {"numbered", "conditions of their own"});
}

TEST_CASE("dataset: the fingerprint knows the conditions") {
  const Dataset plain = numbered(5), pairs = plain.with_conditions(hundreds(5));
  CHECK(pairs.fingerprint() != plain.fingerprint());
  CHECK(pairs.fingerprint() == plain.with_conditions(hundreds(5)).fingerprint());
  CHECK(pairs.fingerprint() !=
        plain.with_conditions(hundreds(6).subset(std::vector<Index>{1, 2, 3, 4, 5})).fingerprint());
}
