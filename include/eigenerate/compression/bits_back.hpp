#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "eigenerate/compression/compression_setting.hpp"
#include "eigenerate/compression/detail/model_setting.hpp"
#include "eigenerate/compression/fingerprint.hpp"
#include "eigenerate/compression/frequency_table.hpp"
#include "eigenerate/compression/normal_buckets.hpp"
#include "eigenerate/models/vae.hpp"
#include "eigenerate/network/predictor.hpp"

namespace eigenerate {

/// How finely a `BitsBack` cuts what it codes.
struct BitsBackOptions {
  int latent_bits = 12;  ///< 2^latent_bits buckets of a latent dimension
  int mass_bits = 24;    ///< probabilities of levels are multiples of 2^-mass_bits
};

/// Lossless coding of samples with a trained VAE, at the rate of its negative ELBO.
///
/// A sample x is pushed in three steps, and popped by their reverse:
///
///     z ← pop by q(z|x)      takes bits off the message: −log q(z|x) of them are got back
///     push x by p(x|z)       −log p(x|z) bits
///     push z by p(z)         −log p(z) bits
///
/// On average over z the message grows by E log q(z|x) − log p(x|z) − log p(z), which is −ELBO. The first
/// sample finds no bits to draw z with: a message that serves it begins with random words
/// (`AnsMessage(initial)`), once for all samples that follow.
///
///     BitsBack codec{vae};
///     AnsMessage message{RandomStream{7}};
///     for (Index i = 0; i < n; ++i) codec.push(message, levels.col(i));
///     for (Index i = n; i-- > 0;) codec.pop(message, levels.col(i));
///
/// It has its own copy of the weights, and does not change when the model trains on. Encoder and decoder are
/// evaluated for one sample at a time, whatever else a program computes: products of one column have bits of
/// their own.
///
/// **Shapes** x: a column of features, the whole numbers 0 … levels − 1.
/// **Cost** encoder and decoder for one sample; a table of masses for each feature. Nothing allocates after
/// the first sample but the message, and that not where it was reserved.
/// **Errors** `ConfigError` naming a part that does not fit: another posterior than
/// `DiagonalNormalPosterior`, another prior than `StandardNormal`, a likelihood without masses of levels, a
/// model with classes; and for values that are no levels. `DivergenceError` for outputs of the networks that
/// are not finite. `IoError` for a message that ends too early. A message is of no use after an error.
/// **Numerics** popping gives what was pushed, to the bit, under the same `setting`, for any number of
/// threads. Rates differ from −ELBO by what whole numbers cost: below 0.1 % for digits.
/// **Source** Townsend, Bird & Barber 2019, "Practical lossless compression with latent variables using bits
/// back coding" (BB-ANS), section 2 and algorithm 1.
template <Scalar S = float>
class BitsBack {
 public:
  using scalar_type = S;

  explicit BitsBack(const Vae<S>& vae, const BitsBackOptions& options = {})
      : setting_((require_parts(vae), detail::model_setting<S>(
                                          vae.likelihood().kind(), {&vae.encoder(), &vae.decoder()},
                                          vae.sample_shape(), vae.likelihood().levels(), options.mass_bits))),
        encoder_(vae.encoder()),
        decoder_(vae.decoder()),
        precision_(vae.encoder().precision()),
        posterior_(*vae.parts().posterior().distribution().template as<DiagonalNormal>()),
        likelihood_(vae.likelihood()),
        buckets_(options.latent_bits, posterior_bits(options.latent_bits)),
        table_(likelihood_.levels(), options.mass_bits),
        h_(encoder_.output_shape().size(), 1),
        mean_(vae.latent_size(), 1),
        log_variance_(vae.latent_size(), 1),
        z_(vae.latent_size(), 1),
        parameters_(decoder_.output_shape().size(), 1),
        chosen_(static_cast<std::size_t>(vae.latent_size())) {
    setting_.latent_bits = options.latent_bits;
  }

  const Shape& sample_shape() const { return setting_.shape; }
  Index latent_size() const { return z_.rows(); }
  /// What each value of a sample may be: 0 … levels − 1.
  Index levels() const { return setting_.levels; }

  void push(AnsMessage& message, ConstView<S> x) {
    detail::require_levels("BitsBack", x, setting_);
    encode(x);
    for (Index i = 0; i < latent_size(); ++i) choose(i, buckets_.pop(message, mean(i), deviation(i)));
    decode();
    for (Index f = 0; f < x.rows(); ++f) table_of(f).push(message, static_cast<Index>(x(f, 0)));
    for (Index i = 0; i < latent_size(); ++i) buckets_.push(message, chosen(i));
  }

