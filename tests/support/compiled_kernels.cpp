// Products of all instruction sets, compiled once for the test programs that define
// EIGENERATE_COMPILED_KERNELS: they are a third of what each of their files would compile. The kernels' own
// tests and the consumers use headers alone.

#include "eigenerate/kernels/dispatch.hpp"

namespace eigenerate::kernels::detail {
template const KernelTable<float>& kernel_table<float>() noexcept;
template const KernelTable<double>& kernel_table<double>() noexcept;
}  // namespace eigenerate::kernels::detail
