// The comparison that textbooks make in words, measured: a GAN, a VAE and two hybrids of as many
// parameters, trained for as long on the same images, from several seeds. One page says what tells them
// apart.

#include <ctime>

#include "support/compared_measures.hpp"
#include "support/mnist_program.hpp"
#include "support/result_lines.hpp"

using namespace examples;

namespace {

struct CompareOptions : MnistOptions {
  bool full = false;
  Index seeds = 5;
  double seconds = 0;  // 0: by `full`, as are the next
  Index judged = 0, encoded = 0, channels = 0;
  int left_out = 8;

  double seconds_of_training() const { return given(seconds, full ? 60.0 : 4.0); }
  ComparedSize size() const { return {given<Index>(channels, full ? 32 : 16), latent}; }
  Effort effort() const {
    return {.judged = given<Index>(judged, full ? 2000 : 800),
            .encoded = given<Index>(encoded, full ? 400 : 100),
            .search = {.starts = full ? 2 : 1, .steps = full ? 200 : 100},
            .importance_samples = full ? 500 : 100};
  }

 private:
  template <class T>
  static T given(T value, T usual) {
    return value > 0 ? value : usual;
  }
};

void add(CLI::App& app, CompareOptions& o) {
  add_data_options(app, o);
  app.add_flag("--full", o.full, "Train and measure for as long as the figures of the README took");
  app.add_option("--seeds", o.seeds, "Runs of each model; fewer than 5 tell nothing apart")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option(
         "--seconds", o.seconds,
         "Of training for each run, by processor time over the number of threads: with one thread what "
         "the clock says where nothing else runs (default: 4, with --full 60)")
      ->check(positive_number());
  app.add_option("--judged", o.judged, "Samples that are judged of each (default: 800, with --full 2000)")
      ->check(CLI::Range(fewest_judged, Index{1000000}));
  app.add_option("--encoded", o.encoded,
                 "Images that each brings into its latent space (default: 100, with --full 400)")
      ->check(CLI::Range(20, 1000000));
  app.add_option(
         "--channels", o.channels,
         "Of the VAE's first convolution; the others get as many parameters (default: 16, with --full 32)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--latent", o.latent, "Size of the latent vector")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
  app.add_option("--left-out", o.left_out, "The class that no model learns, to be told as an anomaly")
      ->check(CLI::Range(0, 9))
      ->capture_default_str();
  app.add_option("--seed", o.seed, "The first")->capture_default_str();
  app.add_option(
         "--threads", o.threads,
         "Threads; 0 is one per core. With several, models that share steps badly among them take longer")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--resume", o.resume, "Go on after the runs that --out has already, of the same setting");
  app.add_option("--out", o.out, "Folder for runs, pictures and the report")->capture_default_str();
  app.add_flag("--quiet", o.quiet, "Say nothing before the end");
}

using enum Better;
/// The textbook's rows. `favorite` is what it says of the two families, where it says something.
const std::vector<ComparisonRow> rows{
    {"Output quality", "Fréchet distance", "frechet", less, "gan"},
    {"Output quality", "sharpness, real images being 1", "sharpness", near_one, "gan"},
    {"Output quality", "recognized with p > 0.9, %", "recognized", more, "gan", 100},
    {"Output quality", "precision", "precision", more, "gan"},
    {"Diversity", "recall", "recall", more, "vae"},
    {"Diversity", "coverage", "coverage", more, "vae"},
    {"Diversity", "the rarest of nine classes, %", "smallest_class", more, "vae", 100},
    {"Stability", "runs that fail, %", "failed", less, "vae", 100},
    {"Stability", "spread of the Fréchet distance", "frechet", less, "vae", 1, Summing::spread},
    {"Stability", "spread of the loss of 64 images", "loss_variation", less, "vae"},
    {"Latent space", "path length", "path_length", less, "vae", 1e-3},
    {"Latent space", "recognized between two images, %", "between_recognized", more, "vae", 100},
    {"Latent space", "classes told from codes, %", "linear_accuracy", more, "vae", 100},
    {"Probability", "−log p(x), nats", "nll", less, "vae"},
    {"Anomalies", "AUROC by error of reconstruction", "odd_by_error", more, "vae"},
    {"Anomalies", "AUROC by its own measure", "odd_by_own", more, "vae"},
    {"Compression", "lossless, bits per binary pixel", "bits", less, "vae"},
    {"Compression", "SSIM of a byte for each number of z", "ssim_of_bytes", more, "vae"},
    {"Reconstruction", "PSNR, dB", "psnr", more, "vae"},
    {"Reconstruction", "SSIM", "ssim", more, "vae"},
    {"Reconstruction", "class kept, %", "class_kept", more, "vae", 100},
    {"Cost", "parameters, thousands", "parameters", unjudged, {}, 1e-3},
    {"Cost", "images seen, thousands", "images", more, {}, 1e-3},
    {"Cost", "memory of training, 64 at a time, MB", "megabytes", less, {}},
    {"Cost", "one sample, ms", "sampling_ms", less, {}},
    {"Cost", "one code, ms", "encoding_ms", less, "vae"},
};

/// Remembers the loss of every step, and ends the training when its time is over.
struct LossWatch {
  std::vector<double>* losses;
  double seconds;
  std::clock_t start = std::clock();  // of all threads: another program's load takes nobody's share

