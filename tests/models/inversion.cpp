#include "eigenerate/models/inversion.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "support/batches.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;

namespace {

template <Scalar S = double>
Gan<S> small(Index classes = 0) {
  return {Sequential{Linear{infer, 16}, BatchNorm{16}, Silu{}, Linear{16, 12}, Tanh{}},
          Linear{infer, 1},
          {.classes = classes, .latent = 2, .seed = 5}};
}

template <Scalar S>
double error_of(const Gan<S>& gan, const Matrix<S>& z, const Matrix<S>& x, Index j,
                std::span<const int> labels = {}) {
  return (gan.decode(z, labels).col(j) - x.col(j)).squaredNorm() / static_cast<double>(x.rows());
}

}  // namespace

TEST_CASE("inversion finds the latent vectors of generated samples", "[inversion]") {
  const Gan<double> gan = small();
  const Matrix<double> z = testing::normal_batch(2, 7, 3), x = gan.decode(z);
  const Inversion<double> found = gan.invert(x, {.steps = 400});
  REQUIRE(found.z.cols() == 7);
  for (Index j = 0; j < 7; ++j) {
    CHECK(found.error(j) < 1e-8);
    CHECK(std::abs(found.error(j) - error_of(gan, found.z, x, j)) < 1e-14);
  }
  CHECK((found.z - z).cwiseAbs().maxCoeff() < 1e-2);
}

TEST_CASE("inversion of what the generator cannot make ends where its gradient vanishes", "[inversion]") {
  const Gan<double> gan = small();
  const Matrix<double> x = Matrix<double>::Random(12, 3);
  for (const double weight : {0.0, 0.1}) {
    Inversion<double> found = gan.invert(x, {.starts = 8, .steps = 2000, .prior_weight = weight});
    for (Index j = 0; j < 3; ++j) {
      CHECK(found.error(j) > 1e-3);
      const auto gradient = testing::central_differences(
          [&] { return error_of(gan, found.z, x, j) + weight * found.z.col(j).squaredNorm() / 2; },
          found.z.col(j).data(), 2);
      CHECK(gradient.cwiseAbs().maxCoeff() < 1e-4);
    }
  }
  const double loose = gan.invert(x).z.norm(), tight = gan.invert(x, {.prior_weight = 10}).z.norm();
  CHECK(tight < 0.5 * loose);
}

TEST_CASE("more starts and more steps find nothing worse", "[inversion]") {
  const Gan<double> gan = small();
  const Matrix<double> x = Matrix<double>::Random(12, 6);
  const auto error = [&](Index starts, Index steps, Index draws = 1) {
    return gan.invert(x, {.starts = starts, .draws = draws, .steps = steps}).error;
  };
  CHECK((error(6, 50) - error(1, 50)).maxCoeff() <= 0);
  CHECK((error(6, 50) - error(1, 50)).minCoeff() < -1e-3);
  CHECK(error(2, 1).sum() > error(2, 300).sum());
  CHECK(error(1, 1).sum() > error(1, 1, 16).sum());
}

TEST_CASE("inversion depends on seed and sample alone", "[inversion]") {
  const Gan<float> gan = small<float>();
  const Matrix<float> x = testing::uniform_batch<float>(12, 70, 1);
  const InversionOptions options{.starts = 8, .steps = 5};  // portions of 32 samples
  set_num_threads(1);
  const Inversion<float> one = gan.invert(x, options);
  set_num_threads(3);
  const Inversion<float> three = gan.invert(x, options);
  set_num_threads(0);
  CHECK(one.z == three.z);
  CHECK(one.error == three.error);
  const Inversion<float> again = gan.invert(x, {.starts = 8, .steps = 5, .seed = 1});
  CHECK(again.z != one.z);
}

TEST_CASE("inversion under labels", "[inversion]") {
  const Gan<double> gan = small(3);
  const std::vector<int> labels{2, 0, 1, 1}, others{0, 1, 2, 2};
  const Matrix<double> z = testing::normal_batch(2, 4, 3), x = gan.decode(z, labels);
  const Inversion<double> found = gan.invert(x, labels, {.steps = 400});
  CHECK(found.error.maxCoeff() < 1e-8);
  CHECK(gan.invert(x, others, {.steps = 400}).error.minCoeff() > 1e-6);
  for (Index j = 0; j < 4; ++j)
    CHECK(std::abs(found.error(j) - error_of(gan, found.z, x, j, labels)) < 1e-14);
}

TEST_CASE("inversion refuses what cannot work", "[inversion]") {
  using support::refuses;
  const Gan<double> gan = small();
  const Matrix<double> x = Matrix<double>::Zero(12, 2), wrong = Matrix<double>::Zero(11, 2);
  refuses<ShapeError>([&] { gan.invert(wrong); }, {"Gan", "12", "11"});
  refuses<ConfigError>([&] { gan.invert(x, std::vector<int>{0, 1}); }, {"without classes"});
  refuses<ConfigError>([&] { gan.invert(x, {.starts = 0}); }, {"invert", "got 0, 16 and 200"});
  refuses<ConfigError>([&] { gan.invert(x, {.steps = 0}); }, {"invert"});
  refuses<ConfigError>([&] { gan.invert(x, {.draws = 0}); }, {"invert"});
  refuses<ConfigError>([&] { gan.invert(x, {.learning_rate = 0}); }, {"learning_rate"});
  refuses<ConfigError>([&] { gan.invert(x, {.prior_weight = -1}); }, {"prior_weight"});
  refuses<ShapeError>([&] { small(3).invert(x); }, {"expected 2 labels"});
}
