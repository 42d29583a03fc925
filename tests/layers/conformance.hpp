#pragma once

#include "eigenerate/testing/layer_conformance.hpp"
#include "support/catch.hpp"

/// The one line that calls a layer done.
template <eigenerate::Layer L>
void require_conformance(L layer, const eigenerate::Shape& input,
                         const eigenerate::testing::ConformanceOptions& options = {}) {
  std::string all;
  for (const auto& failure : eigenerate::testing::check_layer(std::move(layer), input, options))
    all += failure + "\n";
  INFO(all);
  REQUIRE(all.empty());
}
