// Trains a model of digits, or of the images of any IDX file, and animates its latent space: endless walks,
// morphs from image to image, traversals, and a poster of two dimensions. Says whether what is shown on the
// way are images, and how evenly it moves, beside cross-fades of the same images and beside a real film.

#include <eigenerate/io/animated_png.hpp>
#include <eigenerate/latent/latent_loop.hpp>

#include "support/fit_phase.hpp"
#include "support/frame_table.hpp"
#include "support/gray_networks.hpp"
#include "support/stations.hpp"

using namespace examples;

namespace {

struct AnimateOptions : MnistOptions {
  std::string images;
  bool film = false;
  std::string model = "vaegan";
  Index held_out = 200;
  Index tracks = 8;
  Index steps = 10;
  Index milliseconds = 80;
  Index poster = 24;

  bool of_digits() const { return images.empty(); }
  Index epochs_of_model() const { return epochs > 0 ? epochs : of_digits() ? 10 : 250; }
  Index epochs_of_poster() const { return epochs > 0 ? epochs : of_digits() ? 30 : 150; }
};

void add(CLI::App& app, AnimateOptions& o) {
  add_data_options(app, o);
  add_training_options(app, o);
  app.get_option("--epochs")
      ->description(
          "Passes over the data (default: of digits 10, and 30 for the poster; of --images 250 and 150)")
      ->default_str("");
  app.add_option("--images", o.images,
                 "IDX file of images of one channel and bytes, instead of digits: see gray_vae --help")
      ->excludes("--data", "--dataset");
  app.add_option("--held-out", o.held_out, "Of them, those for validation, and as many for tests")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str()
      ->needs("--images");
  app.add_flag("--film", o.film, "They are a film: what the model shows is compared with clips of it")
      ->needs("--images");
  app.add_option("--model", o.model, "Of digits; vaegan is sharper, and takes three times as long")
      ->check(CLI::IsMember({"vae", "vaegan"}))
      ->capture_default_str()
      ->excludes("--images");
  app.add_option("--latent", o.latent, "Size of its latent vector")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--tracks", o.tracks, "Walks, and morphs, beside each other")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--steps", o.steps, "Frames from one image to the next")
      ->check(CLI::Range(3, 1000))
      ->capture_default_str();
  app.add_option("--milliseconds", o.milliseconds, "That a frame stays")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  app.add_option("--poster", o.poster, "Rows and columns of the poster")
      ->check(CLI::Range(2, 200))
      ->capture_default_str();
}

constexpr Index stations_of_a_loop = 10;  // that is measured

/// Images as models take them.
struct Source {
  Dataset train, held_out, test;
  Matrix<float> film = {};  ///< of [0, 1], in their order
};

Source load(const AnimateOptions& o) {
  if (o.of_digits()) {
    const data::Mnist digits = load_data(o, data::PixelRange::unit);
    report_setting(o, digits);
    return {digits.train, digits.test, digits.test};
  }
  GrayImages images = load_gray_images(o.images, o.held_out, o.held_out, o.seed);
  report("data: {} training, {} validation and {} test images of {} from {}", images.train.size(), o.held_out,
         o.held_out, to_string(images.all.sample_shape()), o.images);
  if (const Index length = stations_of_a_loop * o.steps; o.film && images.all.size() <= length)
    throw ConfigError(fmt::format("--film: expected more than {} frames, as a loop has, got {}", length,
                                  images.all.size()));
  return {images.train, images.validation, images.test, o.film ? all_of(images.all).pixels : Matrix<float>{}};
}

/// One model's animations and figures.
template <class M>
class Animations {
 public:
  Animations(const AnimateOptions& o, const M& model, const Source& source)
      : o_(o),
        model_(model),
        source_(source),
        shape_(source.test.sample_shape()),
        x_(first_of(source.test)),
        codes_(model.embed(x_)),
        plan_(source.test, codes_) {}

