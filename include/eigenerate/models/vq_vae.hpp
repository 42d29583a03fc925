#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/models/vq_vae_options.hpp"
#include "eigenerate/models/warning.hpp"
#include "eigenerate/optim/learner_list.hpp"
#include "eigenerate/optim/step_transaction.hpp"

namespace eigenerate {

/// VQ-VAE: an autoencoder whose latent image is made of codes. The encoder puts out a vector for every pixel
/// of the latent image, a `VectorQuantizer` takes the nearest code for it, and the decoder sees the codes.
///
/// It minimises −log p(x|e) + β ‖h − sg(e)‖², of the encoder's vectors h and their codes e, where sg takes no
/// gradient; the decoder's gradient goes straight through to h. The codes are averages of the vectors they
/// serve, or, with `CodebookLearning::gradient`, minimise ‖sg(h) − e‖², which joins the loss.
///
/// Its prior comes afterwards: another model learns the codes, as a `PixelCnn` does, and samples of that one
/// are decoded (`VqVaeSampler`).
///
///     VqVae vae{encoder, decoder, {.quantizer = VectorQuantizer{64}}};
///     trainer.fit(vae, digits);
///     prior_trainer.fit(prior, vae.encode(digits));
///
/// **Shapes** samples features × n, one per column; codes positions × n, numbers in [0, K), row by row.
/// The encoder's output, channels×H×W, is the decoder's input, with H·W positions.
/// **Errors** `ShapeError` or `ConfigError` while building; `ShapeError` for samples that do not fit,
/// `ConfigError` for numbers that are no codes.
/// **Numerics** all figures are means over the batch, summed over features or positions; −log p in nats. Of
/// a step that is taken in parts, each moves the averages as a batch does.
/// **Source** van den Oord, Vinyals & Kavukcuoglu 2017, eq. 3.
template <Scalar S = float>
class VqVae {
 public:
  using scalar_type = S;
  using Options = BasicVqVaeOptions<S>;

  VqVae(AnyLayer<S> encoder, AnyLayer<S> decoder, Options options = {});

  const Options& options() const { return options_; }
  const Shape& sample_shape() const { return sample_; }
  /// The codes of a sample as an image of one channel: 1×H×W.
  Shape code_shape() const { return {1, latent_shape().height, latent_shape().width}; }
  /// K.
  Index codes() const { return options_.quantizer.codes; }
  /// The interval that decoded samples cannot leave, where there is one.
  std::optional<ValueRange> sample_range() const {
    const ValueRange support = options_.likelihood.support();
    if (support.is_bounded()) return support;
    return decoder().plan().output_range;
  }
  Network<S>& encoder() { return encoder_.network; }
  const Network<S>& encoder() const { return encoder_.network; }
  Network<S>& quantizer() { return quantizer_.network; }
  const Network<S>& quantizer() const { return quantizer_.network; }
  Network<S>& decoder() { return decoder_.network; }
  const Network<S>& decoder() const { return decoder_.network; }

  // ---- The contract of a Model

  void prepare(Index max_batch) { prepare(max_batch, max_batch); }
  void prepare(Index max_part, Index max_batch);

  /// `loss`, `reconstruction` (−log p(x|e)), `commitment` (‖h − e‖², without its weight), `perplexity` (e to
  /// the entropy of how often the batch used each code) and `codes_used` (the share of the book that it
  /// used).
  StepMetrics train_step(const Batch<S>& batch, const StepContext& context);

  /// The same figures with nothing learned.
  StepMetrics evaluate(const Batch<S>& batch, const StepContext& context);

  /// Warns of a last layer that bounds what the decoder's likelihood must reach.
  std::vector<Warning> setup_warnings(const Batch<S>& batch, const ValueRange& range) const;
  /// Refuses values that the likelihood gives no probability.
  void require_values(const ValueRange& range, std::string_view name) const;

  std::vector<MetricName> figures() const {
    return {"loss", "reconstruction", "commitment", "perplexity", "codes_used"};
  }

  /// From the loss backwards.
  LearnerList<Learner<S>> learners() { return list<Learner<S>>(*this); }
  LearnerList<const Learner<S>> learners() const { return list<const Learner<S>>(*this); }

  // ---- What users do with a trained model

  /// The number of the code at every position of every sample.
  Matrix<S> encode(ConstView<S> x) const;
  /// The codes of all samples, as images of whole numbers with the labels of theirs: what a prior learns.
  Dataset encode(const Dataset& data) const;
  /// The mean of p(x|e) for the codes of these numbers.
  Matrix<S> decode(ConstView<S> codes) const;
  /// The means of p(x|e) for the codes of these samples.
  Matrix<S> reconstruct(ConstView<S> x) const { return decode_vectors(quantized(x)); }

 private:
  /// Everything a pass writes besides the learners' own state.
  struct Memory {
    Memory(const VqVae& model, Index part, Index step)
        : max_part(part),
          max_batch(std::max(part, step)),
          encoder(model.encoder().make_workspace(part)),
          quantizer(model.quantizer().make_workspace(part)),
          decoder(model.decoder().make_workspace(part)),
          d_parameters(model.decoder().output_shape().size() * part),
          dh(model.latent_shape().size() * part),
          log_px(part),
          weights(part),
          uses(model.codes()) {}

    Index max_part, max_batch;
    Workspace<S> encoder, quantizer, decoder;
    UndoMemory<S> undo;
    Vector<S> d_parameters, dh;
    Vector<S> log_px, weights;  // one per sample
    Vector<S> uses;             // one per code: its share of the batch
  };

  /// The values of one forward pass: views into the batch and the memory.
  struct Forward {
    ConstView<S> x, h, e, parameters;
  };

  template <class L, class Self>
  static LearnerList<L> list(Self& self) {
    LearnerList<L> all;
    all.add(self.decoder_);
    all.add(self.quantizer_);
    all.add(self.encoder_);
    return all;
  }
  static Options validated(Options options) {
    options.validate();
    return options;
  }
  static Learner<S> make_learner(std::string_view name, AnyLayer<S> layer, const std::optional<Shape>& input,
                                 std::uint64_t seed, const Options& o);

  const Shape& latent_shape() const { return quantizer().output_shape(); }
  ConstView<S> codebook() const;

  Memory& prepared(const Batch<S>& batch, Index part);
  template <class Self>
  static Forward propagate(Self& self, const PassInput<S>& how, Memory& m);
  StepMetrics judge(const Forward& f, Memory& m) const;
  void backward(const Forward& f, Memory& m);

  /// The codes nearest to the encoder's vectors.
  Matrix<S> quantized(ConstView<S> x) const;
  Matrix<S> decode_vectors(ConstView<S> e) const;

  Options options_;
  Learner<S> encoder_, quantizer_, decoder_;
  Shape sample_;
  std::optional<Memory> memory_;
};

template <Layer Encoder, Layer Decoder>
VqVae(Encoder, Decoder, BasicVqVaeOptions<ScalarOf<Encoder>> = {}) -> VqVae<ScalarOf<Encoder>>;

}  // namespace eigenerate

#if EIGENERATE_DEFINES(MODELS)
#include "eigenerate/models/detail/vq_vae.hpp"
#endif
