#pragma once

#include <string_view>
#include <vector>

#include "eigenerate/adversarial/any_adversary_term.hpp"
#include "eigenerate/models/conditioning.hpp"

namespace eigenerate {

/// The labels that the discriminator of a model sees: those of the model, or none where a term has it tell
/// them.
///
/// **Errors** `ConfigError` for a term that tells other classes than the model has.
template <Scalar S>
Conditioning discriminator_conditioning(const Conditioning& model,
                                        const std::vector<AnyAdversaryTerm<S>>& terms, std::string_view who) {
  Conditioning seen = model;
  for (const auto& term : terms) {
    const Index told = term.plan().classes;
    if (told == 0) continue;
    if (told != model.classes)
      fail<ConfigError>(
          "{}: a {} of {} classes needs samples that were made for one of them, but .classes is {}", who,
          term.kind(), told, model.classes);
    seen = {};
  }
  return seen;
}

}  // namespace eigenerate
