#pragma once
// What every refusal of a wrong argument must be: a typed exception with words that help.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <exception>
#include <string>
#include <typeinfo>
#include <vector>

#include "support/catch.hpp"
#include "support/files.hpp"

namespace support {

/// Fails unless `call` throws an `E`, of that very type, whose message holds all the parts.
template <class E, class F>
void refuses(F&& call, const std::vector<std::string>& parts) {
  INFO("expected in the message: " << fmt::format("{}", fmt::join(parts, " | ")));
  try {
    call();
  } catch (const E& e) {
    const std::string message = e.what();
    INFO(message);
    CHECK(typeid(e) == typeid(E));
    for (const auto& part : parts) CHECK(contains(message, part));
    return;
  } catch (const std::exception& e) {
    FAIL_CHECK("another exception: " << e.what());
    return;
  }
  FAIL_CHECK("nothing was thrown");
}

/// The message of the `E` that the call throws; nothing where it returns.
template <class E, class F>
std::string message_of(F&& call) {
  try {
    call();
  } catch (const E& e) {
    return e.what();
  }
  return "";
}

}  // namespace support
