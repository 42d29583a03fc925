#pragma once

#include <filesystem>

#include "eigenerate/core/compiled.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/idx_options.hpp"

namespace eigenerate::data {

/// The dataset of `load_idx`, bit for bit, for images that need not fit into memory: the file of images, a
/// plain one, is mapped, and its pages come and go as samples are gathered. Labels are read.
///
/// The file must stay as it is while the dataset or a part of it lives; see `MappedFile` about one that
/// shrinks.
///
/// **Cost** no memory for pixels but what the system keeps of the file and gives back when others need it;
/// opening reads the header alone. A shuffled epoch reads a page or more for each sample, wherever it stands.
/// **Errors** those of `load_idx`, and `ConfigError` for `transposed` and `channels_first`, whose pixels
/// would have to change places.
Dataset map_idx(const std::filesystem::path& images_path, const std::filesystem::path& labels_path = {},
                const IdxOptions& options = {});

}  // namespace eigenerate::data

#if EIGENERATE_DEFINES(DATA)

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eigenerate/data/detail/idx_dataset.hpp"
#include "eigenerate/io/mapped_file.hpp"

namespace eigenerate::data {

EIGENERATE_INLINE Dataset map_idx(const std::filesystem::path& images_path,
                                  const std::filesystem::path& labels_path, const IdxOptions& options) {
  const std::string path = images_path.string();
  detail::require_classes("map_idx", options, labels_path);
  std::vector<int> labels;
  if (!labels_path.empty()) labels = detail::idx_labels(read_idx(labels_path), labels_path, options);

  FileSource source(images_path);
  const detail::IdxHeader header = detail::parse_idx_header(source);
  const detail::ImageLayout images = detail::idx_layout(header.extents, header.type, options, path);
  detail::require_label_each(images, path, labels, labels_path);
  if (!images.in_order())
    fail<ConfigError>("{}: map_idx expected pixels row by row with channels last; load_idx moves others",
                      path);
  const auto file = std::make_shared<const MappedFile>(images_path);
  if (file->bytes().size() != source.size())
    fail_malformed(path, 0, format_message("{} bytes, as a moment ago", source.size()),
                   format_message("{}", file->bytes().size()));
  const auto* const pixels = reinterpret_cast<const std::uint8_t*>(file->bytes().data() + source.position());
  return detail::idx_dataset(path, images, {file, pixels}, std::move(labels), options);
}

}  // namespace eigenerate::data

#endif
