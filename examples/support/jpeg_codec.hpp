#pragma once
// JPEG as the codec that learned codes are compared with.

#include <cstdio>  // jpeglib.h needs it
// Behind it
#include <jpeglib.h>

#include <csetjmp>
#include <cstdlib>
#include <eigenerate/core/errors.hpp>
#include <eigenerate/io/bitmap.hpp>
#include <string>
#include <vector>

namespace examples {

using namespace eigenerate;

/// A gray picture as JPEG, and what comes back of it.
struct JpegCopy {
  std::size_t bytes = 0;
  Bitmap picture;
};

namespace detail {

/// libjpeg's errors leave by longjmp, past frames without destructors.
struct JpegErrors : jpeg_error_mgr {
  std::jmp_buf back;
  char words[JMSG_LENGTH_MAX] = "";

  JpegErrors() : jpeg_error_mgr{} {
    jpeg_std_error(this);
    error_exit = [](j_common_ptr common) {
      auto* const self = static_cast<JpegErrors*>(common->err);
      self->format_message(common, self->words);
      std::longjmp(self->back, 1);
    };
  }
};

}  // namespace detail

/// With Huffman tables made for it.
///
/// **Errors** `IoError` with libjpeg's words.
inline JpegCopy through_jpeg(const Bitmap& gray, int quality) {
  struct Memory {
    unsigned char* data = nullptr;
    unsigned long size = 0;
    ~Memory() { std::free(data); }
  } memory;
  const auto row_of = [](const Bitmap& picture, JDIMENSION row) {
    return const_cast<std::uint8_t*>(picture.bytes.data()) + static_cast<Index>(row) * picture.width;
  };
  JpegCopy copy{0, gray};

  detail::JpegErrors errors;
  jpeg_compress_struct out{};
  out.err = &errors;
  if (setjmp(errors.back)) {
    jpeg_destroy_compress(&out);
    throw IoError(std::string("libjpeg cannot compress: ") + errors.words);
  }
  jpeg_create_compress(&out);
  jpeg_mem_dest(&out, &memory.data, &memory.size);
  out.image_width = static_cast<JDIMENSION>(gray.width);
  out.image_height = static_cast<JDIMENSION>(gray.height);
  out.input_components = 1;
  out.in_color_space = JCS_GRAYSCALE;
  jpeg_set_defaults(&out);
  jpeg_set_quality(&out, quality, TRUE);
  out.optimize_coding = TRUE;
  jpeg_start_compress(&out, TRUE);
  while (out.next_scanline < out.image_height) {
    JSAMPROW row = row_of(gray, out.next_scanline);
    jpeg_write_scanlines(&out, &row, 1);
  }
  jpeg_finish_compress(&out);
  jpeg_destroy_compress(&out);

  jpeg_decompress_struct in{};
  in.err = &errors;
  if (setjmp(errors.back)) {
    jpeg_destroy_decompress(&in);
    throw IoError(std::string("libjpeg cannot read what it wrote: ") + errors.words);
  }
  jpeg_create_decompress(&in);
  jpeg_mem_src(&in, memory.data, memory.size);
  jpeg_read_header(&in, TRUE);
  jpeg_start_decompress(&in);
  while (in.output_scanline < in.output_height) {
    JSAMPROW row = row_of(copy.picture, in.output_scanline);
    jpeg_read_scanlines(&in, &row, 1);
  }
  jpeg_finish_decompress(&in);
  jpeg_destroy_decompress(&in);
  copy.bytes = memory.size;
  return copy;
}

}  // namespace examples
