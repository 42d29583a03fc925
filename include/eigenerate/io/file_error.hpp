#pragma once

#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"

namespace eigenerate {

/// Throws the `IoError` of a file whose content is not what its format demands.
[[noreturn]] void fail_malformed(std::string_view path, std::uint64_t offset, std::string_view expected,
                                 std::string_view got);

/// Throws the `IoError` of a refused system call, with the system's reason; `code` is the value of `errno`
/// right after the call.
[[noreturn]] void fail_system(std::string_view path, std::string_view action, int code);

#if EIGENERATE_DEFINES(IO)

EIGENERATE_INLINE void fail_malformed(std::string_view path, std::uint64_t offset, std::string_view expected,
                                      std::string_view got) {
  fail<IoError>("{}: malformed at byte {}: expected {}, got {}", path, offset, expected, got);
}

EIGENERATE_INLINE void fail_system(std::string_view path, std::string_view action, int code) {
  const std::string reason = code == 0 ? "no reason given" : std::generic_category().message(code);
  fail<IoError>("{}: cannot {}: {}", path, action, reason);
}

#endif

}  // namespace eigenerate
