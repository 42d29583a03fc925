// An older standard: one sentence says which is needed, before all that follows from it.
// with: -std=c++17 -Wfatal-errors
// expect: eigenerate needs C..20: compile with -std=c..20
#include <eigenerate/eigenerate.hpp>

int main() {}
