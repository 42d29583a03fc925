#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/compression/ans_message.hpp"
#include "eigenerate/compression/compression_setting.hpp"
#include "eigenerate/compression/fingerprint.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/io/atomic_file.hpp"
#include "eigenerate/io/byte_order.hpp"
#include "eigenerate/io/file_source.hpp"

namespace eigenerate {

/// Samples that `compress` made a message of, and all that `decompress` must know to read it.
///
/// A file holds, in little-endian numbers: the 8 bytes `eigenANS`; a version; the setting; the number of
/// samples; the seed and the number of the initial random words; the message's state and words; a fingerprint
/// of all that. It is written beside its target and renamed when complete.
///
/// **Errors** `IoError` with path and offset, for a file that cannot be read or written, is none of these,
/// has another version, is cut off or corrupt. Sizes are checked against the real file before anything is
/// allocated.
struct CompressedImages {
  CompressionSetting setting;
  Index count = 0;                  ///< samples
  std::uint64_t seed = 0;           ///< of the random words that the message began with
  std::uint64_t initial_words = 0;  ///< how many of them it used
  AnsMessage message;
  std::string name = "compressed samples";  ///< in messages: the path of the file

  /// Of the whole message, random words included.
  std::uint64_t bits() const { return message.bits(); }
  /// Bits of random words, which carry nothing: what the first sample needs to draw its latent vector.
  std::uint64_t initial_bits() const { return 32 * initial_words; }
  /// Per value of a sample, the initial bits included.
  double bits_per_dimension() const {
    return static_cast<double>(bits()) /
           (static_cast<double>(setting.shape.size()) * static_cast<double>(count));
  }

  /// What its file holds.
  std::vector<std::byte> bytes() const;
  void save(const std::filesystem::path& path) const;
  static CompressedImages load(const std::filesystem::path& path);
};

namespace detail {

/// The fields of a compressed file, one after the other, as they are written.
class FieldWriter {
 public:
  template <class T>
  void number(const T& value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    store_bytes(bytes_.data() + at, value);
  }
  template <class T>
  void extent(const T& value) {
    number(static_cast<std::uint64_t>(value));
  }
  void text(std::string_view value) {
    number(static_cast<std::uint8_t>(value.size()));
    for (const char c : value) bytes_.push_back(static_cast<std::byte>(c));
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// And as they are read, each checked against the end of the file.
class FieldReader {
 public:
  FieldReader(std::string_view path, std::span<const std::byte> bytes) : path_(path), bytes_(bytes) {}

  template <class T>
  T number(std::string_view what) {
    return load_bytes<T>(take(sizeof(T), what).data());
  }
  Index extent(std::string_view what, Index least, Index most) {
    const std::size_t at = at_;
    const auto value = number<std::uint64_t>(what);
    if (value < static_cast<std::uint64_t>(least) || value > static_cast<std::uint64_t>(most))
      fail_malformed(path_, at, format_message("{} in [{}, {}]", what, least, most),
                     format_message("{}", value));
    return static_cast<Index>(value);
  }
  std::string text(std::string_view what) {
    const std::size_t at = at_;
    const auto size = static_cast<std::size_t>(number<std::uint8_t>(what));
    std::string value;
    for (const std::byte b : take(size, what)) value += static_cast<char>(b);
    // It stands in messages, where other characters may do anything.
    if (!std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; }))
      fail_malformed(path_, at, format_message("{} in printable characters", what), "others");
    return value;
  }
  std::span<const std::byte> take(std::size_t size, std::string_view what) {
    if (size > left())
      fail_malformed(path_, at_, format_message("{} bytes of {}", size, what), format_message("{}", left()));
    const auto taken = bytes_.subspan(at_, size);
    at_ += size;
    return taken;
  }
  std::size_t position() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }

