#pragma once
// Catch2 v3 where the system has it, v2 (one header) elsewhere: tests include this file only.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#else
#include <catch2/catch.hpp>
#endif
