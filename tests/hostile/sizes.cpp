// Sizes whose products or sums no `Index` holds, of 64 bits or of 32: each is refused before anything is
// computed with it. Compiled for machines with a 32-bit Index too (tests/cross), so no foreign library is
// used here.

#include <eigenerate/eigenerate.hpp>
#include <limits>

#include "support/refuses.hpp"

using namespace eigenerate;
using support::refuses;

namespace {

constexpr Index largest = std::numeric_limits<Index>::max();
constexpr Index huge = largest / 2 + 1;
/// Its square is beyond an Index, and so is its square's half, doubled.
constexpr Index root = Index{1} << (std::numeric_limits<Index>::digits / 2 + 1);

const std::string too_many = fmt::format("2^{} scalars", max_scalars_exponent);
const std::string in_range = fmt::format("in [1, {}]", max_factor);

template <class L>
auto building(const L& layer, const Shape& input) {
  return [layer, input] { Network(layer, input, NetworkOptions{.name = "net"}); };
}

/// `count` times the same layer.
template <class L>
AnySequential<> repeated(const L& layer, int count) {
  return AnySequential(std::vector<AnyLayer<>>(static_cast<std::size_t>(count), AnyLayer(layer)));
}

}  // namespace

TEST_CASE("sizes: products that no number holds are refused before anything is computed with them",
          "[sizes]") {
  const Shape image{3, 8, 6};
  refuses<ConfigError>(building(Linear{huge, 4}, {huge}), {"net: input shape", too_many});
  refuses<ConfigError>(building(Relu{}, {root, root / 2, 2}), {"net: input shape", too_many});
  refuses<ConfigError>(building(Linear{6, huge}, {6}), {"net (Linear)", too_many});
  refuses<ConfigError>(building(Linear{root, root}, {root}), {"net.weight (Linear)", too_many});
  refuses<ConfigError>([&] { Network(Reshape{root, root / 2, 2}); }, {"Reshape", too_many});
  for (const Index much : {max_scalars, huge, largest}) {
    refuses<ConfigError>(building(Conv2d{3, much}, image), {"net", "(Conv2d)", too_many});
    refuses<ConfigError>(building(Conv2d{3, 2, {.kernel = {1, much}}}, image), {"net (Conv2d)", "at most"});
    refuses<ConfigError>(building(Conv2d{3, 2, {.stride = much}}, image), {"net (Conv2d)", "at most"});
    refuses<ConfigError>(building(Conv2d{3, 2, {.padding = much}}, image), {"net (Conv2d)", "at most"});
    refuses<ConfigError>(building(ConvTranspose2d{3, 2, {.kernel = much}}, image),
                         {"net (ConvTranspose2d)", "at most"});
    refuses<ConfigError>(building(ConvTranspose2d{3, 2, {.stride = {much, 2}}}, image),
                         {"net (ConvTranspose2d)", "at most"});
    refuses<ConfigError>(building(MaxPool{much, 1, much / 2}, image), {"net (MaxPool)", in_range});
    refuses<ConfigError>(building(AveragePool{2, much}, image), {"net (AveragePool)", in_range});
    refuses<ConfigError>(building(Upsample{much}, image), {"net (Upsample)", in_range});
    refuses<ConfigError>(
        [&] {
          (Vae(Linear{6, 4}, Linear{2, 6}, {.samples = much}));
        },
        {"Vae: samples", in_range});
    refuses<ConfigError>(
        [&] {
          (Vae(Linear{6, 4}, Linear{2, 6}, {.classes = much}));
        },
        {"Vae: classes", fmt::format("{}", max_factor)});
    refuses<ConfigError>(
        [&] {
          (Gan(Linear{2, 6}, Linear{6, 1}, {.classes = much}));
        },
        {"Gan: classes", fmt::format("{}", max_factor)});
  }
  refuses<ConfigError>(building(Upsample{max_factor}, image),
                       {"net (Upsample)", fmt::format("3×{}×{}", 8 * max_factor, 6 * max_factor)});
  refuses<ConfigError>(building(Conv2d{3, max_factor, {.kernel = 1 << 10, .padding = 1 << 9}}, image),
                       {"(Conv2d)", too_many});
  // (extent − 1)·stride passes an Index of 32 bits, and comes back as some small number.
  refuses<ConfigError>(
      building(ConvTranspose2d{1, 1, {.kernel = 1, .stride = max_factor}}, {1, 4 * max_factor + 1, 1}),
      {"net (ConvTranspose2d)", too_many});
}

TEST_CASE("sizes: sums that no number holds are refused", "[sizes]") {
  // Each layer alone fits: 16 samples, the least that a workspace has room for, and two deltas of them. All
  // caches together are 2^32 scalars where an Index has 32 bits, which count as none there.
  const Index some = max_scalars / 32;
  const Network<> activations(repeated(Relu{}, 1025), Shape{some});
  refuses<ConfigError>([&] { activations.make_workspace(1); }, {"smaller batches", too_many});
  refuses<ConfigError>(building(repeated(LayerNorm{max_scalars / 2}, 40), {max_scalars / 2}),
                       {"net", too_many});
}

TEST_CASE("sizes: batches that no workspace holds are refused", "[sizes]") {
  const Network net(Sequential{Linear{6, 4}, Tanh{}, Linear{4, 3}}, NetworkOptions{.name = "net"});
  Vae vae(Linear{6, 4}, Linear{2, 6}, {.samples = 3});
  Vae many(Linear{6, 4}, Linear{2, 6}, {.samples = max_factor});
  Gan gan(Linear{2, 6}, Linear{6, 1}, {.loss = Wasserstein{}, .gradient_penalty = GradientPenalty{}});
  for (const Index samples : {max_scalars, huge, largest}) {
    refuses<ConfigError>([&] { net.make_workspace(samples); }, {"net", "smaller batches"});
    refuses<ConfigError>([&] { vae.prepare(samples); }, {"encoder", "smaller batches"});
    refuses<ConfigError>([&] { gan.prepare(samples); }, {"generator", "smaller batches"});
  }
  // 2^17 · 2^15 columns are 0 in 32 bits. The encoder's workspace, 6·4 bytes a sample, fits.
  refuses<ConfigError>([&] { many.prepare(std::max(max_scalars / max_factor, 2 * max_factor)); },
                       {"decoder", "smaller batches"});
  vae.prepare(2);
  gan.prepare(2);
}

TEST_CASE("sizes: the scratch of a convolution is bounded, whatever the image", "[sizes]") {
  for (const Index height : {Index{2}, Index{256}, Index{70000}}) {
    const Network net(Conv2d{1, 1, {.kernel = 3, .padding = 1}}, Shape{1, height, 2});
    const Index row = 3 * 3 * 2, scratch = net.plan().scratch.total().fixed;
    CAPTURE(height, scratch);
    CHECK(scratch >= row);
    CHECK(scratch > (1 << 18) - row);
    CHECK(scratch <= (1 << 18) + alignment_scalars);
  }
}
