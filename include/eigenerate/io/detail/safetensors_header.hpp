#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tuple>
#include <utility>

#include "eigenerate/io/safetensors_header.hpp"

namespace eigenerate {

namespace detail {

EIGENERATE_INLINE std::string shown(std::string_view name) {
  constexpr std::size_t most = 80;
  std::string text = nlohmann::json(std::string(name.substr(0, most)))
                         .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (name.size() > most) text.insert(text.size() - 1, "…");
  return text;
}

/// The beginning of a text from a file that is printable ASCII, such as a number of any length.
EIGENERATE_INLINE std::string shortened(std::string_view text) {
  constexpr std::size_t most = 120;
  return std::string(text.substr(0, most)) + (text.size() > most ? "…" : "");
}

EIGENERATE_INLINE std::string shown(const std::vector<Index>& shape) {
  std::string text = "(";
  for (const Index extent : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + ")";
}

/// Every dtype of the format, as errors list them.
EIGENERATE_INLINE std::string dtype_names() {
  std::string text;
  for (const auto& facts : dtype_table) text += (text.empty() ? "" : ", ") + std::string(facts.name);
  return text;
}

/// The bytes of elements that fill `bits` bits; none where they end within a byte.
constexpr std::optional<std::uint64_t> whole_bytes(std::uint64_t bits) {
  return bits % 8 == 0 ? std::optional(bits / 8) : std::nullopt;
}

/// Takes the events of nlohmann's parser and refuses whatever a header must not hold, at once: no document is
/// built, so neither depth nor size of the text costs memory.
class SafetensorsHeaderParser final : public nlohmann::json_sax<nlohmann::json> {
 public:
  static constexpr std::size_t most_dimensions = 64;  // as many as PyTorch allows

  explicit SafetensorsHeaderParser(std::string_view path) : path_(path) {}

  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { return refuse("null"); }
  bool boolean(bool) override { return refuse("a boolean"); }
  bool number_integer(number_integer_t value) override { return refuse(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override {
    return refuse("the number " + shortened(text));
  }
  bool binary(binary_t&) override { return refuse("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (state_ == State::in_shape) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<Index>::max()))
        stop(sizeof(Index) >= 8 ? "extents below 2^63" : "extents below 2^31", std::to_string(value));
      if (tensor_.shape.size() == most_dimensions) stop("at most 64 dimensions", "more");
      tensor_.shape.push_back(static_cast<Index>(value));
      return true;
    }
    if (state_ == State::in_offsets) {
      if (offsets_ == 2) stop("two data_offsets", "more");
      (offsets_++ == 0 ? tensor_.begin : tensor_.end) = value;
      return true;
    }
    return refuse(std::to_string(value));
  }

  bool string(string_t& value) override {
    if (state_ == State::dtype) {
      const auto dtype = dtype_named(value);
      if (!dtype) stop("a dtype out of " + dtype_names(), shown(value));
      tensor_.dtype = *dtype;
      state_ = State::in_tensor;
      return true;
    }
    if (state_ == State::metadata_value) {
      header_.metadata[metadata_key_] = std::move(value);
      state_ = State::in_metadata;
      return true;
    }
    return refuse("a string");
  }

  bool start_object(std::size_t) override {
    if (state_ == State::before) return enter(State::in_header);
    if (state_ == State::tensor) {
      const std::string name = std::move(tensor_.name);
      tensor_ = {};
      tensor_.name = name;
      has_dtype_ = has_shape_ = has_offsets_ = false;
      return enter(State::in_tensor);
    }
    if (state_ == State::metadata) return enter(State::in_metadata);
    return refuse("an object");
  }

  bool key(string_t& value) override {
    switch (state_) {
      case State::in_header:
        if (value == "__metadata__") {
          once(has_metadata_, value);
          return enter(State::metadata);
        }
        tensor_.name = std::move(value);
        return enter(State::tensor);
      case State::in_metadata:
        if (header_.metadata.contains(value)) stop("each key once", shown(value) + " twice");
        metadata_key_ = std::move(value);
        return enter(State::metadata_value);
      default:
        break;
    }
    if (value == "dtype") {
      once(has_dtype_, value);
      return enter(State::dtype);
    }
    if (value == "shape") {
      once(has_shape_, value);
      return enter(State::shape);
    }
    if (value == "data_offsets") {
      once(has_offsets_, value);
      offsets_ = 0;
      return enter(State::offsets);
    }
    stop("the keys dtype, shape and data_offsets", shown(value));
  }

  bool end_object() override {
    if (state_ == State::in_tensor) {
      if (!has_dtype_ || !has_shape_ || !has_offsets_) stop("dtype, shape and data_offsets", "fewer");
      header_.tensors.push_back(std::move(tensor_));
      tensor_ = {};
      return enter(State::in_header);
    }
    return enter(state_ == State::in_metadata ? State::in_header : State::after);
  }

  bool start_array(std::size_t) override {
    if (state_ == State::shape) return enter(State::in_shape);
    if (state_ == State::offsets) return enter(State::in_offsets);
    return refuse("an array");
  }

  bool end_array() override {
    if (state_ == State::in_offsets && offsets_ != 2) stop("two data_offsets", std::to_string(offsets_));
    return enter(State::in_tensor);
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& e) override {
    // Behind "[json.exception.parse_error.101] " stands what a person can use, before "last read" what the
    // file says.
    std::string_view text = e.what();
    if (const auto bracket = text.find("] "); bracket != text.npos) text.remove_prefix(bracket + 2);
    fail_malformed(path_, 7 + position, "a JSON header", shortened(text.substr(0, text.find("; last read"))));
  }

 private:
  enum class State {
    before,
    in_header,
    tensor,
    in_tensor,
    dtype,
    shape,
    in_shape,
    offsets,
    in_offsets,
    metadata,
    in_metadata,
    metadata_value,
    after
  };

  bool enter(State state) {
    state_ = state;
    return true;
  }
  void once(bool& seen, std::string_view key) {
    if (seen) stop("each key once", shown(key) + " twice");
    seen = true;
  }
  [[noreturn]] bool refuse(std::string_view got) {
    switch (state_) {
      case State::before:
        stop("an object of tensors", got);
      case State::dtype:
        stop("the name of a dtype", got);
      case State::in_shape:
      case State::in_offsets:
        stop("integers from 0", got);
      case State::metadata:
      case State::metadata_value:
        stop("text for each key of __metadata__", got);
      default:
        stop("an object with dtype, shape and data_offsets", got);
    }
  }
  [[noreturn]] void stop(std::string_view expected, std::string_view got) {
    const std::string where = tensor_.name.empty() ? "" : " in " + shown(tensor_.name);
    fail<IoError>("{}: malformed header{}: expected {}, got {}", path_, where, expected, got);
  }

  std::string_view path_;
  SafetensorsHeader header_;
  State state_ = State::before;
  TensorEntry tensor_;
  std::string metadata_key_;
  int offsets_ = 0;
  bool has_metadata_ = false, has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
};

/// Throws `IoError` unless the tensors fill `data_bytes` bytes without holes and overlaps, each with as many
/// as its shape and dtype need, the packed types' whole bytes too; sorts them by their place.
EIGENERATE_INLINE void require_exact_layout(std::string_view path, SafetensorsHeader& header,
                                            std::uint64_t data_bytes) {
  auto& tensors = header.tensors;
  // Tensors without elements stand before the one that begins where they do.
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  header.by_name.resize(tensors.size());
  std::iota(header.by_name.begin(), header.by_name.end(), std::size_t{0});
  std::sort(header.by_name.begin(), header.by_name.end(),
            [&](std::size_t a, std::size_t b) { return tensors[a].name < tensors[b].name; });
  const auto twice =
      std::adjacent_find(header.by_name.begin(), header.by_name.end(),
                         [&](std::size_t a, std::size_t b) { return tensors[a].name == tensors[b].name; });
  if (twice != header.by_name.end())
    fail<IoError>("{}: malformed header: expected each tensor once, got {} twice", path,
                  shown(tensors[*twice].name));

  const std::uint64_t data_bits = 8 * std::min(data_bytes, std::numeric_limits<std::uint64_t>::max() / 8);
  std::uint64_t next = 0;
  for (const auto& t : tensors) {
    if (t.begin != next || t.end < t.begin || t.end > data_bytes)
      fail<IoError>(
          "{}: {} has data_offsets [{}, {}], expected it to begin at {} and to end by {}: no hole, no "
          "overlap, nothing beyond the file",
          path, shown(t.name), t.begin, t.end, next, data_bytes);
    // A zero makes the product zero, wherever it stands; without one no partial product may exceed the file.
    const bool empty = std::find(t.shape.begin(), t.shape.end(), 0) != t.shape.end();
    std::uint64_t bits = empty ? 0 : dtype_bits(t.dtype);
    for (const Index extent : t.shape) {
      if (empty) break;
      if (static_cast<std::uint64_t>(extent) > data_bits / bits)
        fail<IoError>("{}: {} of shape {} is larger than the file's {} bytes of data", path, shown(t.name),
                      shown(t.shape), data_bytes);
      bits *= static_cast<std::uint64_t>(extent);
    }
    const auto bytes = whole_bytes(bits);
    if (!bytes)
      fail<IoError>("{}: {} of {} {} has {} bits, which are no whole bytes", path, shown(t.name),
                    dtype_name(t.dtype), shown(t.shape), bits);
    if (*bytes != t.end - t.begin)
      fail<IoError>("{}: {} of {} {} needs {} bytes, its data_offsets give {}", path, shown(t.name),
                    dtype_name(t.dtype), shown(t.shape), *bytes, t.end - t.begin);
    next = t.end;
  }
  if (next != data_bytes)
    fail<IoError>("{}: expected the file to end with its last tensor, got {} bytes more", path,
                  data_bytes - next);
}

}  // namespace detail

EIGENERATE_INLINE SafetensorsHeader parse_safetensors_header(std::string_view path, std::string_view json,
                                                             std::uint64_t data_bytes) {
  if (json.empty() || json.front() != '{')
    fail_malformed(path, 8, "a JSON object", json.empty() ? "nothing" : detail::shown(json.substr(0, 1)));
  // The parser would take it for the end of the text, and not look at what follows.
  if (const auto zero = json.find('\0'); zero != json.npos)
    fail_malformed(path, 8 + zero, "a JSON header", "a zero byte");
  detail::SafetensorsHeaderParser parser(path);
  nlohmann::json::sax_parse(json.begin(), json.end(), &parser);
  SafetensorsHeader header = parser.take();
  detail::require_exact_layout(path, header, data_bytes);
  return header;
}

}  // namespace eigenerate
