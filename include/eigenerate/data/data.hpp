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
// | byte_scale.hpp       | `ByteScale`: what the numbers of a file of bytes stand for                   |
// | compressed_idx.hpp   | `read_compressed_idx`: IDX files, plain or packed (opt-in, component eigenerate::gzip) |
// | dataset.hpp          | `Dataset`: samples, labels, shape, pairs; subsets and splits without copies  |
// | dequantize.hpp       | `dequantize`: noise within a level; `to_logits`: numbers of [0, 1] (by name) |
// | draw_per_class.hpp   | `draw_per_class`: as many labelled samples of each class (by name)           |
// | factors.hpp          | `Factors`: what samples were generated from; `draw_factors` (by name)        |
// | idx.hpp              | `IdxArray`, `read_idx`: the file format of MNIST (by name)                   |
// | idx_options.hpp      | `IdxOptions`: how the arrays of IDX files become a dataset (by name)         |
// | image_options.hpp    | `ImageOptions`: how the pictures of a folder become a dataset (by name)      |
// | levels.hpp           | `to_levels`: gray levels as the integers 0 … 255 (by name)                   |
// | load_csv.hpp         | `load_csv`: tables of numbers with a column of labels (by name)              |
// | load_idx.hpp         | `load_idx`: IDX files of images and labels as a `Dataset` (opt-in, the same) |
// | load_images.hpp      | `load_images`: a folder of PNGs and JPEGs (opt-in, components png and jpeg)  |
// | load_numpy.hpp       | `load_numpy`: samples and labels of `numpy.save` (by name)                   |
// | map_idx.hpp          | `map_idx`: IDX files larger than memory (by name)                            |
// | mnist.hpp            | `load_mnist`: MNIST and Fashion-MNIST (opt-in, component eigenerate::gzip)   |
// | npy.hpp              | `NpyArray`, `read_npy`: the file format of NumPy (by name)                   |
// | one_hot.hpp          | `one_hot`: labels as columns of zeros and a one                              |
// | pixel_range.hpp      | `PixelRange`, `scale_to_signed`: gray levels in [0, 1] or [-1, 1]            |
// | random_affine.hpp    | `random_affine`: images turned, slanted, scaled, shifted (by name)            |
// | resampling.hpp       | `Resampling`: bilinear, bicubic or by area (by name)                         |
// | resize.hpp           | `resize`: images enlarged or shrunk (by name)                                |
// | sample_storage.hpp   | `SampleStorage`: where samples lie, as floats or as bytes                    |
// | sample_transform.hpp | `SampleTransform`: a change made while samples are gathered                  |
// | shuffle.hpp          | `random_permutation`: Fisher-Yates on a random stream                        |
// | sprites.hpp          | `make_sprites`: shapes of known size, turn and place (by name)               |
// | stacked_digits.hpp   | `stacked_digits`: three digits as colors, a thousand modes (by name)         |
// | standardizer.hpp     | `Standardizer`: every feature to mean 0 and deviation 1, and back (by name)  |
// | toy.hpp              | 2-D sets: ring and grid of Gaussians, two moons, swiss roll (by name)        |
// | unpaired.hpp         | `unpaired`: sources and targets that have nothing to do with each other (by name) |

#include "eigenerate/data/batch.hpp"
#include "eigenerate/data/batches.hpp"
#include "eigenerate/data/binarize.hpp"
#include "eigenerate/data/byte_scale.hpp"
#include "eigenerate/data/dataset.hpp"
#include "eigenerate/data/one_hot.hpp"
#include "eigenerate/data/pixel_range.hpp"
#include "eigenerate/data/sample_storage.hpp"
#include "eigenerate/data/sample_transform.hpp"
#include "eigenerate/data/shuffle.hpp"
