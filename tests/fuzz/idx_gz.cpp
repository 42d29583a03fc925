// The reader of compressed IDX files. The first byte of an input tells what the others are: a compressed
// file, damaged or not (0), or an IDX file for the target to compress (else): a checksum would keep changes
// of the content out.

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "eigenerate/data/compressed_idx.hpp"
#include "fuzz/fuzz_input.hpp"
#include "fuzz/idx_again.hpp"
#include "support/gzip_bytes.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Whether zlib alone, in one piece, takes these bytes for a sequence of gzip members and zeros behind them;
/// then their content.
std::optional<Bytes> expanded(Bytes packed) {
  Bytes content;
  for (std::size_t at = 0; at < packed.size();) {
    const auto rest = packed.begin() + static_cast<std::ptrdiff_t>(at);
    if (at > 0 && std::all_of(rest, packed.end(), [](std::uint8_t byte) { return byte == 0; })) break;
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) std::abort();
    stream.next_in = packed.data() + at;
    stream.avail_in = static_cast<uInt>(packed.size() - at);
    int result = Z_OK;
    while (result == Z_OK) {
      const std::size_t done = content.size();
      content.resize(done + 65536);
      stream.next_out = content.data() + done;
      stream.avail_out = 65536;
      result = inflate(&stream, Z_NO_FLUSH);
      content.resize(content.size() - stream.avail_out);
    }
    at = packed.size() - stream.avail_in;
    inflateEnd(&stream);
    if (result != Z_STREAM_END) return std::nullopt;
  }
  return packed.empty() ? std::nullopt : std::optional(std::move(content));
}

/// The array in a file, written again; none where it is refused.
template <class Source>
std::optional<Bytes> read(const std::string& path) {
  try {
    Source source(path);
    return fuzz::idx_again(eigenerate::data::parse_idx(source));
  } catch (const eigenerate::IoError& e) {
    fuzz::require(std::string_view(e.what()).starts_with(path + ": "), "an error without the path");
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::InputFile compressed, plain;
  if (size == 0) return 0;
  const Bytes rest(data + 1, data + size);
  const Bytes packed = data[0] == 0 ? rest : support::gzip_bytes(rest);
  const auto content = data[0] == 0 ? expanded(rest) : std::optional(rest);
  compressed.set(packed);
  plain.set(content.value_or(Bytes{}));
  // An IDX file may end, for its reader, before a damaged end of the compressed one does; never the reverse.
  const auto got = read<eigenerate::GzipSource>(compressed.path()),
             expected = read<eigenerate::FileSource>(plain.path());
  fuzz::require(got == expected, "the compressed file is read as another one than its content");
  return 0;
}
