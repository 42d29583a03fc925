#pragma once
// Everything that `compare_gan_vae` measures of one trained model, by functions of the library that know
// nothing of the others.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <eigenerate/compression/compression.hpp>
#include <eigenerate/metrics/linear_classifier.hpp>
#include <eigenerate/metrics/perceptual_path_length.hpp>
#include <eigenerate/metrics/psnr.hpp>
#include <eigenerate/metrics/roc_auc.hpp>
#include <eigenerate/metrics/ssim.hpp>
#include <eigenerate/models/measure_log_likelihood.hpp>
#include <string>
#include <vector>

#include "compared_models.hpp"
#include "comparison_table.hpp"
#include "measures.hpp"

namespace examples {

/// How much is measured of each model.
struct Effort {
  Index judged = 1000;  ///< samples, beside as many test images
  Index encoded = 200;  ///< training images whose codes are learned from, and test images for all else
  InversionOptions search = {};  ///< for the codes of a GAN
  Index importance_samples = 100;
};

/// What models are measured on: images of the classes that they learn, and of the one that they never see.
struct ComparisonData {
  std::string dataset;
  Dataset test;
  Images all_test, learned, seen, odd;

  ComparisonData(const std::string& dataset_, const Dataset& train, const Dataset& test_,
                 const Dataset& unseen, const Effort& effort)
      : dataset(dataset_),
        test(test_),
        all_test(all_of(test_)),
        learned(some_of(all_of(train), std::min(effort.encoded, train.size()))),
        seen(some_of(all_test, std::min(effort.encoded, test_.size()))),
        odd(some_of(all_of(unseen), std::min(effort.encoded, unseen.size()))) {}
};

inline constexpr Shape digit{1, 28, 28};

/// Milliseconds of a call, the median of several.
template <class F>
double milliseconds(int calls, F&& call) {
  std::vector<double> times;
  for (int i = 0; i < calls; ++i) {
    const auto start = std::chrono::steady_clock::now();
    call();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + calls / 2, times.end());
  return times[static_cast<std::size_t>(calls / 2)];
}

/// The share of images whose class is what it should be.
inline double share_of_class(const FeatureClassifier& classifier, const Matrix<float>& images,
                             const std::vector<int>& labels) {
  return classifier_accuracy(classifier.probabilities(classifier.features(images)), labels).value;
}

/// Quality, diversity, and whether the run failed: a class is below 2 % of the samples. What real images are
/// found to be stands beside by `real_…`.
inline void measure_samples(const Comparison& c, int left_out, Figures& f) {
  const auto both = [&](const char* key, double made, double floor) {
    f[key] = made;
    f[std::string("real_") + key] = floor;
  };
  const auto& [a, b, all] = std::tie(c.real.features, c.made.features, c.all_real);
  const auto floor_of = [&](auto measure) { return real_floor(all, c.size(), measure); };
  const auto frechet = [](const auto& x, const auto& y) { return frechet_distance(x, y); };
  const auto manifolds = [](const auto& x, const auto& y) { return precision_recall(x, y); };
  const auto balls = [](const auto& x, const auto& y) { return density_coverage(x, y); };
  both("frechet", frechet(a, b).value, floor_of(frechet).value);
  const auto share = manifolds(a, b), share_floor = floor_of(manifolds);
  both("precision", share.precision.value, share_floor.precision.value);
  both("recall", share.recall.value, share_floor.recall.value);
  both("coverage", balls(a, b).coverage.value, floor_of(balls).coverage.value);
  both("recognized", recognized_share(c.made.probabilities).value,
       recognized_share(c.real.probabilities).value);
  both("sharpness", sharpness(c.made.pixels, digit).value / sharpness(c.real.pixels, digit).value, 1);
  const auto smallest = [&](const std::vector<int>& told) {
    std::vector<Index> counts = label_distribution(told, 10).counts;
    counts.erase(counts.begin() + left_out);
    return static_cast<double>(*std::min_element(counts.begin(), counts.end())) /
           static_cast<double>(told.size());
  };
  both("smallest_class", smallest(c.made.told), smallest(c.real.told));
  f["failed"] = f["smallest_class"] < 0.02;
}

/// Codes of real images: what they tell of the class, what comes back of the image, what lies between two,
/// and whether images of a class never seen come back worse. `back` gets what comes back, `between` five
/// images of each way.
template <class Space>
void measure_codes(const Space& space, const ComparisonData& d, const FeatureClassifier& classifier,
                   Figures& f, Matrix<float>& back, Matrix<float>& between) {
  const Matrix<float> learned = space.embed(d.learned.pixels), codes = space.embed(d.seen.pixels),
                      odd = space.embed(d.odd.pixels);
  f["linear_accuracy"] = [&] {
    const std::vector<int> told = fit_linear_classifier(learned.template cast<double>(), d.learned.labels, 10)
                                      .predict(codes.template cast<double>());
    double right = 0;
    for (std::size_t i = 0; i < told.size(); ++i) right += told[i] == d.seen.labels[i];
    return right / static_cast<double>(told.size());
  }();

  back = space.decode(codes);
  f["psnr"] = psnr(back, d.seen.pixels).value;
  f["ssim"] = ssim(back, d.seen.pixels, digit).value;
  f["class_kept"] = share_of_class(classifier, back, d.seen.labels);
  // A byte for a number: levels 6/255 apart, where the prior has all but 0.3 % of it.
  const Matrix<float> bytes =
      ((codes.array().max(-3.0f).min(3.0f) + 3) * (255.0f / 6)).round() * (6 / 255.0f) - 3;
  f["ssim_of_bytes"] = ssim(space.decode(bytes), d.seen.pixels, digit).value;

  const Index pairs = codes.cols() / 2;
  Matrix<float> ways(codes.rows(), 5 * pairs);
  for (Index i = 0; i < pairs; ++i)
    ways.middleCols(5 * i, 5) =
        latent_path<float>(LatentPath::spherical, codes.col(i), codes.col(pairs + i), 5);
  between = space.decode(ways);
  Matrix<float> middles(between.rows(), 3 * pairs);
  for (Index i = 0; i < pairs; ++i) middles.middleCols(3 * i, 3) = between.middleCols(5 * i + 1, 3);
  f["between_recognized"] = recognized_share(classifier.probabilities(classifier.features(middles))).value;

  f["odd_by_error"] =
      roc_auc(squared_distances(d.seen.pixels, back), squared_distances(d.odd.pixels, space.decode(odd)))
          .value;
  f["encoding_ms"] = milliseconds(9, [&] { space.embed(d.seen.pixels.leftCols(1)); });
}

/// Of binary test images: −log p(x) in nats, and what they cost as a file, which has to give them back.
inline void measure_likelihood(const Vae<>& vae, const ComparisonData& d, const Effort& effort, Figures& f) {
  const Dataset binary = data::binarize_static(d.test.take(std::min(effort.encoded, d.test.size())), 0);
  f["nll"] = measure_log_likelihood(vae, binary, {.samples = effort.importance_samples}).nll().value;
  const Matrix<float> x = all_of(binary).pixels;
  BitsBack codec{vae};
  const CompressedImages compressed = compress(codec, x);
  if (decompress(codec, compressed) != x)
    throw Error("bits-back coding: the images that came back are others");
  f["bits"] = compressed.bits_per_dimension();
}

/// What a model was found to be.
struct Measured {
  Figures figures;
  Matrix<float> samples, back, between;
};

template <class Column, class Model>
Measured measure(const Model& model, const ComparisonData& d, const Effort& effort, int left_out,
                 std::uint64_t seed) {
  Measured m;
  Figures& f = m.figures;
  const Comparison c(d.dataset, draw(model, effort.judged, seed), d.all_test, effort.judged);
  measure_samples(c, left_out, f);
  m.samples = c.samples.pixels;
  f["path_length"] = perceptual_path_length([&](const auto& z) { return model.decode(z); },
                                            [&](const auto& x) { return c.classifier.features(x); },
                                            model.latent_size(), {.samples = effort.judged / 2})
                         .value;
  measure_codes(Column::space(model, effort.search), d, c.classifier, f, m.back, m.between);
  f["odd_by_own"] =
      roc_auc(Column::oddness(model, d.seen.pixels), Column::oddness(model, d.odd.pixels)).value;
  if constexpr (std::is_same_v<Model, Vae<>>) measure_likelihood(model, d, effort, f);

  const auto sampler = model.make_sampler();
  Matrix<float> one(digit.size(), 1);
  f["sampling_ms"] = milliseconds(99, [&] { sampler.sample_into(one); });
  const Summary all = summary(model, 64);
  f["parameters"] = static_cast<double>(all.total.parameters);
  const auto& bytes = all.memory;
  f["megabytes"] = static_cast<double>(bytes.parameters + bytes.buffers + bytes.averages + bytes.gradients +
                                       bytes.optimizer + bytes.workspaces) /
                   1e6;
  return m;
}

}  // namespace examples