 private:
  std::string_view path_;
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

inline constexpr std::string_view compressed_magic = "eigenANS";
inline constexpr std::uint32_t compressed_version = 1;

}  // namespace detail

inline std::vector<std::byte> CompressedImages::bytes() const {
  detail::FieldWriter out;
  for (const char c : detail::compressed_magic) out.number(static_cast<std::uint8_t>(c));
  out.number(detail::compressed_version);
  out.extent(setting.scalar_bits);
  out.number(setting.model);
  out.number(setting.probe);
  for (const std::string* text : {&setting.isa, &setting.precision, &setting.layout}) out.text(*text);
  for (const Index extent :
       {setting.shape.channels, setting.shape.height, setting.shape.width, setting.levels})
    out.extent(extent);
  out.extent(setting.latent_bits);
  out.extent(setting.mass_bits);
  out.extent(count);
  out.number(seed);
  out.number(initial_words);
  out.number(message.state());
  out.extent(message.words().size());
  for (const std::uint32_t word : message.words()) out.number(word);
  out.number(Fingerprint{}.add(out.bytes()).value());
  return out.bytes();
}

inline void CompressedImages::save(const std::filesystem::path& path) const {
  AtomicFile file(path);
  file.write(bytes());
  file.commit();
}

inline CompressedImages CompressedImages::load(const std::filesystem::path& path) {
  FileSource file(path);
  CompressedImages c;
  c.name = file.path();
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
  bytes.resize(file.read(bytes));
  detail::FieldReader in(c.name, bytes);
  for (const char expected : detail::compressed_magic)
    if (in.number<std::uint8_t>("the beginning") != static_cast<std::uint8_t>(expected))
      fail_malformed(c.name, 0,
                     format_message("a compressed file, which begins with {}", detail::compressed_magic),
                     "another beginning");
  if (const auto version = in.number<std::uint32_t>("version"); version != detail::compressed_version)
    fail<IoError>("{}: expected version {} of the format, got {}", c.name, detail::compressed_version,
                  version);
  // Before anything is believed.
  constexpr std::size_t checksum_bytes = sizeof(std::uint64_t);
  if (in.left() < checksum_bytes)
    fail_malformed(c.name, in.position(), "a checksum", format_message("{} bytes", in.left()));
  const std::span<const std::byte> content(bytes.data(), bytes.size() - checksum_bytes);
  const auto stated = load_bytes<std::uint64_t>(bytes.data() + content.size()),
             found = Fingerprint{}.add(content).value();
  if (stated != found)
    fail_malformed(c.name, content.size(), format_message("the checksum {:016x} of the file's bytes", found),
                   format_message("{:016x}: the file is corrupt or cut off", stated));

  c.setting.scalar_bits = static_cast<int>(in.extent("scalar bits", 32, 64));
  c.setting.model = in.number<std::uint64_t>("model");
  c.setting.probe = in.number<std::uint64_t>("probe");
  c.setting.isa = in.text("instruction set");
  c.setting.precision = in.text("precision");
  c.setting.layout = in.text("layout");
  for (Index* extent : {&c.setting.shape.channels, &c.setting.shape.height, &c.setting.shape.width})
    *extent = in.extent("an extent", 1, max_scalars);
  const Shape& shape = c.setting.shape;
  if (capped_product(capped_product(shape.channels, shape.height), shape.width) > max_scalars)
    fail_malformed(c.name, in.position(), format_message("at most {} values of a sample", max_scalars),
                   to_string(shape));
  c.setting.levels = in.extent("levels", 2, Index{1} << 30);
  c.setting.latent_bits = static_cast<int>(in.extent("latent bits", 0, AnsMessage::most_precision));
  c.setting.mass_bits = static_cast<int>(in.extent("mass bits", 1, AnsMessage::most_precision));
  c.count = in.extent("the number of samples", 1, max_scalars);
  c.seed = in.number<std::uint64_t>("seed");
  c.initial_words = in.number<std::uint64_t>("initial words");
  const auto state = in.number<std::uint64_t>("state");
  const std::size_t at = in.position();
  const auto count = in.number<std::uint64_t>("the number of words");
  if (in.left() < checksum_bytes || (in.left() - checksum_bytes) % sizeof(std::uint32_t) != 0 ||
      count != (in.left() - checksum_bytes) / sizeof(std::uint32_t))
    fail_malformed(c.name, at, "as many words as there are bytes for", format_message("{}", count));
  std::vector<std::uint32_t> words(static_cast<std::size_t>(count));
  for (std::uint32_t& word : words) word = in.number<std::uint32_t>("words");
  if (c.initial_words < 1 || c.initial_words - 1 > count)
    fail_malformed(c.name, at, "from one initial word to those that there are",
                   format_message("{}", c.initial_words));
  if (state < AnsMessage::least_state)
    fail_malformed(c.name, at - sizeof state, "the state of a message", format_message("{}", state));
  c.message = AnsMessage(state, std::move(words));
  return c;
}

}  // namespace eigenerate
