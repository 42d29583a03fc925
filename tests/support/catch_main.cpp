// Catch2 v2's main, compiled once for all the test programs. Version 3 has its own in a library.
#define CATCH_CONFIG_MAIN
#include "support/catch.hpp"
