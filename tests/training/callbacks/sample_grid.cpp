#include "eigenerate/training/callbacks/sample_grid.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"

using namespace eigenerate;

namespace {

Dataset images(Index classes) {
  Matrix<float> x(12, 8);
  fill_uniform(x.data(), x.size(), RandomStream{1});
  return {"images",
          {1, 3, 4},
          std::move(x),
          classes > 0 ? std::vector<int>{0, 1, 0, 1, 0, 1, 0, 1} : std::vector<int>{},
          classes};
}

/// Records the picture at every epoch end, after the grid has been written.
struct Watch {
  std::filesystem::path path;
  std::vector<support::Bytes>* pictures;
  template <class M>
  void on_epoch_end(const EpochRecord&, M&, StopRequest&) {
    pictures->push_back(std::filesystem::exists(path) ? support::read_bytes(path) : support::Bytes{});
  }
};

}  // namespace

TEST_CASE("a sample grid follows training with the same latent vectors", "[sample grid]") {
  const support::TemporaryFolder folder;
  for (const Index k : {0, 2}) {
    const auto path = folder / fmt::format("samples{}.png", k);
    std::vector<support::Bytes> pictures;
    // The model's samples are plain vectors: the grid takes the image's extents from the data.
    Vae vae{Linear{12 + k, 4}, Linear{2 + k, 12}, {.optimizer = Adam{0.1}, .classes = k}};
    Trainer{{.epochs = 3, .batch_size = 4},
            SampleGrid{path, {.rows = 2, .columns = 2, .every = 2}},
            Watch{path, &pictures}}
        .fit(vae, images(k));
    CHECK(pictures[0].empty());
    CHECK(pictures[1].size() > 60);
    CHECK(support::read_bytes(path) != pictures[1]);
  }
}

TEST_CASE("a sample grid names what it cannot do", "[sample grid]") {
  CHECK_THROWS_AS((SampleGrid{"x.png", {.rows = 0}}), ConfigError);
  const support::TemporaryFolder folder;
  Vae vae{Linear{12, 4}, Linear{2, 12}};
  CHECK_THROWS_AS((Trainer{{.epochs = 1}, SampleGrid{folder / "missing/x.png"}}.fit(vae, images(0))),
                  IoError);
}
