#pragma once

#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

#include "eigenerate/io/bitmap.hpp"
#include "support/files.hpp"

namespace support {

/// How `jpeg_bytes` writes.
struct JpegForm {
  int quality = 100;
  bool progressive = false;
  bool cmyk = false;  ///< four components, all of them the picture's first channel
};

/// A picture as libjpeg writes it, without subsampling its colors.
inline Bytes jpeg_bytes(const eigenerate::Bitmap& picture, const JpegForm& form = {}) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &memory, &size);
  info.image_width = static_cast<JDIMENSION>(picture.width);
  info.image_height = static_cast<JDIMENSION>(picture.height);
  info.input_components = form.cmyk ? 4 : static_cast<int>(picture.channels);
  info.in_color_space = form.cmyk ? JCS_CMYK : picture.channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, form.quality, TRUE);
  for (int i = 0; i < info.num_components; ++i)
    info.comp_info[i].h_samp_factor = info.comp_info[i].v_samp_factor = 1;
  if (form.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  for (eigenerate::Index y = 0; y < picture.height; ++y) {
    Bytes line(picture.pixel(y, 0), picture.pixel(y, 0) + picture.width * picture.channels);
    if (form.cmyk) {
      line.clear();
      for (eigenerate::Index x = 0; x < picture.width; ++x) line.insert(line.end(), 4, *picture.pixel(y, x));
    }
    JSAMPROW row = line.data();
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  Bytes bytes(memory, memory + size);
  std::free(memory);
  return bytes;
}

}  // namespace support
