#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <utility>

#include "eigenerate/compression/compressed_images.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/core/types.hpp"

namespace eigenerate {

/// What codes samples one by one: `BitsBack`, `PixelCoder`. `pop` is the exact reverse of `push` under the
/// same `setting()`.
template <class C>
concept SampleCodec = requires(C& codec, AnsMessage& message, ConstView<typename C::scalar_type> x,
                               View<typename C::scalar_type> room) {
  codec.push(message, x);
  codec.pop(message, room);
  { codec.setting() } -> std::same_as<CompressionSetting>;
};

/// Codes samples, one per column, into one message: whole numbers 0 … levels − 1, as `data::to_levels` and
/// `binarize` make them.
///
///     BitsBack codec{vae};
///     compress(codec, images).save("digits.ans");
///     const Matrix<float> again = decompress(codec, CompressedImages::load("digits.ans"));
///
/// **Errors** those of the codec; `ConfigError` for no samples.
template <SampleCodec Codec>
CompressedImages compress(Codec& codec, const ConstView<typename Codec::scalar_type>& samples,
                          std::uint64_t seed = 0) {
  if (samples.cols() < 1) fail<ConfigError>("compress: expected at least one sample, got none");
  AnsMessage message{RandomStream{seed, Purpose::latent}};
  for (Index i = 0; i < samples.cols(); ++i) codec.push(message, {samples.col(i).data(), samples.rows(), 1});
  const std::uint64_t initial_words = message.initial_words();
  return {codec.setting(), samples.cols(), seed, initial_words, std::move(message)};
}

/// The samples that `compress` was given, to the bit.
///
/// A few bytes may hold any number of samples, made so by malice or because they cost next to nothing: with
/// files of strangers, look at `count` before.
///
/// **Errors** `IoError` that names every difference between the codec and what the message was written with;
/// and for a message that does not end as it began, which no intact one does.
template <SampleCodec Codec, Scalar S = typename Codec::scalar_type>
Matrix<S> decompress(Codec& codec, const CompressedImages& compressed) {
  if (const CompressionSetting own = codec.setting(); own != compressed.setting)
    fail<IoError>("{}: was compressed by another setting than this one, and is not to be read with it:{}",
                  compressed.name, own.differences(compressed.setting));
  const Index features = compressed.setting.shape.size(), count = compressed.count;
  if (capped_product(features, count) > max_scalars)
    fail<IoError>("{}: malformed: expected at most {} values, got {} samples of {}", compressed.name,
                  max_scalars, count, features);
  AnsMessage message = compressed.message;
  // From the last sample to the first. Memory grows with what comes out, as a message that is cut off ends
  // before it holds what it says.
  Matrix<S> reversed(features, std::min<Index>(count, 1024));
  for (Index i = 0; i < count; ++i) {
    if (i == reversed.cols()) reversed.conservativeResize(features, std::min(count, 2 * i));
    try {
      codec.pop(message, View<S>(reversed.col(i).data(), features, 1));
    } catch (const IoError& e) {
      fail<IoError>("{}: {} (sample {} of {})", compressed.name, e.what(), count - i, count);
    }
  }
  if (!message.is_initial(RandomStream{compressed.seed, Purpose::latent}, compressed.initial_words))
    fail<IoError>("{}: malformed: the message of {} samples does not end as it began", compressed.name,
                  count);
  return reversed.rowwise().reverse();
}

}  // namespace eigenerate
