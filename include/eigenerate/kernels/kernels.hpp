#pragma once
// kernels: the hot path. Everything that moves or multiplies many numbers, behind pointers and extents.
//
// Invariants: the output comes first; storage is column-major; functions are noexcept and allocate nothing (a
// product's packing buffer, once for each thread, aside; PackedConvolution and Bf16Matrix own theirs);
// outputs overlap no input unless a function says so; no Eigen type appears. The instruction set is chosen at
// run time and needs no compiler flag. Results have the same bits on any number of threads. This header is
// the only one that other folders include.
//
// | header                     | what it holds                                                     |
// |----------------------------|-------------------------------------------------------------------|
// | backend/amx.hpp            | products on tiles of bf16 numbers                                 |
// | backend/amx_permission.hpp | whether the processor has bf16 and tiles, and tiles may be used   |
// | backend/attributes.hpp     | compilers' spellings of unrolling; which backends can be compiled |
// | backend/avx2.hpp           | the registers of AVX2+FMA, and the primitives of simd.inc on them |
// | backend/avx512.hpp         | the registers of AVX-512, and the primitives of simd.inc on them  |
// | backend/avx512_bf16.hpp    | products of pairs of bf16 numbers                                 |
// | backend/bf16_packing.hpp   | packing for both: floats rounded to bf16, in pairs                |
// | backend/neon.hpp           | the registers of 64-bit ARM, and the primitives of simd.inc       |
// | backend/row_pairs.hpp      | the sums of batch normalization, for each instruction set         |
// | backend/scalar.hpp         | the same primitives in plain C++                                  |
// | backend/transpose_avx2.hpp | one square block transposed in registers                          |
// | backend/transpose_neon.hpp | one square block transposed in registers of NEON                  |
// | batch_normalization.hpp    | moments of rows, and the passes of batch normalization over them  |
// | bf16_matrix.hpp            | `Bf16Matrix`: for products with one vector, in half the memory    |
// | blocking.hpp               | how a product is cut into blocks, panels and tiles                |
// | chunks.hpp                 | cutting loops into chunks that do not depend on the threads       |
// | convolution.hpp            | `convolution_forward`, `…_input_gradient`, `…_weight_gradient`    |
// | convolution_geometry.hpp   | `ConvolutionGeometry`: the extents of a convolution               |
// | depthwise_convolution.hpp  | convolutions that leave every channel to itself                   |
// | dispatch.hpp               | the table of functions of each instruction set                    |
// | elementwise.hpp            | `map`, and functions of arrays by way of it                       |
// | extrema.hpp                | `extrema`: the smallest and the largest number of an array        |
// | finite.hpp                 | `all_finite`: whether an array holds no infinity and no NaN       |
// | fractions.hpp              | `has_fractions`: whether a number of an array is no integer       |
// | frame.hpp                  | images with their zeros, where products read windows              |
// | gemm.hpp                   | `gemm`: matrix product with bias and activation                   |
// | gemm_blocked.hpp           | its algorithm: blocks, packing, tiles                             |
// | gemm_in_place.hpp          | products of small matrices, which are not packed                  |
// | gemv.hpp                   | products with one row or column                                   |
// | grouped_convolution.hpp    | `grouped_convolution_…`: groups of channels, windows with gaps    |
// | grouped_geometry.hpp       | `GroupedGeometry`: the extents of such a convolution              |
// | isa.hpp                    | `isa`, `isa_name`, `set_isa`: the instruction set in use          |
// | items.hpp                  | loops over items, such as samples, in chunks; sums over them      |
// | layer_normalization.hpp    | the passes of layer normalization over columns                    |
// | math.hpp                   | exponentials, logarithms and sigmoids of one number               |
// | normalization_loops.hpp    | what the normalizations do to one thread's share                  |
// | operand.hpp                | the operands of a product, and where it writes                    |
// | packed_convolution.hpp     | `PackedConvolution`: a weight that does not change, packed once   |
// | packed_left.hpp            | a left operand packed before any product                          |
// | packing.hpp                | copying parts of operands into the panels of the micro-kernels    |
// | packing_buffer.hpp         | the memory in which a product packs its operands                  |
// | panels.hpp                 | what a micro-kernel multiplies                                    |
// | patches.hpp                | adding the matrix of its patches to an image                      |
// | phases.hpp                 | the matrices of a convolution and of its adjoint                  |
// | random.hpp                 | `fill_uniform`, `fill_normal`: random numbers, many at a time     |
// | reduce.hpp                 | `accumulate_row_sums`, `column_sums`, `sum_of_squares`            |
// | square_roots.hpp           | square roots in vector registers                                  |
// | transpose.hpp              | `transpose_each`: many small matrices                             |
// | types.hpp                  | `Index`, `Transpose`, `Activation`, `Epilogue`                    |
// | update.hpp                 | `update`: an optimiser's step in one pass; `AdamUpdate`, …        |
// | vector_loop.hpp            | plain loops, compiled once for each instruction set               |
// | windows.hpp                | images as matrices of windows, and copying parts of these         |

#include "eigenerate/kernels/batch_normalization.hpp"
#include "eigenerate/kernels/bf16_matrix.hpp"
#include "eigenerate/kernels/convolution.hpp"
#include "eigenerate/kernels/convolution_geometry.hpp"
#include "eigenerate/kernels/elementwise.hpp"
#include "eigenerate/kernels/extrema.hpp"
#include "eigenerate/kernels/finite.hpp"
#include "eigenerate/kernels/fractions.hpp"
#include "eigenerate/kernels/gemm.hpp"
#include "eigenerate/kernels/grouped_convolution.hpp"
#include "eigenerate/kernels/grouped_geometry.hpp"
#include "eigenerate/kernels/isa.hpp"
#include "eigenerate/kernels/items.hpp"
#include "eigenerate/kernels/layer_normalization.hpp"
#include "eigenerate/kernels/math.hpp"
#include "eigenerate/kernels/packed_convolution.hpp"
#include "eigenerate/kernels/random.hpp"
#include "eigenerate/kernels/reduce.hpp"
#include "eigenerate/kernels/transpose.hpp"
#include "eigenerate/kernels/types.hpp"
#include "eigenerate/kernels/update.hpp"
