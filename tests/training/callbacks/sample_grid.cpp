#include "eigenerate/training/callbacks/sample_grid.hpp"

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "training/counting_model.hpp"

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

/// No step may come to its end.
struct NoStep {
  template <class M>
  void on_step_end(const StepRecord&, M&, StopRequest&) {
    FAIL("an error was found after a step");
  }
};

/// Learns from anything, and draws samples of six values.
struct MakesOthers : CountingModel {
  Shape sample_shape() const { return {6}; }
  Index classes() const { return 0; }
  Matrix<float> sample(Index n, const RandomStream&) const { return Matrix<float>::Zero(6, n); }
  Matrix<float> sample(std::span<const int> labels, const RandomStream& random) const {
    return sample(static_cast<Index>(labels.size()), random);
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
  NoStep no_step;
  const auto fit = [&](const std::filesystem::path& path, const Dataset& data) {
    Trainer{{.epochs = 1}, no_step, SampleGrid{path}}.fit(vae, data);
  };
  support::write_bytes(folder / "file", {1});
  CHECK(
      support::contains(support::error_of([&] { fit(folder / "file/x.png", images(0)); }), "cannot create"));
  CHECK(support::contains(support::error_of([&] { fit(folder.path(), images(0)); }), "Is a directory"));
  const Dataset two_channels{"pairs", {2, 2, 3}, Matrix<float>::Constant(12, 4, 0.5f)};
  CHECK(support::contains(support::error_of<ConfigError>([&] { fit(folder / "x.png", two_channels); }),
                          "expected images of 1 or 3 channels"));
  CHECK(folder.entries() == 1);
  const Dataset digits = images(0);
  Trainer{{.epochs = 1}, SampleGrid{folder / "missing/below/x.png"}}.fit(vae, digits);
  CHECK(std::filesystem::exists(folder / "missing/below/x.png"));
}

TEST_CASE("a sample grid knows before the first step that samples are not of the data's size",
          "[sample grid]") {
  const support::TemporaryFolder folder;
  MakesOthers model;
  CHECK(support::contains(support::error_of<ShapeError>([&] {
                            Trainer{{.epochs = 1}, SampleGrid{folder / "x.png"}}.fit(model, images(0));
                          }),
                          "the model makes samples of 6 values (shape 6), the data have 12"));
  CHECK(model.steps.empty());
}

TEST_CASE("a sample grid shows the values that the data have", "[sample grid]") {
  // A generator of one picture, black to white: on data in [-1, 1], as on data in [0, 1].
  const support::TemporaryFolder folder;
  const auto picture = [&](const char* name, ValueRange range, std::optional<ValueRange> shown) {
    Matrix<float> x(12, 8);
    fill_uniform(x.data(), x.size(), RandomStream{1});
    x = (static_cast<float>(range.low) + static_cast<float>(range.high - range.low) * x.array()).matrix();
    Gan gan{Linear{2, 12}, Linear{12, 1}, {.initializer = ConstantInit{0}}};
    auto bias = gan.generator().parameters()["generator.bias"];
    for (Index i = 0; i < 12; ++i)
      bias(i) = static_cast<float>(range.low + (range.high - range.low) * static_cast<double>(i) / 11);
    Trainer{{.epochs = 0}, SampleGrid{folder / name, {.rows = 1, .columns = 1, .range = shown}}}.fit(
        gan, Dataset("images", {1, 3, 4}, std::move(x), {}, 0, range));
    return support::read_bytes(folder / name);
  };
  const auto unit = picture("unit.png", {0, 1}, {});
  CHECK(picture("signed.png", {-1, 1}, {}) == unit);
  CHECK(picture("bytes.png", {0, 255}, {}) == unit);
  CHECK(picture("told.png", {-1, 1}, ValueRange{0, 1}) != unit);
}