  template <class M>
  void on_step_end(const StepRecord& record, M&, StopRequest& stop) {
    losses->push_back(record.metrics["loss"]);
    const double spent = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / num_threads();
    if (spent >= seconds) stop.stop("the time is over");
  }
};

/// The standard deviation by the mean, of the losses of so many steps each, in the second half of a training.
double loss_variation(std::span<const double> losses, Index steps) {
  const auto n = static_cast<std::size_t>(steps);
  std::vector<double> blocks;
  for (auto half = losses.subspan(losses.size() / 2); half.size() >= n; half = half.subspan(n))
    blocks.push_back(mean_of(half.first(n)).value);
  const Estimate mean = mean_of(blocks);
  return mean.standard_error * std::sqrt(static_cast<double>(blocks.size())) / std::abs(mean.value);
}

/// Everything that the runs of all models share.
struct Contest {
  const CompareOptions& o;
  const Dataset& train;
  const ComparisonData& data;
  ResultLines& record;
  Index parameters;

  fs::path picture(std::string_view model, const char* what) const {
    return fs::path(o.out) / fmt::format("{}-{}.png", model, what);
  }
};

void write_pictures(const Contest& all, std::string_view model, const Measured& m) {
  constexpr Index columns = 10;
  write_image_grid(all.picture(model, "samples"), as_const(Matrix<float>(m.samples.leftCols(4 * columns))),
                   digit, {.columns = columns});
  const Index shown = std::min(columns, m.back.cols());
  Matrix<float> pairs(digit.size(), 2 * shown);
  pairs << all.data.seen.pixels.leftCols(shown), m.back.leftCols(shown);
  write_image_grid(all.picture(model, "reconstructions"), as_const(pairs), digit, {.columns = shown});
  write_image_grid(all.picture(model, "interpolations"), as_const(Matrix<float>(m.between.leftCols(20))),
                   digit, {.columns = 10});
}

/// Trains a column's model from one seed and measures it; false where Ctrl-C ended that.
template <class Column>
bool run(const Contest& all, std::uint64_t seed, ComparisonColumn& column) {
  const nlohmann::ordered_json of_run{{"model", Column::key}, {"seed", seed}};
  if (const nlohmann::ordered_json* const known = all.record.find(of_run)) {
    column.runs.push_back(known->at("figures").get<Figures>());
    return true;
  }
  auto model = Column::make(size_of<Column>(all.parameters, all.o.latent), seed);
  std::vector<double> losses;
  Trainer trainer{{.epochs = 1000000, .batch_size = Column::batch_size, .seed = seed},
                  LossWatch{&losses, all.o.seconds_of_training()},
                  StopOnInterrupt{}};
  Measured m;
  try {
    const FitResult result = trainer.fit(model, Column::lessons(all.train, seed));
    if (result.stop_reason == StopOnInterrupt::reason) return false;
    m = measure<Column>(model, all.data, all.o.effort(), all.o.left_out, seed);
    m.figures["images"] = static_cast<double>(losses.size() * Column::batch_size);
    if (const Index steps = 64 / Column::batch_size; static_cast<Index>(losses.size()) >= 4 * steps)
      m.figures["loss_variation"] = loss_variation(losses, steps);
    if (seed == all.o.seed) write_pictures(all, Column::key, m);
    if (!all.o.quiet)
      report("seed {}: {:<8} {:.0f} thousand images, Fréchet distance {:.2f}", seed, Column::title,
             m.figures["images"] / 1000, m.figures["frechet"]);
  } catch (const DivergenceError& e) {
    m.figures = {{"failed", 1}};
    if (!all.o.quiet) report("seed {}: {:<8} {}", seed, Column::title, e.what());
  }
  all.record.add({{"model", Column::key}, {"seed", seed}, {"figures", m.figures}});
  column.runs.push_back(m.figures);
  return true;
}

template <class... Columns>
std::vector<ComparisonColumn> empty_columns() {
  return {ComparisonColumn{std::string(Columns::key), std::string(Columns::title)}...};
}

/// What real images were found to be beside samples: in any run the same.
ComparisonColumn real_images(const std::vector<ComparisonColumn>& columns) {
  ComparisonColumn real{"real", "real images", false};
  constexpr std::string_view prefix = "real_";
  Figures found;
  for (const ComparisonColumn& column : columns)
    for (const Figures& run : column.runs)
      for (const auto& [key, value] : run)
        if (key.starts_with(prefix)) found[key.substr(prefix.size())] = value;
  real.runs.push_back(found);
  return real;
}

template <class... Columns>
ExitCode compare(const CompareOptions& o) {
  for (const char* file : {"runs.jsonl", "comparison.html", "comparison.md"})
    prepare_output_file(o.file(file));
  const data::Mnist images = load_data(o, data::PixelRange::unit);
  const Dataset train = split_off(images.train, o.left_out).others;
  const auto [unseen, test] = split_off(images.test, o.left_out);
  report("data: {} training and {} test images from {}", train.size(), test.size(),
         fs::path(images.train.name()).parent_path().string());
  if (test.size() < 2 * fewest_judged)
    throw ConfigError(
        fmt::format("{} test images are too few: expected at least {}", test.size(), 2 * fewest_judged));
  const Effort effort = o.effort();
  const ComparisonData data(o.dataset, train, test, unseen, effort);
  const Index parameters = summary(VaeColumn::make(o.size(), 0)).total.parameters;
  const std::string setting = fmt::format(
      "{:.3g} s of training, {} thousand parameters, {} latent dimensions, class {} left out, {} judged, "
      "{} encoded, searches of {} × {} steps, {} importance samples, {} threads, {} kernels",
      o.seconds_of_training(), parameters / 1000, o.latent, o.left_out, effort.judged, effort.encoded,
      effort.search.starts, effort.search.steps, effort.importance_samples, num_threads(),
      kernels::isa_name(kernels::isa()));
  report("each of {} seeds: {}", o.seeds, setting);

  ResultLines record(o.file("runs.jsonl"), {{"setting", setting}, {"data", train.fingerprint()}}, o.resume);
  std::vector<ComparisonColumn> columns = empty_columns<Columns...>();
  const Contest all{o, train, data, record, parameters};
  for (Index i = 0; i < o.seeds; ++i) {
    std::size_t at = 0;
    const bool ended = (run<Columns>(all, o.seed + static_cast<std::uint64_t>(i), columns[at++]) && ...);
    if (!ended) {
      fmt::print(stderr, "interrupted; --resume goes on after the runs that are there\n");
      return interrupted;
    }
  }

  std::vector<ComparisonColumn> with_real = columns;
  with_real.push_back(real_images(columns));
  const ComparisonTable table(rows, with_real);
  write_text(o.file("comparison.md"), table.markdown());
  HtmlReport page("GANs and VAEs, compared");
  page.paragraph(
      fmt::format("Each of {} seeds: {}. Means with the 95 % interval of the mean over seeds; a verdict "
                  "only where intervals of at least {} seeds are apart.",
                  o.seeds, setting, fewest_seeds));
  table.add_to(page);
  for (const ComparisonColumn& column : columns) {
    page.heading(column.title);
    if (!column.runs.front().contains("frechet")) {
      page.paragraph("Its first run diverged: there are no pictures.");
      continue;
    }
    page.picture(all.picture(column.key, "samples"), "samples");
    page.picture(all.picture(column.key, "reconstructions"), "test images, and what comes back of them");
    page.picture(all.picture(column.key, "interpolations"), "from one test image to another");
  }
  page.write(o.file("comparison.html"));
  report("{}", table.markdown());
  for (const char* file : {"runs.jsonl", "comparison.md", "comparison.html"})
    report("{}", o.file(file).string());
  return success;
}

}  // namespace

int main(int argc, char** argv) {
  CompareOptions options;
  options.out = "out/compare_gan_vae";
  options.architecture = "conv";
  options.latent = 32;
  options.threads = 1;
  return run_mnist_program(
      argc, argv, "Compares GAN, VAE, VAE-GAN and adversarial autoencoder, measure by measure.", options, add,
      [](const CompareOptions& o) {
        return compare<GanColumn, VaeColumn, VaeGanColumn, AdversarialAutoencoderColumn>(o);
      });
}
