#pragma once

#include <string_view>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/models/conditioning.hpp"

namespace eigenerate {

/// Throws unless the batch holds samples of that shape, with a condition of the other shape for each;
/// `advice` makes datasets that have some.
template <Scalar S>
void require_pairs(const Batch<S>& batch, const Shape& source, const Shape& sample, std::string_view who,
                   std::string_view advice) {
  Conditioning{}.require(batch, sample, who);
  if (batch.condition.size() == 0)
    fail<ConfigError>(
        "{}: translates conditions into samples, but the batch has no conditions; make the "
        "dataset one of pairs: {}",
        who, advice);
  if (batch.condition.rows() != source.size() || batch.condition.cols() != batch.size())
    fail<ShapeError>("{}: expected conditions of {} × {} (shape {}), got {} × {}", who, source.size(),
                     batch.size(), to_string(source), batch.condition.rows(), batch.condition.cols());
}

}  // namespace eigenerate
