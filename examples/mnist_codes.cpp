// Compresses images with loss: by the codes of a VQ-VAE, which a PixelCNN makes cheap, beside JPEG. What each
// costs, and what comes back.

#include <eigenerate/compression/compression.hpp>
#include <eigenerate/compression/pixel_coder.hpp>
#include <eigenerate/layers/masked_conv2d.hpp>
#include <eigenerate/metrics/psnr.hpp>
#include <eigenerate/metrics/ssim.hpp>
#include <eigenerate/models/vq_vae.hpp>

#include "support/jpeg_codec.hpp"
#include "support/mnist_program.hpp"

using namespace examples;

namespace {

struct CodesOptions : MnistOptions {
  std::vector<Index> books{32};
  Index channels = 16;
  Index images = 1000;
  bool full = false;
};

void add(CLI::App& app, CodesOptions& o) {
  add_data_options(app, o);
  app.add_flag("--full", o.full, "Books of 4, 32 and 256 codes, and twice as many passes");
  app.add_option("--codes", o.books, "In the book of a VQ-VAE, 49 of which are an image; several: one each")
      ->check(CLI::Range(2, 4096))
      ->excludes("--full")
      ->capture_default_str();
  app.add_option("--channels", o.channels, "Of the VQ-VAE's first convolution")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--images", o.images, "Test images to compress")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str();
  app.add_option("--epochs", o.epochs, "Passes over the data, of each of both models")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "Images per step")
      ->check(CLI::Range(2, 65536))
      ->capture_default_str();
  app.add_option("--seed", o.seed, "Of weights, data order and initial bits")->capture_default_str();
  app.add_option("--threads", o.threads, "Threads; 0 is one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--out", o.out, "Folder for compressed files, measures and the picture")
      ->capture_default_str();
  app.add_flag("--quiet", o.quiet, "No progress on standard error");
}

constexpr Shape digit{1, 28, 28};

VqVae<float> make_vae(const CodesOptions& o, Index codes) {
  const Index c = o.channels;
  return {Sequential{Conv2d{1, c, halving}, Relu{}, Conv2d{c, 2 * c, halving}, Relu{},
                     Conv2d{2 * c, 8, {.kernel = 1}}},
          Sequential{Conv2d{8, 2 * c, {.padding = 1}}, Relu{}, ConvTranspose2d{2 * c, c, doubling}, Relu{},
                     ConvTranspose2d{c, 1, doubling}},
          {.quantizer = VectorQuantizer{codes}, .sample = digit, .optimizer = Adam{2e-3}, .seed = o.seed}};
}

PixelCnn<float> make_prior(const CodesOptions& o, const Shape& shape, Index codes) {
  constexpr Index hidden = 32;
  const Residual block{
      Sequential{Relu{}, MaskedConv2d{hidden, hidden}, Relu{}, MaskedConv2d{hidden, hidden, {.kernel = 1}}}};
  return {Sequential{MaskedConv2d{codes, hidden, {.kernel = 5, .sees_center = false}}, block, block, Relu{},
                     MaskedConv2d{hidden, codes, {.kernel = 1}}},
          {.sample = shape, .categories = codes, .optimizer = Adam{3e-3}, .seed = o.seed}};
}

/// Rows of rate and likeness, for people and for scripts.
class RateTable {
 public:
  RateTable(const CodesOptions& o, Matrix<float> truth, std::vector<int> labels)
      : truth_(std::move(truth)),
        labels_(std::move(labels)),
        classifier_(o.dataset == "fashion" ? fashion_features() : digit_features()) {
    report("{} test images; features: {}", truth_.cols(), classifier_.name());
    report("{:<24}{:>16}{:>18}{:>18}{:>18}", "", "bits a pixel", "PSNR, dB", "SSIM", "class told, %");
  }
  const Matrix<float>& truth() const { return truth_; }
  double likeness(const Matrix<float>& images) const { return ssim(images, truth_, digit).value; }

  void row(const std::string& name, double bits, const Matrix<float>& images) {
    const bool is_truth = images == truth_;
    const double rate = bits / static_cast<double>(truth_.size());
    const Estimate noise = is_truth ? Estimate{} : psnr(images, truth_), alike = ssim(images, truth_, digit),
                   told =
                       classifier_accuracy(classifier_.probabilities(classifier_.features(images)), labels_);
    report("{:<24}{:>16.4f}{:>18}{:>18}{:>18}", name, rate, is_truth ? "" : to_string(noise),
           to_string(alike), to_string(Estimate{100 * told.value, 100 * told.standard_error}));
    json_.push_back({{"codec", name},
                     {"bits", rate},
                     {"psnr", {noise.value, noise.standard_error}},
                     {"ssim", {alike.value, alike.standard_error}},
                     {"accuracy", {told.value, told.standard_error}}});
  }
  void write(const fs::path& path) const { write_line(path, json_); }