  /// Through the latent space, by the codes of images.
  Matrix<float> loop(const Stations& s) const {
    return unit(model_.decode(latent_loop(codes_(Eigen::all, s), o_.steps)));
  }
  /// Straight on from image to image.
  Matrix<float> fade(const Stations& s) const {
    const Index n = static_cast<Index>(s.size());
    const Matrix<float> images = unit(x_(Eigen::all, s));
    Matrix<float> frames(images.rows(), n * o_.steps);
    for (Index i = 0; i < frames.cols(); ++i) {
      const float t = static_cast<float>(i % o_.steps) / static_cast<float>(o_.steps);
      frames.col(i) = (1 - t) * images.col(i / o_.steps) + t * images.col((i / o_.steps + 1) % n);
    }
    return frames;
  }

  /// A track for each class, or any images.
  void write_walk() const {
    std::vector<Matrix<float>> tracks;
    for (Index j = 0; j < o_.tracks; ++j)
      tracks.push_back(loop(plan_.has_classes() ? plan_.within_class(j, 8) : plan_.any(j, 8)));
    write("walk.png", tracks, tracks[0].cols(), o_.tracks);
  }
  /// Above cross-fades of the same images.
  void write_morph() const {
    std::vector<Matrix<float>> tracks;
    for (Index j = 0; j < o_.tracks; ++j) tracks.push_back(loop(plan_.from_kind_to_kind(j, 8)));
    for (Index j = 0; j < o_.tracks; ++j) tracks.push_back(fade(plan_.from_kind_to_kind(j, 8)));
    write("morph.png", tracks, tracks[0].cols(), o_.tracks);
  }
  /// Test images in rows, each along the dimensions in which codes differ most, there and back.
  void write_traversal() const {
    const Index rows = std::min<Index>(4, x_.cols()), columns = std::min(o_.tracks, model_.latent_size()),
                there = o_.steps + 1, length = 2 * o_.steps;
    const std::vector<double> spread = row_variances(as_const(codes_));
    std::vector<Index> order(spread.size());
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
      return spread[static_cast<std::size_t>(a)] > spread[static_cast<std::size_t>(b)];
    });
    std::vector<Matrix<float>> tracks;
    for (Index row = 0; row < rows; ++row)
      for (Index column = 0; column < columns; ++column) {
        const Index dimension = order[static_cast<std::size_t>(column)];
        const Matrix<float> made = unit(
            model_.traverse(x_.middleCols(row, 1), LatentDimension{dimension}, there, {}, {.reach = 2.5}));
        tracks.emplace_back(made.rows(), length);
        for (Index k = 0; k < length; ++k) tracks.back().col(k) = made.col(k < there ? k : length - k);
      }
    write("traversal.png", tracks, length, columns);
  }

  /// What is on the way, and how evenly it moves.
  void measure() const {
    constexpr Index stations = stations_of_a_loop;
    const Index loops = std::min<Index>(40, x_.cols() / stations), length = stations * o_.steps;
    std::optional<FeatureClassifier> classifier;
    if (o_.of_digits()) classifier = o_.dataset == "fashion" ? fashion_features() : digit_features();
    report("{} loops by {} test images each, {} frames from one to the next", loops, stations, o_.steps);
    FrameTable table(shape_, o_.steps, all_of(source_.train).pixels, all_of(source_.test).pixels, classifier);
    const auto both = [&](const std::string& name, const std::string& key, const auto& stations_of) {
      Matrix<float> made(shape_.size(), loops * length), faded = made;
      for (Index i = 0; i < loops; ++i) {
        made.middleCols(i * length, length) = loop(stations_of(i));
        faded.middleCols(i * length, length) = fade(stations_of(i));
      }
      table.loops(name + ", model", key, made, length);
      table.loops(name + ", cross-fade", key + "_fade", faded, length);
    };
    if (plan_.has_classes())
      both("within a class", "within", [&](Index i) { return plan_.within_class(i, stations); });
    both("any to any", "any", [&](Index i) { return plan_.any(i, stations); });
    if (o_.film) table.film(source_.film, length + 1);
    table.real_images();
    table.write(o_.file("measures.json"));
    report("{}", o_.file("measures.json").string());
  }

 private:
  static Matrix<float> first_of(const Dataset& test) {
    return test.take(std::min<Index>(test.size(), 1000)).samples();
  }
  Matrix<float> unit(Matrix<float> images) const {
    to_unit(images, source_.test.value_range());
    return images.cwiseMax(0.0f).cwiseMin(1.0f);
  }
  void write(const char* name, const std::vector<Matrix<float>>& tracks, Index length, Index columns) const {
    Matrix<float> all(shape_.size(), static_cast<Index>(tracks.size()) * length);
    for (std::size_t j = 0; j < tracks.size(); ++j)
      all.middleCols(static_cast<Index>(j) * length, length) = tracks[j];
    const std::vector<Bitmap> frames =
        frames_of_sequences(as_const(all), length, shape_, {.columns = columns});
    write_animated_png(o_.file(name), frames, {.milliseconds = o_.milliseconds});
    report("{}: {} frames, {} kB", o_.file(name).string(), frames.size(),
           fs::file_size(o_.file(name)) / 1000);
  }

  const AnimateOptions& o_;
  const M& model_;
  const Source& source_;
  Shape shape_;
  Matrix<float> x_, codes_;
  StationPlan plan_;
};

