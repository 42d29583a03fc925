// Trains the small classifier whose features judge generated images, and writes it down as a header:
//
//     train_features mnist include/eigenerate/metrics/detail/digit_weights.hpp --epochs 20
//     train_features fashion include/eigenerate/metrics/detail/fashion_weights.hpp --epochs 30
//
// The recipe: AdamW with half a cosine after a warm-up, batches of 128, images shifted by up to two pixels
// (clothes also mirrored), dropout before the classes. Batch norms are then folded into the layers before
// them, and the weights rounded to eight bits. An epoch takes 16 s on one core with AVX-512.

#include <fmt/format.h>

#include <cstdio>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/metrics/feature_classifier.hpp>
#include <string>

#include "support/classifier.hpp"
#include "support/mnist_program.hpp"

namespace {

using namespace examples;

/// Moves an image by up to two pixels in each direction, and mirrors every second one where that is wanted.
SampleTransform jitter(bool mirrors) {
  return SampleTransform([mirrors](auto image, const SampleKey& key) {
    constexpr Index side = 28;
    const auto draws = RandomStream{0, Purpose::user}
                           .lane(static_cast<std::uint64_t>(key.epoch))
                           .words(static_cast<std::uint64_t>(key.sample));
    const Index down = Index{draws[0] % 5} - 2, right = Index{draws[1] % 5} - 2;
    const bool mirrored = mirrors && (draws[2] & 1) == 1;
    const std::vector<float> before(image.begin(), image.end());
    for (Index y = 0; y < side; ++y)
      for (Index x = 0; x < side; ++x) {
        const Index from_y = y - down, from_x = (mirrored ? side - 1 - x : x) - right;
        const bool inside = from_y >= 0 && from_y < side && from_x >= 0 && from_x < side;
        image[static_cast<std::size_t>(y * side + x)] =
            inside ? before[static_cast<std::size_t>(from_y * side + from_x)] : 0;
      }
  });
}

/// The body and head of a `FeatureClassifier` with a batch norm behind each layer with weights. It turns the
/// sign of nothing, so that folding and pooling can change places.
Network<float> make_network(std::uint64_t seed) {
  const Conv2dOptions same{.kernel = 3, .padding = 1, .bias = false};
  return Network<float>{Sequential{Conv2d{1, 16, same},
                                   BatchNorm{16},
                                   Relu{},
                                   MaxPool{2},
                                   Conv2d{16, 48, same},
                                   BatchNorm{48},
                                   Relu{},
                                   MaxPool{2},
                                   Conv2d{48, 64, same},
                                   BatchNorm{64},
                                   Relu{},
                                   Conv2d{64, 64, same},
                                   BatchNorm{64},
                                   Relu{},
                                   MaxPool{2},
                                   Flatten{},
                                   Linear{64 * 3 * 3, FeatureClassifier::width, false},
                                   BatchNorm{FeatureClassifier::width},
                                   Relu{},
                                   Dropout{0.3},
                                   Linear{FeatureClassifier::width, FeatureClassifier::classes}},
                        Shape{1, 28, 28},
                        {.initializer = HeInit{}, .seed = seed}};
}

/// Puts each batch norm of the trained network into the layer before it: w·γ/√(σ² + ε) and β − µ·γ/√(σ² + ε).
void fold(const Network<float>& trained, Network<float>& body, Network<float>& head) {
  const auto& p = trained.parameters();
  const auto& buffers = trained.buffers();
  const std::array from{0, 4, 8, 11, 16}, to{0, 3, 6, 8, 12};
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::string norm = std::to_string(from[i] + 1);
    const Vector<float> scale =
        p[norm + ".weight"].array() / (buffers[norm + ".running_var"].array() + 1e-5f).sqrt();
    const auto weight = p[std::to_string(from[i]) + ".weight"];
    const Index channels = scale.size();
    auto folded = body.parameters()[std::to_string(to[i]) + ".weight"];
    View<float>(folded.data(), folded.size() / channels, channels) =
        ConstView<float>(weight.data(), weight.size() / channels, channels) * scale.asDiagonal();
    body.parameters()[std::to_string(to[i]) + ".bias"] =
        p[norm + ".bias"].array() - buffers[norm + ".running_mean"].array() * scale.array();
  }
  head.parameters()["weight"] = p["20.weight"];
  head.parameters()["bias"] = p["20.bias"];
}

