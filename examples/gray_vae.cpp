// Trains a VAE of gray levels on the images of any IDX file, and says what a pixel costs in bits: the Frey
// faces, for one.

#include <eigenerate/training/callbacks/early_stopping.hpp>

#include "support/gray_networks.hpp"
#include "support/likelihood.hpp"
#include "support/mnist_program.hpp"

using namespace examples;

namespace {

struct GrayOptions : GrayNetworks {
  std::string images;
  Index validation = 200;
  Index test = 200;
  Index epochs = 1000;
  Index patience = 50;
  Index batch_size = 100;
  double learning_rate = 5e-4;
  Index warm_up = 100;  // epochs
  Index likelihood_samples = 5000;
  std::uint64_t seed = 0;
  int threads = 0;
  bool resume = false;
  std::string out = "out/gray_vae";
  bool quiet = false;

  fs::path file(const char* name) const { return fs::path(out) / name; }
};

void add(CLI::App& app, GrayOptions& o) {
  app.add_option(
         "--images", o.images,
         "IDX file of images of one channel and bytes, plain or .gz. Frey's faces, 1,965 of 28×20, are "
         "in the repository jmtomczak/vae_vampprior, datasets/Freyfaces, as a pickled array, which "
         "becomes such a file behind the 16 bytes 00 00 08 03 00 00 07 AD 00 00 00 1C 00 00 00 14")
      ->required();
  app.add_option("--likelihood", o.likelihood, "Of a pixel's 256 levels")
      ->check(CLI::IsMember(level_likelihoods))
      ->capture_default_str();
  app.add_option("--components", o.components, "Of a logistic mixture")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--posterior", o.posterior, "Of an image, as in mnist_vae")
      ->check(CLI::IsMember({"normal", "full", "planar", "radial", "iaf"}))
      ->capture_default_str();
  for (const auto& [name, count, help] :
       {std::tuple{"--validation", &o.validation, "Images that say when to stop"},
        {"--test", &o.test, "Images that are judged in the end"}})
    app.add_option(name, *count, help)->check(CLI::Range(1, 1000000))->capture_default_str();
  app.add_option("--hidden", o.hidden, "Width of the two hidden layers of each network")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  app.add_option("--latent", o.latent, "Size of the latent vector")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--epochs", o.epochs, "Passes over the images at most")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--patience", o.patience, "Epochs without a better validation loss after which it stops")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Images per step")
      ->check(CLI::Range(2, 65536))
      ->capture_default_str();
  app.add_option("--learning-rate", o.learning_rate, "Of Adam")
      ->check(positive_number())
      ->capture_default_str();
  app.add_option("--warm-up", o.warm_up, "Epochs in which the KL's weight rises to 1")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  app.add_option("--likelihood-samples", o.likelihood_samples, "Importance samples for each test image")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--seed", o.seed, "Of weights, parts, data order and noise")->capture_default_str();
  app.add_option("--threads", o.threads, "Threads; 0 is one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--resume", o.resume, "Go on from the last checkpoint in --out, with the same bits");
  app.add_option("--out", o.out, "Folder for metrics, checkpoints, weights and pictures")
      ->capture_default_str();
  app.add_flag("--quiet", o.quiet, "No progress on standard error");
}

ExitCode run(const GrayOptions& o) {
  if (o.likelihood != "logistic-mixture" && o.components != GrayOptions{}.components)
    throw ConfigError(fmt::format("--components are of a logistic-mixture, and not of {}", o.likelihood));
  const std::vector<const char*> files{"metrics.jsonl", "measures.json", "samples.png", "reconstructions.png",
                                       "weights.safetensors"};
  for (const char* file : files) prepare_output_file(o.file(file));
  const auto [all, train, validation, test] = load_gray_images(o.images, o.validation, o.test, o.seed);
  report("data: {} training, {} validation and {} test images of {} from {}", train.size(), validation.size(),
         test.size(), to_string(all.sample_shape()), o.images);
  report("setting: {} likelihood, {} posterior, batches of {}, seed {}, {} threads, {} kernels", o.likelihood,
         o.posterior, o.batch_size, o.seed, num_threads(), kernels::isa_name(kernels::isa()));
  const Index steps = (train.size() + o.batch_size - 1) / o.batch_size;
  Vae<> vae = make_gray_vae(o, all.sample_shape(), o.warm_up * steps,
                            {.optimizer = Adam{o.learning_rate}, .seed = o.seed});
  Trainer trainer{{.epochs = o.epochs, .batch_size = o.batch_size, .seed = o.seed},
                  EarlyStopping{{.patience = o.patience}},
                  Checkpoints{o.out, {.resume = o.resume ? Resume::required : Resume::never}},
                  JsonLines{o.file("metrics.jsonl")},
                  StopOnInterrupt{},
                  ProgressBar{!o.quiet}};
  const FitResult result = trainer.fit(vae, train, validation);
  save_weights(o.file("weights.safetensors"), vae);
  report("{} epochs", result.epochs);
  MeasureTable table;
  report_likelihood(vae, test, o.likelihood_samples, table);
  table.figure("epochs", static_cast<double>(result.epochs));
  table.write(o.file("measures.json"));

  const ValueRange gray{0, 255};
  const Matrix<float> shown = test.take(std::min<Index>(test.size(), 10)).samples();
  Matrix<float> pictures(shown.rows(), 2 * shown.cols());
  pictures << shown, vae.reconstruct(shown);
  write_image_grid(o.file("reconstructions.png"), as_const(pictures), all.sample_shape(),
                   {.columns = shown.cols(), .range = gray});
  write_image_grid(o.file("samples.png"), as_const(vae.sample(80, Seed{o.seed})), all.sample_shape(),
                   {.columns = 10, .range = gray});
  for (const char* file : files) report("{}", o.file(file).string());
  return ending(result);
}

}  // namespace

int main(int argc, char** argv) {
  GrayOptions options;
  if (const auto code = parse_options(
          argc, argv,
          with_exit_codes("Trains a VAE of gray levels on an IDX file and measures bits per dimension."),
          options, add))
    return *code;
  return run_guarded([&] {
    if (options.threads > 0) set_num_threads(options.threads);
    prepare_output_folder(options.out);
    return run(options);
  });
}