 private:
  Matrix<float> truth_;
  std::vector<int> labels_;
  FeatureClassifier classifier_;
  nlohmann::ordered_json json_ = nlohmann::ordered_json::array();
};

/// All images as one JPEG, which pays for its header once, and what comes back of each.
struct JpegSheet {
  double bits = 0;
  Matrix<float> images;
};

JpegSheet jpeg_sheet(const Matrix<float>& images, int quality) {
  const Bitmap sheet = image_grid(as_const(images), digit, {.padding = 0});
  const JpegCopy copy = through_jpeg(sheet, quality);
  JpegSheet result{8 * static_cast<double>(copy.bytes), Matrix<float>(images.rows(), images.cols())};
  const Index columns = sheet.width / digit.width;
  for (Index i = 0; i < images.cols(); ++i)
    for (Index row = 0; row < digit.height; ++row)
      for (Index x = 0; x < digit.width; ++x) {
        const Index at = (i / columns * digit.height + row) * sheet.width + i % columns * digit.width + x;
        result.images(row * digit.width + x, i) =
            static_cast<float>(copy.picture.bytes[static_cast<std::size_t>(at)]) / 255;
      }
  return result;
}

/// The lowest quality at which JPEG is as like to the images as that; 100 where none is.
int jpeg_quality_of(const RateTable& table, double likeness) {
  int low = 0, high = 100;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (table.likeness(jpeg_sheet(table.truth(), middle).images) < likeness ? low : high) = middle;
  }
  return high;
}

/// Whether it came to the end.
template <class M>
bool fit(M& model, const Dataset& train, const Dataset& test, const CodesOptions& o) {
  Trainer trainer{trainer_options(o, o.epochs, CosineSchedule{0.1}), StopOnInterrupt{},
                  ProgressBar{!o.quiet}};
  if (trainer.fit(model, train, test).stop_reason != StopOnInterrupt::reason) return true;
  fmt::print(stderr, "interrupted; what was learned of these codes is lost\n");
  return false;
}

ExitCode run(CodesOptions o) {
  if (o.full) {
    o.books = {4, 32, 256};
    o.epochs *= 2;
  }
  for (const char* file : {"measures.json", "compressed.png"}) prepare_output_file(o.file(file));
  const data::Mnist images = load_data(o, data::PixelRange::unit);
  report("data: {} training and {} test images from {}", images.train.size(), images.test.size(),
         fs::path(images.train.name()).parent_path().string());
  const Images test = all_of(images.test.take(std::min(o.images, images.test.size())));
  RateTable table(o, test.pixels, test.labels);
  const Index columns = std::min<Index>(20, test.pixels.cols());
  std::vector<Matrix<float>> shown{test.pixels.leftCols(columns)};
  for (const Index codes : o.books) {
    VqVae<float> vae = make_vae(o, codes);
    if (!fit(vae, images.train, images.test, o)) return interrupted;
    PixelCnn<float> prior = make_prior(o, vae.code_shape(), codes);
    if (!fit(prior, vae.encode(images.train), vae.encode(images.test), o)) return interrupted;

    const fs::path file = fs::path(o.out) / fmt::format("images-{}.ans", codes);
    PixelCoder coder{prior};
    compress(coder, vae.encode(test.pixels), o.seed).save(file);
    const CompressedImages read = CompressedImages::load(file);
    const Matrix<float> back = vae.decode(decompress(coder, read));
    table.row(fmt::format("{} codes", codes), static_cast<double>(read.bits()), back);
    report("{}", file.string());

    const int quality = jpeg_quality_of(table, table.likeness(back));
    const JpegSheet jpeg = jpeg_sheet(test.pixels, quality);
    table.row(fmt::format("JPEG, quality {}", quality), jpeg.bits, jpeg.images);
    shown.push_back(back.leftCols(columns));
    shown.push_back(jpeg.images.leftCols(columns));
  }
  table.row("true images", 8 * static_cast<double>(test.pixels.size()), test.pixels);
  table.write(o.file("measures.json"));

  Matrix<float> tiles(digit.size(), static_cast<Index>(shown.size()) * columns);
  for (std::size_t i = 0; i < shown.size(); ++i)
    tiles.middleCols(static_cast<Index>(i) * columns, columns) = shown[i];
  write_image_grid(o.file("compressed.png"), as_const(tiles), digit, {.columns = columns});
  for (const char* file : {"measures.json", "compressed.png"}) report("{}", o.file(file).string());
  return success;
}

}  // namespace

int main(int argc, char** argv) {
  CodesOptions options;
  options.out = "out/mnist_codes";
  options.epochs = 6;
  options.batch_size = 64;
  return run_mnist_program(argc, argv, "Compresses images by the codes of a VQ-VAE, beside JPEG.", options,
                           add, [](const CodesOptions& o) { return run(o); });
}
