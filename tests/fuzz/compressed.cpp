// Compressed files: one that is accepted is, written again, the same file; and samples that come out of it
// are those that are compressed into it, or it is refused by name.

#include <algorithm>
#include <vector>

#include "fuzz/bits_back_toy.hpp"
#include "fuzz/fuzz_input.hpp"

namespace {

using namespace eigenerate;

/// Of the input's first byte: with a checksum that fits, which no fuzzer finds, or as it stands.
std::vector<std::uint8_t> file_of(const std::uint8_t* bytes, std::size_t size) {
  std::vector<std::uint8_t> file(bytes + std::min<std::size_t>(size, 1), bytes + size);
  if (size > 0 && bytes[0] % 2 == 0) {
    std::byte checksum[8];
    store_bytes(checksum, Fingerprint{}.add(std::as_bytes(std::span(file))).value());
    for (const std::byte b : checksum) file.push_back(static_cast<std::uint8_t>(b));
  }
  return file;
}

bool same(const AnsMessage& a, const AnsMessage& b) {
  return a.state() == b.state() && std::ranges::equal(a.words(), b.words());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const fuzz::InputFile file;
  const std::vector<std::uint8_t> input = file_of(bytes, size);
  file.set(input);
  try {
    const CompressedImages compressed = CompressedImages::load(file.path());
    fuzz::require(std::ranges::equal(compressed.bytes(), std::as_bytes(std::span(input))),
                  "accepted, and another file");
    // Bits that posteriors give back may feed a message for ever.
    if (!fuzz::BitsBackToy::codes(compressed.setting) || compressed.count > 4096) return 0;
    fuzz::BitsBackToy codec(compressed.setting);
    const Matrix<float> samples = decompress(codec, compressed);
    const CompressedImages again = compress(codec, ConstView<float>(samples), compressed.seed);
    fuzz::require(same(again.message, compressed.message) &&
                      again.initial_words == compressed.initial_words && again.count == compressed.count,
                  "samples that are not those of the message");
  } catch (const IoError& e) {
    fuzz::require(std::string_view(e.what()).starts_with(file.path() + ": "), "an error without the path");
  }
  return 0;
}
