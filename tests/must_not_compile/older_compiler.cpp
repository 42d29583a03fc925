// A compiler that is too old, as far as it tells: the sentence names those that are not.
// with: -Wfatal-errors -U__GNUC__ -D__GNUC__=10 -U__clang_major__ -D__clang_major__=13
// expect: eigenerate needs .*.. 1[14] or newer
#include <eigenerate/eigenerate.hpp>

int main() {}
