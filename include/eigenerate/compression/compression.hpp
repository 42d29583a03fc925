#pragma once
// compression: samples as short messages, by the probabilities of a model, and back without loss.
//
// A coder is a stack, `AnsMessage`: what was pushed last is popped first, and popping from bits that say
// nothing yet draws a sample. `BitsBack` codes with a VAE at the rate of its negative ELBO. Whatever a
// message depends on is its setting, stands in its file, and is compared before it is read: both directions
// run the same compiled functions on the same numbers, and one sample at a time. Corrupt and hostile messages
// end in an `IoError`. None of this is in `eigenerate.hpp`.
//
// | header                  | what it holds                                                             |
// |-------------------------|---------------------------------------------------------------------------|
// | ans_message.hpp         | `AnsMessage`: the entropy coder, asymmetric numeral systems               |
// | bits_back.hpp           | `BitsBack`: samples coded by a `Vae`                                      |
// | compress.hpp            | `compress`, `decompress`: a matrix of samples, and the same; `SampleCodec` |
// | compressed_images.hpp   | `CompressedImages`: a message with its setting, and its file              |
// | compression_setting.hpp | `CompressionSetting`: all that a message depends on                       |
// | fingerprint.hpp         | `Fingerprint`: 64 bits that tell one content from another                 |
// | frequency_table.hpp     | `FrequencyTable`: the probabilities of levels in whole numbers            |
// | normal_buckets.hpp      | `NormalBuckets`: real numbers in buckets of equal mass                    |
// | pixel_coder.hpp         | `PixelCoder`: images of categories coded by a `PixelCnn` (by name)        |

#include "eigenerate/compression/ans_message.hpp"
#include "eigenerate/compression/bits_back.hpp"
#include "eigenerate/compression/compress.hpp"
#include "eigenerate/compression/compressed_images.hpp"
#include "eigenerate/compression/compression_setting.hpp"
#include "eigenerate/compression/fingerprint.hpp"
#include "eigenerate/compression/frequency_table.hpp"
#include "eigenerate/compression/normal_buckets.hpp"
