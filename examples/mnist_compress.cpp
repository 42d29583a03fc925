// Compresses images without loss by a VAE and bits-back coding, takes them back from the file, and says
// what a pixel costs: beside the ELBO, gzip and PNG.

#include <eigenerate/compression/compression.hpp>
#include <eigenerate/data/levels.hpp>
#include <eigenerate/training/evaluate.hpp>

#include <numbers>

#include "support/mnist_program.hpp"
#include "support/other_codecs.hpp"

using namespace examples;

namespace {

struct CompressOptions : MnistOptions {
  bool gray = false;
  std::string binarize = "draw";
  Index hidden = 0;
  Index images = 0;
  double learning_rate = 1e-3;
  bool log_deviations = false;
  BitsBackOptions bits;
};

void add(CLI::App& app, CompressOptions& o) {
  app.add_option(
      "--data", o.data,
      "Folder with the four IDX files, plain or .gz (default: the full set where examples/fetch_mnist.sh "
      "puts it, else the digits that come with the examples)");
  app.add_option("--dataset", o.dataset, "Data set")
      ->check(CLI::IsMember({"mnist", "fashion"}))
      ->capture_default_str();
  app.add_flag("--gray", o.gray, "The 256 gray levels, with beta-binomials, and not binary pixels");
  app.add_option(
         "--binarize", o.binarize,
         "Binary pixels are drawn with their gray level as probability, or those of at least one half")
      ->check(CLI::IsMember({"draw", "round"}))
      ->capture_default_str();
  app.add_option("--images", o.images, "Test images to compress (default: all)")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--hidden", o.hidden, "Width of each network's hidden layer (default: 100, with --gray 200)")
      ->check(CLI::Range(1, 65536));
  app.add_option("--latent", o.latent, "Size of the latent vector (default: 40, with --gray 50)")
      ->check(CLI::Range(1, 4096));
  app.add_option("--epochs", o.epochs, "Passes over the training data (default: 100, with --gray 20)")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--batch-size", o.batch_size, "Images per step")
      ->check(CLI::Range(2, 65536))
      ->capture_default_str();
  app.add_option("--learning-rate", o.learning_rate, "Of Adam")
      ->check(positive_number())
      ->capture_default_str();
  app.add_option("--weights", o.weights, "A safetensors file of such a VAE: nothing is trained");
  app.add_flag("--log-deviations", o.log_deviations,
               "Its encoder puts out log-deviations, as the weights of the paper's authors do");
  app.add_option("--latent-bits", o.bits.latent_bits, "Buckets of a latent dimension, 2^n")
      ->check(CLI::Range(1, 20))
      ->capture_default_str();
  app.add_option("--seed", o.seed, "Of weights, data order, binarization and initial bits")
      ->capture_default_str();
  app.add_option("--threads", o.threads, "Threads; 0 is one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--out", o.out, "Folder for the compressed file, weights and measures")
      ->capture_default_str();
  app.add_flag("--quiet", o.quiet, "No progress on standard error");
}

/// The networks of Townsend, Bird & Barber 2019, as the published weights have them.
Vae<> make_vae(const CompressOptions& o) {
  const Index pixels = 784, hidden = o.hidden, latent = o.latent;
  VaeOptions options{.posterior = DiagonalNormalPosterior{{.scale = o.log_deviations ? Scale::log_deviation
                                                                                     : Scale::log_variance}},
                     .optimizer = Adam{o.learning_rate},
                     .seed = o.seed};
  if (!o.gray)
    return Vae<>{Sequential{Linear{pixels, hidden}, Relu{}, Linear{hidden, 2 * latent}},
                 Sequential{Linear{latent, hidden}, Relu{}, Linear{hidden, pixels}}, options};
  options.likelihood = BetaBinomial{255};
  return Vae<>{Sequential{Linear{pixels, hidden}, BatchNorm{hidden}, Relu{}, Linear{hidden, 2 * latent},
                          BatchNorm{2 * latent}},
               Sequential{Linear{latent, hidden}, BatchNorm{hidden}, Relu{}, Linear{hidden, 2 * pixels}},
               options};
}

/// The pixels as the likelihood takes them.
Dataset prepared(const Dataset& images, const CompressOptions& o, bool anew = false) {
  if (o.gray) return data::to_levels(images);
  if (o.binarize == "round") return data::binarize_threshold(images);
  return anew ? data::binarize_dynamic(images, o.seed) : data::binarize_static(images, o.seed);
}

void compress_images(Vae<>& vae, const Dataset& images, const CompressOptions& o) {
  const fs::path file = o.file("images.ans"), raw = o.file("images.raw");
  const Matrix<float> x = images.samples();
  BitsBack codec{vae, o.bits};
  const CompressedImages compressed = compress(codec, x, o.seed);
  compressed.save(file);
  BitsBack another{vae, o.bits};  // as a program that only reads has it
  if (decompress(another, CompressedImages::load(file)) != x)
    throw Error(fmt::format("{}: the images that came back are others", file.string()));

  // The same pictures for those who know nothing of them.
  std::vector<std::uint8_t> bytes;
  std::size_t png_bytes = 0;
  for (Index i = 0; i < x.cols(); ++i) {
    const std::vector<std::uint8_t> rows = packed(x.col(i), images.sample_shape(), !o.gray);
    png_bytes += png_size(rows, images.sample_shape(), !o.gray);
    bytes.insert(bytes.end(), rows.begin(), rows.end());
  }
  AtomicFile raw_file(raw);
  raw_file.write(std::as_bytes(std::span(bytes)));
  raw_file.commit();

  const double values = static_cast<double>(x.size());
  nlohmann::ordered_json json{{"images", x.cols()}, {"levels", o.gray ? 256 : 2}, {"seed", o.seed}};
  const auto row = [&](const char* name, const char* key, double bits) {
    report("{:<40}{:.4f}", name, bits / values);
    json[key] = bits / values;
  };
  report("{} test images of {} {} pixels came back whole; bits per pixel:", x.cols(), x.rows(),
         o.gray ? "gray" : "binary");
  const double nats = evaluate(vae, images, 100, o.seed)["loss"];
  row("negative ELBO", "negative_elbo", nats * static_cast<double>(x.cols()) / std::numbers::ln2);
  const double bits = static_cast<double>(compressed.bits()),
               initial = static_cast<double>(compressed.initial_bits());
  row("bits-back coding without initial bits", "rate", bits - initial);
  row("bits-back coding", "rate_with_initial_bits", bits);
  row("its file", "file", 8 * static_cast<double>(fs::file_size(file)));
  row("gzip of all together", "gzip", 8 * static_cast<double>(gzip_size(bytes)));
  row("PNG of each", "png", 8 * static_cast<double>(png_bytes));
  write_line(o.file("measures.json"), json);
  for (const fs::path& written : {file, raw, o.file("measures.json")}) report("{}", written.string());
}

ExitCode run(CompressOptions o) {
  if (o.hidden == 0) o.hidden = o.gray ? 200 : 100;
  if (o.latent == 0) o.latent = o.gray ? 50 : 40;
  if (o.epochs == 0) o.epochs = o.gray ? 20 : 100;
  for (const char* file : {"images.ans", "images.raw", "measures.json", "metrics.jsonl"})
    prepare_output_file(o.file(file));
  const data::Mnist all = load_data(o, data::PixelRange::unit);
  report_setting(o, all);
  Vae<> vae = make_vae(o);
  ExitCode code = success;
  if (!o.weights.empty()) {
    load_weights(o.weights, vae);
  } else {
    Trainer trainer{{.epochs = o.epochs, .batch_size = o.batch_size, .seed = o.seed},
                    JsonLines{o.file("metrics.jsonl")},
                    StopOnInterrupt{},
                    ProgressBar{!o.quiet}};
    code = ending(trainer.fit(vae, prepared(all.train, o, true)));
    save_weights(o.weights_file(), vae);
    report("{}", o.weights_file().string());
  }
  const Dataset test = prepared(all.test, o);
  compress_images(vae, o.images > 0 ? test.take(std::min(o.images, test.size())) : test, o);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  CompressOptions options;
  options.out = "out/mnist_compress";
  options.latent = options.epochs = 0;  // what the pixels ask for
  options.batch_size = 100;
  return run_mnist_program(argc, argv,
                           "Compresses the test images of MNIST or Fashion-MNIST without loss, by a VAE.",
                           options, add, run);
}
