// expect: EIGEN_DEFAULT_DENSE_INDEX_TYPE must stay std::ptrdiff_t
#define EIGEN_DEFAULT_DENSE_INDEX_TYPE int
#include <eigenerate/core/types.hpp>

int main() {}
