#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/io/atomic_file.hpp"
#include "eigenerate/io/file_source.hpp"
#include "eigenerate/io/safetensors_header.hpp"

namespace eigenerate {

/// The tensors of a safetensors file. Construction reads and checks the header alone; values are read when
/// they are asked for.
///
/// **Cost** the header (at most 2 MiB) and what it describes; never a size that only the file claims.
/// **Errors** `IoError` with path and reason for whatever is not exactly the format, see
/// `parse_safetensors_header`.
class SafetensorsReader {
 public:
  /// A tensor costs about 100 bytes of header: this is room for 20 000 of them, and parsed in 30 ms.
  static constexpr std::uint64_t largest_header = std::uint64_t{1} << 21;

  explicit SafetensorsReader(const std::filesystem::path& path);

  const std::string& path() const { return file_.path(); }
  const SafetensorsHeader& header() const { return header_; }
  const std::vector<TensorEntry>& tensors() const { return header_.tensors; }
  /// The whole file's size in bytes.
  std::uint64_t size() const { return file_.size(); }

  /// Reads the bytes of one tensor from byte `offset` of it on, as many as fit.
  void read(const TensorEntry& tensor, std::uint64_t offset, std::span<std::byte> bytes) {
    file_.seek(data_begin_ + tensor.begin + offset);
    read_exactly(bytes);
  }

  /// Calls `f(bytes)` for the first `count` bytes of the file, header included, in portions.
  template <class F>
  void for_each_portion(std::uint64_t count, F&& f) {
    std::vector<std::byte> portion(
        static_cast<std::size_t>(std::min<std::uint64_t>(count, std::uint64_t{1} << 16)));
    file_.seek(0);
    for (std::uint64_t done = 0; done < count;) {
      const auto here = std::span(portion).first(
          static_cast<std::size_t>(std::min<std::uint64_t>(portion.size(), count - done)));
      read_exactly(here);
      f(std::span<const std::byte>(here));
      done += here.size();
    }
  }

 private:
  void read_exactly(std::span<std::byte> bytes);

  FileSource file_;
  std::uint64_t data_begin_ = 0;
  SafetensorsHeader header_;
};

/// A tensor to write: its bytes are little-endian elements, slowest dimension first.
struct Tensor {
  std::string name;
  Dtype dtype = Dtype::f32;
  std::vector<Index> shape;
  std::vector<std::byte> bytes;
};

/// The header of a file that holds these tensors in this order, with its length before it. Padded with
/// spaces to a multiple of 8 bytes, so that tensors may be mapped into memory.
///
/// **Errors** `ConfigError` for a name that occurs twice or is not UTF-8, for bytes that are not what shape
/// and dtype need, and for a header longer than readers take.
std::string safetensors_header(const std::vector<Tensor>& tensors,
                               const std::map<std::string, std::string>& metadata = {});

/// Puts wide elements before narrow ones, else in the order given: every tensor then starts at a multiple of
/// its element's size.
void sort_for_safetensors(std::vector<Tensor>& tensors);

/// Writes `header`, as `safetensors_header` made it of these tensors, and their bytes.
void write_safetensors(AtomicFile& file, std::string_view header, const std::vector<Tensor>& tensors);

/// The same as a whole file; the target is replaced only by a complete one.
///
/// **Errors** `IoError` with path and reason.
inline void write_safetensors(const std::filesystem::path& path, std::string_view header,
                              const std::vector<Tensor>& tensors) {
  AtomicFile file(path);
  write_safetensors(file, header, tensors);
  file.commit();
}

#if EIGENERATE_DEFINES(JSON)

EIGENERATE_INLINE SafetensorsReader::SafetensorsReader(const std::filesystem::path& path) : file_(path) {
  std::array<std::byte, 8> length{};
  if (file_.size() < length.size())
    fail<IoError>("{}: expected a safetensors file, got {} bytes", this->path(), file_.size());
  read_exactly(length);
  const auto header_bytes = load_bytes<std::uint64_t>(length.data());
  const std::uint64_t rest = file_.size() - length.size();
  if (header_bytes > std::min(rest, largest_header))
    fail<IoError>("{}: expected a safetensors header of at most {} bytes, got a length of {}", this->path(),
                  std::min(rest, largest_header), header_bytes);
  std::string json(static_cast<std::size_t>(header_bytes), '\0');
  read_exactly(std::as_writable_bytes(std::span(json)));
  data_begin_ = length.size() + header_bytes;
  header_ = parse_safetensors_header(this->path(), json, rest - header_bytes);
}

EIGENERATE_INLINE void SafetensorsReader::read_exactly(std::span<std::byte> bytes) {
  const std::size_t count = file_.read(bytes);
  if (count < bytes.size())
    fail<IoError>("{}: the file ended at byte {} while it was read", path(), file_.position());
}

EIGENERATE_INLINE std::string safetensors_header(const std::vector<Tensor>& tensors,
                                                 const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t next = 0;
  for (const Tensor& t : tensors) {
    std::uint64_t bits = dtype_bits(t.dtype);
    for (const Index extent : t.shape) bits *= static_cast<std::uint64_t>(extent);
    const std::size_t bytes = t.bytes.size();
    if (detail::whole_bytes(bits) != bytes)
      fail<ConfigError>("safetensors: {} of {} {} needs {} bits, got {} bytes", detail::shown(t.name),
                        dtype_name(t.dtype), detail::shown(t.shape), bits, bytes);
    if (header.contains(t.name) || t.name == "__metadata__")
      fail<ConfigError>("safetensors: the name {} is taken", detail::shown(t.name));
    header[t.name] = {
        {"dtype", dtype_name(t.dtype)}, {"shape", t.shape}, {"data_offsets", {next, next + bytes}}};
    next += bytes;
  }
  std::string json;
  try {
    json = header.dump();
  } catch (const nlohmann::json::type_error&) {
    fail<ConfigError>("safetensors: names and metadata must be UTF-8");
  }
  json.append((8 - json.size() % 8) % 8, ' ');
  if (json.size() > SafetensorsReader::largest_header)
    fail<ConfigError>("safetensors: {} tensors need a header of {} bytes, more than the {} that readers take",
                      tensors.size(), json.size(), SafetensorsReader::largest_header);
  std::string length(8, '\0');
  store_bytes(reinterpret_cast<std::byte*>(length.data()), static_cast<std::uint64_t>(json.size()));
  return length + json;
}

EIGENERATE_INLINE void sort_for_safetensors(std::vector<Tensor>& tensors) {
  std::stable_sort(tensors.begin(), tensors.end(), [](const Tensor& a, const Tensor& b) {
    return dtype_bits(a.dtype) > dtype_bits(b.dtype);
  });
}

EIGENERATE_INLINE void write_safetensors(AtomicFile& file, std::string_view header,
                                         const std::vector<Tensor>& tensors) {
  file.write(std::as_bytes(std::span(header.data(), header.size())));
  for (const Tensor& t : tensors) file.write(t.bytes);
}

#endif

}  // namespace eigenerate
