#pragma once
// io: files in and out. Every failure is an `IoError` that names the path and the reason; a reader checks
// sizes against the real file before it allocates, and a writer replaces its target only with a complete
// file.
//
// | header                 | what it holds                                                                |
// |------------------------|------------------------------------------------------------------------------|
// | animated_png.hpp       | `write_animated_png`: frames that browsers play (opt-in, component eigenerate::png) |
// | atomic_file.hpp        | `AtomicFile`: written beside its target, synced, renamed when complete       |
// | bitmap.hpp             | `Bitmap`: an 8-bit gray or RGB picture in memory                             |
// | byte_order.hpp         | numbers as the bytes of files, on machines of either byte order              |
// | byte_source.hpp        | the concept `ByteSource` that parsers read from                              |
// | canvas.hpp             | `Canvas`: a picture that one draws dots, rings and figures on (by name)      |
// | dtype.hpp              | `Dtype`: the element types of tensors in files                               |
// | file_error.hpp         | how malformed files and refused system calls are reported                    |
// | file_source.hpp        | `FileSource`: the bytes of a plain file                                      |
// | gzip.hpp               | `GzipSource`: the content of a .gz file (opt-in, component eigenerate::gzip) |
// | image_grid.hpp         | `image_grid`: samples drawn as the tiles of one `Bitmap`                     |
// | jpeg.hpp               | `read_jpeg` (opt-in, component eigenerate::jpeg)                             |
// | mapped_file.hpp        | `MappedFile`: the bytes of a plain file as memory (by name)                  |
// | output_path.hpp        | `prepare_output_file`, `prepare_output_folder`: made and tried before the work begins |
// | png.hpp                | `write_png`, `read_png`, `write_image_grid` (opt-in, component eigenerate::png) |
// | pytorch_layout.hpp     | where PyTorch's elements stand in our memory                                 |
// | safetensors.hpp        | `SafetensorsReader`, `write_safetensors` (opt-in, component eigenerate::json) |
// | safetensors_header.hpp | parsing and checking the header of such a file (opt-in, the same)            |
// | scatter_picture.hpp    | `scatter_picture`: points colored by labels, with axes and a legend (by name) |
// | state_tensors.hpp      | arenas as tensors of a file: read completely before one replaces anything (opt-in, the same) |
// | usable_file.hpp        | `why_unusable`, `first_usable`: whether a file can be read, not just whether it exists |
// | weights.hpp            | `save_weights`, `load_weights` of networks and models (opt-in, the same)     |

#include "eigenerate/io/atomic_file.hpp"
#include "eigenerate/io/bitmap.hpp"
#include "eigenerate/io/byte_order.hpp"
#include "eigenerate/io/byte_source.hpp"
#include "eigenerate/io/dtype.hpp"
#include "eigenerate/io/file_error.hpp"
#include "eigenerate/io/file_source.hpp"
#include "eigenerate/io/image_grid.hpp"
#include "eigenerate/io/output_path.hpp"
#include "eigenerate/io/pytorch_layout.hpp"
#include "eigenerate/io/usable_file.hpp"
