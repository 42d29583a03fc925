#include "eigenerate/training/callbacks/latent_usage.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/training/callbacks/json_lines.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/files.hpp"
#include "support/refuses.hpp"
#include "support/small_models.hpp"

using namespace eigenerate;

namespace {

auto small_vae(Index classes = 0) {
  return Vae{Sequential{Flatten{}, Linear{infer, 8}},
             Sequential{Linear{4 + classes, 64}, Reshape{1, 8, 8}},
             {.classes = classes}};
}

/// Writes down the figures of every epoch.
struct Listen {
  std::vector<StepMetrics>* epochs;
  template <class M>
  void on_epoch_end(const EpochRecord& record, M&, StopRequest&) {
    epochs->push_back(record.measured);
  }
};

}  // namespace

TEST_CASE("latent usage is a figure of each epoch, and of the lines of a run", "[latent usage]") {
  const support::TemporaryFolder folder;
  const Dataset data = support::small_images();
  auto vae = small_vae();
  std::vector<StepMetrics> epochs;
  Trainer trainer{{.epochs = 5, .batch_size = 8},
                  LatentUsage{data, {.samples = 30, .every = 2, .dimensions = 3}},
                  Listen{&epochs},
                  JsonLines{folder / "run.jsonl"}};
  trainer.fit(vae, data);
  REQUIRE(epochs.size() == 5);
  CHECK(epochs[0].size() == 0);
  CHECK(epochs[1].size() == 5);
  CHECK(epochs[4].size() == 5);
  const Matrix<float> x = data.take(30).samples();
  const LatentUsageFigures figures = measure_latent_usage<float>(vae, as_const(x));
  CHECK(epochs[4]["active_units"] == static_cast<double>(figures.active_units));
  CHECK(epochs[4]["mutual_information"] == figures.mutual_information->value);
  CHECK(epochs[4]["kl_of_dimension_2"] == figures.kl_by_dimension[2]);
  CHECK(trainer.callback<LatentUsage>().last().kl_by_dimension == figures.kl_by_dimension);
  const support::Bytes lines = support::read_bytes(folder / "run.jsonl");
  CHECK(support::contains(std::string(lines.begin(), lines.end()), "mutual_information"));
  CHECK(support::contains(std::string(lines.begin(), lines.end()), "kl_of_dimension_0"));
}

TEST_CASE("latent usage works with labels, and without densities", "[latent usage]") {
  const Dataset data = support::small_images();
  auto conditional = small_vae(3);
  Trainer{{.epochs = 1}, LatentUsage{data}}.fit(conditional, data);
  AdversarialAutoencoder<float> aae(Sequential{Flatten{}, Linear{64, 4}},
                                    Sequential{Linear{4, 64}, Reshape{1, 8, 8}}, Linear{4, 1});
  Trainer trainer{{.epochs = 1}, LatentUsage{data, {.mutual_information = false}}};
  trainer.fit(aae, data);
  CHECK(trainer.callback<LatentUsage>().last().center_variances.size() == 4);
  support::refuses<ConfigError>(
      [&] {
        Trainer{{.epochs = 1}, LatentUsage{data}}.fit(aae, data);
      },
      {"LatentUsage", "DeterministicPosterior", ".mutual_information = false"});
}

TEST_CASE("what latent usage refuses", "[latent usage]") {
  using support::refuses;
  const Dataset data = support::small_images();
  auto vae = small_vae();
  refuses<ConfigError>([&] { LatentUsage(data, {.samples = 1}); }, {"LatentUsage", "2 samples", "got 1"});
  refuses<ConfigError>([&] { LatentUsage(data, {.every = 0}); }, {"LatentUsage", "every"});
  refuses<ConfigError>(
      [&] {
        Trainer{{.epochs = 1}, LatentUsage{data, {.dimensions = 5}}}.fit(vae, data);
      },
      {"LatentUsage", "5 dimensions", "has 4"});
  const Dataset other("other", {3}, Matrix<float>::Zero(3, 10));
  refuses<ShapeError>(
      [&] {
        Trainer{{.epochs = 1}, LatentUsage{other}}.fit(vae, data);
      },
      {"LatentUsage", "64 values", "other has 3"});
}
