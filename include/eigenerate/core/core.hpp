#pragma once
// core: the vocabulary of the library. Nothing here knows of networks; everything else includes it.
//
// | header          | what it holds                                                                  |
// |-----------------|--------------------------------------------------------------------------------|
// | bf16.hpp        | `Bf16`: a float's upper half, and rounding to it                               |
// | compiled.hpp    | header-only, or with the compiled library: how headers leave their bodies out   |
// | errors.hpp      | `Error` and its kinds: shape, configuration, state, input/output, divergence   |
// | finite.hpp      | `is_finite`, `is_nan`: so that -ffast-math cannot hide a NaN                   |
// | object_identity.hpp | `ObjectIdentity`: tells an object from its copies and from whatever stands there later |
// | limits.hpp      | `max_scalars`, and sums and products that never overflow                        |
// | memory.hpp      | `AlignedArray`: the 64-byte aligned storage of arenas                          |
// | message.hpp     | `format_message`: texts with numbers in them, cheaply compiled                  |
// | numbers.hpp     | `Numbers`, `ConstNumbers`: one number per sample, with their count          |
// | portable.hpp    | what compilers and standard libraries differ in: `bit_cast`                    |
// | precision.hpp   | `MatmulPrecision`: how exactly float matrices are multiplied                   |
// | random.hpp      | Philox streams keyed by seed, purpose, step and lane                           |
// | same_eigen.hpp  | refuses programs whose units have different -m flags                         |
// | shape.hpp       | `Shape`: channels × height × width of one sample                               |
// | thread_pool.hpp | the workers behind `parallel_for`; whether there are threads at all            |
// | threads.hpp     | the thread pool: `parallel_for`, `set_num_threads`                             |
// | types.hpp       | `Index`, `Matrix`, `View`, `Mode`                                              |
// | value_range.hpp | `ValueRange`: an interval of numbers                                           |
// | version.hpp     | the version of the library                                                     |
// | weight_precision.hpp | `WeightPrecision`: in what a prediction keeps the weights                 |

#include "eigenerate/core/bf16.hpp"
#include "eigenerate/core/compiled.hpp"
#include "eigenerate/core/errors.hpp"
#include "eigenerate/core/finite.hpp"
#include "eigenerate/core/limits.hpp"
#include "eigenerate/core/memory.hpp"
#include "eigenerate/core/message.hpp"
#include "eigenerate/core/numbers.hpp"
#include "eigenerate/core/object_identity.hpp"
#include "eigenerate/core/portable.hpp"
#include "eigenerate/core/precision.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/same_eigen.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/thread_pool.hpp"
#include "eigenerate/core/threads.hpp"
#include "eigenerate/core/types.hpp"
#include "eigenerate/core/value_range.hpp"
#include "eigenerate/core/version.hpp"
#include "eigenerate/core/weight_precision.hpp"
