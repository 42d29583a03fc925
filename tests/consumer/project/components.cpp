// Each component brings its library: headers to compile with, code to link with.
#include <png.h>
#include <zlib.h>
#include <eigenerate/core/version.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>

int main() {
  const auto json = nlohmann::json::parse(R"({"version": 3})");
  const bool works = zlibVersion()[0] == ZLIB_VERSION[0] && png_access_version_number() == PNG_LIBPNG_VER &&
                     json.at("version") == 3 && !eigenerate::version.empty();
  std::puts(works ? "gzip, png and json work" : "a component's library does not fit its headers");
  return works ? 0 : 1;
}