  void pop(AnsMessage& message, View<S> x) {
    detail::require_room("BitsBack", x, setting_);
    for (Index i = latent_size(); i-- > 0;) choose(i, buckets_.pop(message));
    decode();
    for (Index f = x.rows(); f-- > 0;) x(f, 0) = static_cast<S>(table_of(f).pop(message));
    encode(x);
    for (Index i = latent_size(); i-- > 0;) buckets_.push(message, chosen(i), mean(i), deviation(i));
  }

  /// What messages depend on, here and now: instruction set and precision may have been set since the last
  /// call.
  CompressionSetting setting() {
    detail::set_present(setting_, precision_);
    setting_.probe = probe();
    return setting_;
  }

 private:
  /// Every bucket has one of the 2^posterior_bits numbers at least, so that a share 2^(latent_bits −
  /// posterior_bits) of all z_i are drawn evenly, not by the posterior, and cost far more: with 14 bits more
  /// one in 400 samples of 40 dimensions has such a one.
  static int posterior_bits(int latent_bits) {
    return std::min(latent_bits + 14, AnsMessage::most_precision);
  }

  static void require_parts(const Vae<S>& vae) {
    const auto refuse = [](std::string_view part, std::string_view kind, std::string_view wanted) {
      fail<ConfigError>("BitsBack: cannot code with the {} {}; it needs {}", part, kind, wanted);
    };
    if (!vae.parts().posterior().distribution().template as<DiagonalNormal>())
      refuse("posterior", vae.parts().posterior().kind(),
             "independent normal dimensions, DiagonalNormalPosterior");
    if (!vae.has_standard_normal_latent()) refuse("prior", vae.parts().prior().kind(), "StandardNormal");
    if (!vae.likelihood().has_masses())
      refuse("likelihood", vae.likelihood().kind(),
             "probabilities of levels, as Bernoulli and BetaBinomial have them");
    if (vae.classes() > 0) refuse("networks of", "a conditional Vae", "one without classes");
  }

  /// q(z|x).
  void encode(ConstView<S> x) {
    encoder_.predict_into(h_, x);
    posterior_.mean(as_const(h_), as_view(mean_));
    posterior_.log_variance(as_const(h_), as_view(log_variance_));
  }
  double mean(Index i) const { return static_cast<double>(mean_(i, 0)); }
  double deviation(Index i) const { return std::exp(0.5 * static_cast<double>(log_variance_(i, 0))); }

  void choose(Index i, Index bucket) {
    chosen_[static_cast<std::size_t>(i)] = bucket;
    z_(i, 0) = static_cast<S>(buckets_.center(bucket));
  }
  Index chosen(Index i) const { return chosen_[static_cast<std::size_t>(i)]; }

  /// p(x|z).
  void decode() { decoder_.predict_into(parameters_, as_const(z_)); }
  FrequencyTable& table_of(Index feature) {
    likelihood_.masses(parameters_, feature, table_.masses());
    table_.update(likelihood_.kind());
    return table_;
  }

  /// What the networks and all tables are for two fixed samples and latent vectors.
  std::uint64_t probe() {
    Fingerprint print;
    Matrix<S> x(sample_shape().size(), 1);
    for (const Index step : {1, 7}) {
      for (Index f = 0; f < x.rows(); ++f) x(f, 0) = static_cast<S>((step * f / 3) % levels());
      encode(x);
      print.add_all(std::span<const S>(numbers(h_)));
      for (Index i = 0; i < latent_size(); ++i) {
        choose(i, (step * i + 1) % 11 * buckets_.count() / 11);
        print.add(buckets_.start(chosen(i), mean(i), deviation(i)));
      }
      decode();
      print.add_all(std::span<const S>(numbers(parameters_)));
      for (Index f = 0; f < x.rows(); ++f) print.add_all(table_of(f).starts());
    }
    return print.value();
  }

  CompressionSetting setting_;
  Predictor<S> encoder_, decoder_;
  std::optional<MatmulPrecision> precision_;
  DiagonalNormal posterior_;
  AnyLikelihood<S> likelihood_;
  NormalBuckets buckets_;
  FrequencyTable table_;
  // Of the sample that is being coded:
  Matrix<S> h_, mean_, log_variance_, z_, parameters_;
  std::vector<Index> chosen_;  // buckets
};

}  // namespace eigenerate
