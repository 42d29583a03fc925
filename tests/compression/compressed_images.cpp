// The file of a message: every field comes back, and damaged and hostile files are refused.

#include "eigenerate/compression/compressed_images.hpp"

#include "eigenerate/compression/fingerprint.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using support::Bytes;

namespace {

CompressedImages sample() {
  CompressedImages c;
  c.setting = {.scalar_bits = 32,
               .model = 0x0123456789ABCDEF,
               .probe = 0xFEDCBA9876543210,
               .isa = "avx512_bf16",
               .precision = "highest",
               .layout = "column, C-last",
               .shape = {3, 5, 7},
               .levels = 256,
               .latent_bits = 14,
               .mass_bits = 24};
  c.count = 11;
  c.seed = 42;
  c.initial_words = 2;
  c.message = AnsMessage(0x1122334455667788, {1, 0xFFFFFFFF, 3, 0x89ABCDEF});
  return c;
}

/// With a checksum that fits whatever was changed.
Bytes repaired(Bytes bytes) {
  const std::size_t content = bytes.size() - 8;
  const auto checksum = Fingerprint{}.add(std::as_bytes(std::span(bytes).first(content))).value();
  store_bytes(reinterpret_cast<std::byte*>(bytes.data()) + content, checksum);
  return bytes;
}

}  // namespace

TEST_CASE("a file holds all of a compressed set") {
  const support::TemporaryFolder folder;
  const CompressedImages c = sample();
  c.save(folder / "a.ans");
  const CompressedImages read = CompressedImages::load(folder / "a.ans");
  CHECK(read.setting == c.setting);
  CHECK(read.count == 11);
  CHECK(read.seed == 42);
  CHECK(read.initial_words == 2);
  CHECK(read.message.state() == c.message.state());
  CHECK(std::equal(read.message.words().begin(), read.message.words().end(), c.message.words().begin(),
                   c.message.words().end()));
  CHECK(read.name == (folder / "a.ans").string());
  CHECK(read.bits() == 64 + 4 * 32);
  CHECK(read.initial_bits() == 64);
  CHECK(read.bits_per_dimension() == 192.0 / (105 * 11));
  const Bytes bytes = support::read_bytes(folder / "a.ans");
  CHECK(std::string(bytes.begin(), bytes.begin() + 8) == "eigenANS");
}

TEST_CASE("every truncation and every flipped bit of a file is refused") {
  const support::TemporaryFolder folder;
  const auto path = folder / "a.ans";
  sample().save(path);
  const Bytes whole = support::read_bytes(path);
  const auto refused = [&](const Bytes& bytes) {
    support::write_bytes(path, bytes);
    const std::string error = support::error_of([&] { (void)CompressedImages::load(path); });
    if (!error.starts_with(path.string() + ": ")) FAIL_CHECK("not refused: " << error);
  };
  for (std::size_t size = 0; size < whole.size(); ++size)
    refused({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
  Bytes longer = whole;
  longer.push_back(0);
  refused(longer);
  refused(repaired(longer));
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    refused(flipped);
  }
}

TEST_CASE("any bytes behind a right checksum are read as fields or refused") {
  const support::TemporaryFolder folder;
  const auto path = folder / "a.ans";
  sample().save(path);
  const Bytes whole = support::read_bytes(path);
  int read = 0, refused = 0;
  for (std::size_t at = 8; at < whole.size() - 8; ++at)
    for (const int value : {0, 1, 0x7F, 0x80, 0xFF}) {
      Bytes bytes = whole;
      bytes[at] = static_cast<std::uint8_t>(value);
      support::write_bytes(path, repaired(bytes));
      const std::string error = support::error_of([&] {
        (void)CompressedImages::load(path);
        ++read;
      });
      refused += error.empty() ? 0 : 1;
    }
  CHECK(read > 100);
  CHECK(refused > 100);
}

TEST_CASE("what files are refused for") {
  const support::TemporaryFolder folder;
  const auto path = folder / "a.ans";
  const auto load = [&] { (void)CompressedImages::load(path); };
  support::refuses<IoError>(load, {"a.ans", "open"});
  support::write_bytes(path, {});
  support::refuses<IoError>(load, {"beginning"});
  support::write_bytes(path, Bytes(200, 'x'));
  support::refuses<IoError>(load, {"begins with eigenANS"});
  sample().save(path);
  Bytes bytes = support::read_bytes(path);
  bytes[8] = 2;
  support::write_bytes(path, bytes);
  support::refuses<IoError>(load, {"version 1", "got 2"});
  bytes[8] = 1;
  bytes[30] ^= 1;
  support::write_bytes(path, bytes);
  support::refuses<IoError>(load, {"checksum", "corrupt"});
  CompressedImages none = sample();
  none.count = 0;
  none.save(path);
  support::refuses<IoError>(load, {"number of samples"});
  CompressedImages unprintable = sample();
  unprintable.setting.isa = "a\x1b[2J";
  unprintable.save(path);
  support::refuses<IoError>(load, {"printable"});
  CompressedImages large = sample();
  large.setting.shape = {max_scalars, 2, 1};
  large.save(path);
  support::refuses<IoError>(load, {"values of a sample"});
  CompressedImages more = sample();
  more.initial_words = 6;
  more.save(path);
  support::refuses<IoError>(load, {"initial word", "6"});
  support::refuses<IoError>([&] { sample().save(folder / "none" / "a.ans"); }, {"none", "create"});
}

TEST_CASE("fingerprints are FNV-1a's, of numbers in little-endian order") {
  CHECK(Fingerprint{}.value() == 0xCBF29CE484222325);
  const std::string_view text = "foobar";  // of the authors' test vectors
  CHECK(Fingerprint{}.add(std::as_bytes(std::span<const char>(text.data(), 6))).value() ==
        0x85944171F73967E8);
  const std::byte bytes[]{std::byte{1}, std::byte{2}, std::byte{0}, std::byte{0}};
  CHECK(Fingerprint{}.add(0x0201).value() == Fingerprint{}.add(std::span<const std::byte>(bytes)).value());
  CHECK(Fingerprint{}.add("ab").add("c").value() != Fingerprint{}.add("a").add("bc").value());
}
