#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "eigenerate/compression/compression_setting.hpp"
#include "eigenerate/compression/detail/model_setting.hpp"
#include "eigenerate/compression/frequency_table.hpp"
#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/models/pixel_cnn.hpp"
#include "eigenerate/network/predictor.hpp"

namespace eigenerate {

/// Lossless coding of images of categories with a trained `PixelCnn`, at the rate of its −log p(x). Of the
/// codes of a `VqVae` this is a lossy coding of its samples:
///
///     PixelCoder coder{prior};
///     compress(coder, vae.encode(images)).save("digits.ans");
///     const Matrix<float> again = vae.decode(decompress(coder, CompressedImages::load("digits.ans")));
///
/// Pixels are pushed from the last to the first, so that they are popped from the first to the last: each by
/// the probabilities that the pixels before it give, which stand there already.
///
/// It has its own copy of the weights.
///
/// **Shapes** x: a column of pixels, the whole numbers 0 … categories − 1.
/// **Cost** of pushing one evaluation of the network, of popping one for each pixel. Nothing allocates after
/// the first sample but the message.
/// **Errors** `ConfigError` for a model with classes, and for values that are no categories;
/// `DivergenceError` for logits that are not finite; `IoError` for a message that ends too early. A message
/// is of no use after an error.
/// **Numerics** popping gives what was pushed, to the bit, under the same `setting`: what a masked weight
/// adds is a zero, whether the pixels behind it are there or not.
/// **Source** van den Oord, Kalchbrenner & Kavukcuoglu 2016 (PixelRNN), for the model; Duda 2013 for the
/// coder.
template <Scalar S = float>
class PixelCoder {
 public:
  using scalar_type = S;

  explicit PixelCoder(const PixelCnn<S>& model, int mass_bits = 24)
      : setting_((require_no_classes(model),
                  detail::model_setting<S>("PixelCnn", {&model.network()}, model.sample_shape(),
                                           model.options().categories, mass_bits))),
        network_(model.network()),
        precision_(model.network().precision()),
        categorical_(Categorical{model.options().categories}),
        table_(model.options().categories, mass_bits),
        one_hot_(network_.input_shape().size(), 1),
        logits_(network_.output_shape().size(), 1) {}

  const Shape& sample_shape() const { return setting_.shape; }
  /// What each value of a sample may be: 0 … categories − 1.
  Index levels() const { return setting_.levels; }

  void push(AnsMessage& message, ConstView<S> x) {
    detail::require_levels("PixelCoder", x, setting_);
    one_hot_.setZero();
    for (Index i = 0; i < x.rows(); ++i) set(i, static_cast<Index>(x(i, 0)));
    network_.predict_into(logits_, one_hot_);
    for (Index i = x.rows(); i-- > 0;) table_of(i).push(message, static_cast<Index>(x(i, 0)));
  }

  void pop(AnsMessage& message, View<S> x) {
    detail::require_room("PixelCoder", x, setting_);
    one_hot_.setZero();
    for (Index i = 0; i < x.rows(); ++i) {
      network_.predict_into(logits_, one_hot_);
      const Index category = table_of(i).pop(message);
      x(i, 0) = static_cast<S>(category);
      set(i, category);
    }
  }

  /// What messages depend on, here and now: instruction set and precision may have been set since the last
  /// call.
  CompressionSetting setting() {
    detail::set_present(setting_, precision_);
    setting_.probe = probe();
    return setting_;
  }

 private:
  static void require_no_classes(const PixelCnn<S>& model) {
    if (model.classes() > 0)
      fail<ConfigError>(
          "PixelCoder: cannot code with a PixelCnn that reads labels; it needs one without classes");
  }

  void set(Index pixel, Index category) { one_hot_(levels() * pixel + category, 0) = 1; }

  FrequencyTable& table_of(Index pixel) {
    categorical_.masses(ConstView<S>(logits_), pixel, table_.masses());
    table_.update("PixelCoder");
    return table_;
  }

  /// What the network and all tables are for a fixed image.
  std::uint64_t probe() {
    Fingerprint print;
    one_hot_.setZero();
    const Index pixels = sample_shape().size();
    for (Index i = 0; i < pixels; ++i) set(i, (7 * i / 3) % levels());
    network_.predict_into(logits_, one_hot_);
    print.add_all(std::span<const S>(numbers(logits_)));
    for (Index i = 0; i < pixels; ++i) print.add_all(table_of(i).starts());
    return print.value();
  }

  CompressionSetting setting_;
  Predictor<S> network_;
  std::optional<MatmulPrecision> precision_;
  AnyLikelihood<S> categorical_;  // one compiled function for both directions, see `FrequencyTable`
  FrequencyTable table_;
  Matrix<S> one_hot_, logits_;  // of the sample that is being coded
};

}  // namespace eigenerate
