#pragma once

#include "eigenerate/testing/adversary_term_conformance.hpp"
#include "eigenerate/testing/output_term_conformance.hpp"
#include "support/catch.hpp"

/// The one line that calls a term done.
template <class T>
void require_term_conformance(T term, const eigenerate::testing::AdversaryTermOptions& options = {}) {
  std::string all;
  for (const auto& failure : eigenerate::testing::check_adversary_term(std::move(term), options))
    all += failure + "\n";
  INFO(all);
  REQUIRE(all.empty());
}
