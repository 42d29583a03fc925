#pragma once

#include <string_view>
#include <vector>

#include "eigenerate/adversarial/any_adversary_term.hpp"

namespace eigenerate {

/// The code that latent vectors of a model end in: the one that a term tells from samples.
///
/// **Errors** `ConfigError` for two terms with a code.
template <Scalar S>
LatentCode code_of_terms(const std::vector<AnyAdversaryTerm<S>>& terms, std::string_view who) {
  LatentCode code;
  for (const auto& term : terms) {
    const LatentCode told = term.plan().code;
    if (told.size() == 0) continue;
    if (code.size() > 0)
      fail<ConfigError>("{}: latent vectors end in one code, but a second {} tells another", who,
                        term.kind());
    code = told;
  }
  return code;
}

}  // namespace eigenerate
