#pragma once

#include <filesystem>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/io/bitmap.hpp"

namespace eigenerate {

/// Reads a JPEG as an 8-bit picture: gray where it has one component, else RGB. What its EXIF data say about
/// turning it is not done, as in PIL and torchvision.
///
/// **Errors** `IoError` with path and reason when the file cannot be read, libjpeg refuses it, it ends early
/// or its data are damaged, it is CMYK, claims more pixels than its bytes can hold, or has more than 500
/// scans, which only files have that shall take long.
Bitmap read_jpeg(const std::filesystem::path& path);

}  // namespace eigenerate

#if EIGENERATE_DEFINES(JPEG)

#include <cstdio>  // jpeglib.h needs it

#include <jpeglib.h>
// Behind it
#include <jerror.h>

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/io/file_source.hpp"

namespace eigenerate {

namespace detail {

/// libjpeg's decompressor. Its errors leave by longjmp, from below `attempt` back into it, past nothing but
/// frames of C and of a step, which holds no object with a destructor; `attempt` then tells in words.
class JpegDecoder {
 public:
  JpegDecoder() {
    info.err = jpeg_std_error(&errors_);
    info.client_data = this;
    errors_.error_exit = [](j_common_ptr common) { of(common).leave(); };
    errors_.emit_message = [](j_common_ptr common, int level) {
      if (level < 0 && is_damage(common->err->msg_code)) of(common).leave();
    };
    monitor_.progress_monitor = [](j_common_ptr common) {
      if (reinterpret_cast<j_decompress_ptr>(common)->input_scan_number <= 500) return;
      of(common).leave("more than 500 scans");
    };
    const bool created = attempt([&] {
      jpeg_create_decompress(&info);
      info.progress = &monitor_;
    });
    if (created) return;
    jpeg_destroy_decompress(&info);
    fail<IoError>("libjpeg cannot begin: it says \"{}\"", message());
  }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;
  ~JpegDecoder() { jpeg_destroy_decompress(&info); }

  /// Whether `step()` came to its end; otherwise `message` says why not.
  template <class Step>
  [[nodiscard]] bool attempt(const Step& step) {
    if (setjmp(before_)) return false;
    step();
    return true;
  }

  const char* message() const { return message_; }

  jpeg_decompress_struct info{};

 private:
  static JpegDecoder& of(j_common_ptr common) { return *static_cast<JpegDecoder*>(common->client_data); }

  /// The warnings after which libjpeg makes pixels up.
  static bool is_damage(int code) {
    switch (code) {
      case JWRN_ARITH_BAD_CODE:
      case JWRN_HIT_MARKER:
      case JWRN_HUFF_BAD_CODE:
      case JWRN_JPEG_EOF:
      case JWRN_MUST_RESYNC:
      case JWRN_NOT_SEQUENTIAL:
        return true;
    }
    return false;
  }

  [[noreturn]] void leave(const char* reason = nullptr) {
    if (reason)
      std::snprintf(message_, sizeof message_, "%s", reason);
    else
      errors_.format_message(reinterpret_cast<j_common_ptr>(&info), message_);
    std::longjmp(before_, 1);
  }

  jpeg_error_mgr errors_{};
  jpeg_progress_mgr monitor_{};
  std::jmp_buf before_;
  char message_[JMSG_LENGTH_MAX] = "";
};

}  // namespace detail

EIGENERATE_INLINE Bitmap read_jpeg(const std::filesystem::path& path) {
  const std::string name = path.string();
  FileSource source(path);
  std::vector<std::byte> file(static_cast<std::size_t>(source.size()));
  file.resize(source.read(file));

  detail::JpegDecoder decoder;
  jpeg_decompress_struct& info = decoder.info;
  const auto refuse = [&] { fail<IoError>("{}: malformed: libjpeg says \"{}\"", name, decoder.message()); };
  const bool is_jpeg = decoder.attempt([&] {
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(file.data()),
                 static_cast<unsigned long>(file.size()));
    jpeg_read_header(&info, TRUE);
  });
  if (!is_jpeg) fail<IoError>("{}: is no JPEG: libjpeg says \"{}\"", name, decoder.message());
  if (info.num_components != 1 && info.jpeg_color_space != JCS_YCbCr && info.jpeg_color_space != JCS_RGB)
    fail<IoError>("{}: cannot read: expected gray or RGB, got a JPEG of {} components in another color space",
                  name, info.num_components);
  info.out_color_space = info.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;

  Bitmap bitmap{static_cast<Index>(info.image_width),
                static_cast<Index>(info.image_height),
                info.num_components == 1 ? 1 : 3,
                {}};
  // No block of 64 values takes less than a bit, and where a component is sampled coarser than others, a
  // value may be that of up to 16 pixels.
  const Index pixels = capped_product(bitmap.width, bitmap.height);
  if (static_cast<std::uint64_t>(pixels) > 8 * 64 * 16 * std::uint64_t{file.size()})
    fail<IoError>("{}: malformed: {} × {} pixels in a file of {} bytes", name, bitmap.width, bitmap.height,
                  file.size());
  bitmap.bytes.resize(static_cast<std::size_t>(pixels * bitmap.channels));

  if (!decoder.attempt([&] { jpeg_start_decompress(&info); })) refuse();
  const bool done = decoder.attempt([&] {
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = bitmap.pixel(static_cast<Index>(info.output_scanline), 0);
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  });
  if (!done) refuse();
  return bitmap;
}

}  // namespace eigenerate

#endif
