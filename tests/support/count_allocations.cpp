// Part of every test program: makes AllocationGuard count.
#include "eigenerate/testing/count_allocations.hpp"
