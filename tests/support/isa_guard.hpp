#pragma once
// Runs a test once for every instruction set that this machine has.

#include "eigenerate/kernels/kernels.hpp"
#include "support/catch.hpp"

/// Calls `f()` with each supported instruction set in use, named in failure messages, and restores the one
/// before.
template <class F>
void for_each_isa(const F& f) {
  using namespace eigenerate::kernels;
  const Isa before = isa();
  for (const Isa candidate : all_isas) {
    if (!set_isa(candidate)) continue;
    INFO("instruction set " << isa_name(candidate));
    f();
  }
  set_isa(before);
}
