#pragma once
// data: samples, and the order in which training sees them. A `Dataset` is an immutable value with shared
// storage; everything random depends on a seed and on positions alone, never on batch sizes or on what was
// read before. Loaders throw an `IoError` with path, offset, expected and got, and trust no count of a file.
//
// | header               | what it holds                                                                |
// |----------------------|------------------------------------------------------------------------------|
// | batch.hpp            | `Batch`: views of the samples, labels and conditions of a training step      |
// | batches.hpp          | `Batches`: the seeded, shuffled mini-batches of each epoch                   |
// | binarize.hpp         | static, dynamic and threshold binarization                                   |
// | compressed_idx.hpp   | `read_compressed_idx`: IDX files, plain or packed (opt-in, component eigenerate::gzip) |
// | dataset.hpp          | `Dataset`: samples, labels, shape, pairs; subsets and splits without copies  |
// | dequantize.hpp       | `dequantize`: noise within a level; `to_logits`: numbers of [0, 1] (by name) |
// | draw_per_class.hpp   | `draw_per_class`: as many labelled samples of each class (by name)           |
// | factors.hpp          | `Factors`: what samples were generated from; `draw_factors` (by name)        |
// | idx.hpp              | `IdxArray`, `read_idx`: the file format of MNIST (by name)                   |
// | levels.hpp           | `to_levels`: gray levels as the integers 0 … 255 (by name)                   |
// | load_idx.hpp         | `load_idx`: IDX files of images and labels as a `Dataset` (opt-in, the same) |
// | mnist.hpp            | `load_mnist`: MNIST and Fashion-MNIST (opt-in, the same)                     |
// | one_hot.hpp          | `one_hot`: labels as columns of zeros and a one                              |
// | pixel_range.hpp      | `PixelRange`, `scale_to_signed`: gray levels in [0, 1] or [-1, 1]            |
// | resize.hpp           | `resize`: images enlarged or shrunk (by name)                                |
// | sample_transform.hpp | `SampleTransform`: a change made while samples are gathered                  |
// | shuffle.hpp          | `random_permutation`: Fisher-Yates on a random stream                        |
// | sprites.hpp          | `make_sprites`: shapes of known size, turn and place (by name)               |
// | stacked_digits.hpp   | `stacked_digits`: three digits as colors, a thousand modes (by name)         |
// | toy.hpp              | 2-D sets: ring and grid of Gaussians, two moons, swiss roll (by name)        |
// | unpaired.hpp         | `unpaired`: sources and targets that have nothing to do with each other (by name) |

#include "eigenerate/data/batch.hpp"
#include "eigenerate/data/batches.hpp"
#include "eigenerate/data/binarize.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/one_hot.hpp"
#include "eigenerate/data/pixel_range.hpp"
#include "eigenerate/data/sample_transform.hpp"
#include "eigenerate/data/shuffle.hpp"
