#include "eigenerate/models/refresh_statistics.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "support/arenas.hpp"
#include "support/batches.hpp"
#include "support/model_hash.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using testing::memory_of;

namespace {

Gan<double> small(Index classes = 0) {
  Gan<double> gan(Sequential{Linear{infer, 8}, BatchNorm{8}, Relu{}, Linear{8, 4}}, Linear{infer, 1},
                  {.generator_optimizer = Adam{1e-1}, .classes = classes, .latent = 3, .ema_decay = 0.99});
  gan.prepare(16);
  const Matrix<double> x = testing::normal_batch(4, 16, 1);
  const std::vector<int> labels(classes > 0 ? 16 : 0, 0);
  for (std::uint64_t step = 0; step < 30; ++step) gan.train_step({x, labels}, {.step = step});
  return gan;
}

}  // namespace

TEST_CASE("refreshed statistics are those of the averaged parameters", "[gan]") {
  Gan<double> gan = small();
  const Vector<double> parameters = memory_of(gan.generator().parameters()),
                       average = memory_of(*gan.generator().average()),
                       before = gan.generator().buffers()["generator.1.running_var"];
  gan.refresh_statistics(400, 64, Seed{3});
  CHECK(memory_of(gan.generator().parameters()) == parameters);
  CHECK(memory_of(*gan.generator().average()) == average);
  // Of standard normal latent vectors a linear layer makes its bias in the mean, and squared weights in the
  // variance.
  const Arena<double>& averaged = *gan.generator().average();
  const Vector<double> bias = averaged["generator.0.bias"];
  const Eigen::Map<const Matrix<double>> weight(averaged["generator.0.weight"].data(), 3, 8);
  const Vector<double> mean = gan.generator().buffers()["generator.1.running_mean"],
                       variance = gan.generator().buffers()["generator.1.running_var"],
                       expected = weight.colwise().squaredNorm();
  const double samples = 19 * 64;  // with a momentum of 0.1 the newest 19 batches or so count
  CHECK(((mean - bias).array() / expected.array().sqrt()).abs().maxCoeff() < 5 / std::sqrt(samples));
  const auto error = [&](const Vector<double>& v) {
    return (v.array() / expected.array() - 1).abs().maxCoeff();
  };
  CHECK(error(variance) < 5 * std::sqrt(2 / samples));
  CHECK(error(before) > 10 * std::sqrt(2 / samples));
}

TEST_CASE("refreshing statistics changes no training, and depends on the seed alone", "[gan]") {
  const Matrix<double> x = testing::normal_batch(4, 16, 2);
  Gan<double> refreshed = small(), plain = small(), other = small();
  refreshed.refresh_statistics(5, 8, Seed{3});
  other.refresh_statistics(5, 8, Seed{3});
  CHECK(support::model_hash(refreshed) == support::model_hash(other));
  CHECK(support::model_hash(refreshed) != support::model_hash(plain));
  refreshed.train_step({x, {}}, {.step = 30});
  plain.train_step({x, {}}, {.step = 30});
  CHECK(memory_of(refreshed.generator().parameters()) == memory_of(plain.generator().parameters()));
  CHECK(memory_of(refreshed.discriminator().parameters()) == memory_of(plain.discriminator().parameters()));
}

TEST_CASE("refreshing statistics serves conditional generators, and refuses no passes", "[gan]") {
  Gan<double> gan = small(3);
  const Vector<double> before = memory_of(gan.generator().buffers());
  gan.refresh_statistics(2, 8);
  CHECK(memory_of(gan.generator().buffers()) != before);
  support::refuses<ConfigError>([&] { gan.refresh_statistics(0); },
                                {"generator: refresh_statistics", "got 0"});
}