double accuracy(const FeatureClassifier& classifier, const Dataset& images) {
  Index right = 0;
  Batches<float> batches(images, {.order = BatchOrder::sequential});
  for (const auto& batch : batches.epoch(0)) {
    const Matrix<float> logits = classifier.logits(classifier.features(batch.samples));
    for (Index i = 0; i < logits.cols(); ++i) {
      Index best = 0;
      logits.col(i).maxCoeff(&best);
      right += best == batch.labels[static_cast<std::size_t>(i)];
    }
  }
  return static_cast<double>(right) / static_cast<double>(images.size());
}

/// The weights as an array of pieces of text, which compilers read faster and of any length.
void write_header(const fs::path& path, const std::string& name, const std::string& comment,
                  const std::string& packed) {
  std::string text = fmt::format(
      "#pragma once\n\n// {}\n// clang-format off\nnamespace eigenerate::detail {{\n\n"
      "inline constexpr const char* {}[] = {{\n",
      comment, name);
  constexpr std::size_t piece = 4000;
  for (std::size_t at = 0; at < packed.size(); at += piece)
    text += "    \"" + packed.substr(at, piece) + "\",\n";
  text += "};\n\n}  // namespace eigenerate::detail\n";
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

ExitCode run(const MnistOptions& o, double learning_rate, const fs::path& header) {
  const bool clothes = o.dataset == "fashion";
  const data::Mnist images = load_data(o, data::PixelRange::unit);
  Classifier model{{make_network(o.seed), {.optimizer = AdamW{learning_rate}}}};
  Trainer trainer{{.epochs = o.epochs,
                   .batch_size = o.batch_size,
                   .seed = o.seed,
                   .schedule = WarmUp{500, CosineSchedule{}}},
                  StopOnInterrupt{},
                  ProgressBar{!o.quiet}};
  const FitResult result = trainer.fit(model, images.train.transformed(jitter(clothes)), images.test);
  if (result.stopped) return interrupted;

  Network<float> body = FeatureClassifier::make_body(), head = FeatureClassifier::make_head();
  fold(model.learner.network, body, head);
  const std::string packed = FeatureClassifier::packed(body, head);
  const char* const pieces[] = {packed.c_str()};
  const double share = accuracy(FeatureClassifier("trained", pieces), images.test);
  report("test images told: {:.2f} %, before folding and rounding {:.2f} %", 100 * share,
         100 - 100 * (*result.last_epoch->held_out)["error"]);
  write_header(header, clothes ? "fashion_weights" : "digit_weights",
               fmt::format("Written by examples/train_features.cpp ({}, {} epochs, seed {}): {:.2f} % of the "
                           "test images told.",
                           o.dataset, o.epochs, o.seed, 100 * share),
               packed);
  report("{}: {} characters", header.string(), packed.size());
  return success;
}

}  // namespace

int main(int argc, char** argv) {
  MnistOptions o;
  double learning_rate = 2e-3;
  o.epochs = 12;
  std::string header;
  CLI::App app{"Trains the classifier whose features judge generated images."};
  app.add_option("dataset", o.dataset, "Data set")->check(CLI::IsMember({"mnist", "fashion"}))->required();
  app.add_option("header", header, "File that is written")->required();
  app.add_option("--data", o.data, "Folder with the four IDX files, plain or .gz");
  app.add_option("--epochs", o.epochs, "Passes over the training data")->check(CLI::Range(1, 1000));
  app.add_option("--learning-rate", learning_rate, "Of AdamW")->check(positive_number());
  app.add_option("--seed", o.seed, "Of weights, data order and noise");
  CLI11_PARSE(app, argc, argv);
  return run_guarded([&] {
    prepare_output_file(header);
    return run(o, learning_rate, header);
  });
}
