#pragma once

#include "eigenerate/training/records.hpp"

namespace support {

/// Ends training after one step; never where that is 0.
struct StopAt {
  std::uint64_t step;
  template <class M>
  void on_step_end(const eigenerate::StepRecord& record, M&, eigenerate::StopRequest& stop) {
    if (record.step == step) stop.stop("enough");
  }
};

}  // namespace support