template <class M>
ExitCode animate(M& model, Vae<>& flat, const AnimateOptions& o, const Source& source) {
  FitResult result = fit_phase(model, o, o.epochs_of_model(), o.file("model"), Resume::required, source.train,
                               source.held_out);
  if (!was_interrupted(result))
    result = fit_phase(flat, o, o.epochs_of_poster(), o.file("poster"), Resume::if_present, source.train,
                       source.held_out);
  save_weights(o.weights_file(), model, {{"model", o.model}});
  const Animations<M> animations(o, model, source);
  animations.measure();
  animations.write_walk();
  animations.write_morph();
  animations.write_traversal();
  write_image_grid(o.file("poster.png"), as_const(flat.manifold(o.poster, o.poster)),
                   source.test.sample_shape(),
                   {.columns = o.poster, .range = source.test.value_range(), .padding = 0});
  report("{}", o.file("poster.png").string());
  return ending(result);
}

ExitCode run(const AnimateOptions& o) {
  for (const char* file : {"measures.json", "walk.png", "morph.png", "traversal.png", "poster.png"})
    prepare_output_file(o.file(file));
  const Source source = load(o);
  if (source.test.size() < stations_of_a_loop)
    throw ConfigError(fmt::format("{}: expected at least {} test images, got {}", source.test.name(),
                                  stations_of_a_loop, source.test.size()));
  const Shape shape = source.train.sample_shape();
  const Index per_epoch = (source.train.size() + o.batch_size - 1) / o.batch_size;
  const VaeOptions options{.optimizer = Adam{1e-3}, .seed = o.seed};
  const auto gray = [&](Index latent, Index epochs) {  // the KL rises for a quarter of the training
    return make_gray_vae({.likelihood = o.of_digits() ? "bernoulli" : "logistic-mixture", .latent = latent},
                         shape, epochs * per_epoch / 4, options);
  };
  Vae<> flat = gray(2, o.epochs_of_poster());
  if (!o.of_digits()) {
    Vae<> vae = gray(o.latent, o.epochs_of_model());
    return animate(vae, flat, o, source);
  }
  if (o.model == "vae") {
    MnistVae vae = make_mnist_vae(o, options);
    return animate(vae, flat, o, source);
  }
  MnistVaeGan vaegan = make_mnist_vaegan(o, {.optimizer = Adam{1e-3, 0.5},
                                             .discriminator_optimizer = Adam{2e-4, 0.5},
                                             .ema_decay = 0.999,
                                             .ema_warm_up = true,
                                             .seed = o.seed});
  return animate(vaegan, flat, o, source);
}

}  // namespace

int main(int argc, char** argv) {
  AnimateOptions options;
  options.out = "out/animate";
  options.architecture = "conv";
  options.latent = 10;
  options.epochs = 0;
  options.batch_size = 64;
  return run_mnist_program(argc, argv,
                           "Animates the latent space of a model of digits or of any gray images.", options,
                           add, [](const AnimateOptions& o) { return run(o); });
}
