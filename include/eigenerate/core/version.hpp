#pragma once
#include <string_view>

// The version of the library, written here and nowhere else: the build reads these three lines.
#define EIGENERATE_VERSION_MAJOR 0
#define EIGENERATE_VERSION_MINOR 1
#define EIGENERATE_VERSION_PATCH 0

#define EIGENERATE_STRINGIFY_(x) #x
#define EIGENERATE_VERSION_STRING_(major, minor, patch) \
  EIGENERATE_STRINGIFY_(major) "." EIGENERATE_STRINGIFY_(minor) "." EIGENERATE_STRINGIFY_(patch)

namespace eigenerate {

/// The library's version as text, "major.minor.patch"; the macros above serve the preprocessor.
inline constexpr std::string_view version =
    EIGENERATE_VERSION_STRING_(EIGENERATE_VERSION_MAJOR, EIGENERATE_VERSION_MINOR, EIGENERATE_VERSION_PATCH);

}  // namespace eigenerate

#undef EIGENERATE_VERSION_STRING_
#undef EIGENERATE_STRINGIFY_
