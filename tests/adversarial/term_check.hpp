#pragma once

#include "eigenerate/testing/adversary_term_conformance.hpp"
#include "support/catch.hpp"

/// The one line that calls a term done.
template <eigenerate::AdversaryPenalty P>
void require_term_conformance(P penalty) {
  std::string all;
  for (const auto& failure : eigenerate::testing::check_adversary_term(std::move(penalty)))
    all += failure + "\n";
  INFO(all);
  REQUIRE(all.empty());
}
