#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace eigenerate {

/// How many bytes a source can still deliver: both ends are facts about the real file, never a count that
/// the file states about itself. They are equal for a plain file.
struct ByteBounds {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

/// What a parser reads from: the bytes of a plain file, or those that a compressed one expands to.
///
/// `read` fills the whole span and returns its size; it returns less only at the end of the content.
/// `position` counts the bytes delivered so far, `path` names the file in errors.
template <class T>
concept ByteSource = requires(T source, const T& constant, std::span<std::byte> bytes) {
  { constant.path() } -> std::same_as<const std::string&>;
  { constant.position() } -> std::same_as<std::uint64_t>;
  { constant.remaining() } -> std::same_as<ByteBounds>;
  { source.read(bytes) } -> std::same_as<std::size_t>;
};

}  // namespace eigenerate
