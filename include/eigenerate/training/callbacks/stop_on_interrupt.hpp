#pragma once

#include <csignal>
#include <memory>

#include "eigenerate/training/records.hpp"

namespace eigenerate {

/// Turns the first Ctrl-C (SIGINT) or SIGTERM during a fit into an orderly stop after the present step, so
/// that the other callbacks still save what was learned. A second signal ends the program as usual.
///
/// The handlers stand for the duration of the fit and are put back after it, also when it throws.
class StopOnInterrupt {
 public:
  static constexpr const char* reason = "interrupted";

  template <class M>
  void on_fit_begin(const FitPlan&, M&, StopRequest&) {
    handlers_.reset();  // first: each remembers what it found
    handlers_ = std::make_unique<Handlers>();
  }
  template <class M>
  void on_step_end(const StepRecord&, M&, StopRequest& stop) {
    if (signaled) stop.stop(reason);
  }
  template <class M>
  void on_fit_end(const FitResult&, M&, StopRequest&) {
    handlers_.reset();
  }
  void on_fit_failed() { handlers_.reset(); }

 private:
  static inline volatile std::sig_atomic_t signaled = 0;

  static void on_signal(int number) {
    signaled = 1;
    std::signal(number, SIG_DFL);
  }

  struct Handlers {
    Handlers() { signaled = 0; }
    ~Handlers() {
      std::signal(SIGINT, interrupt);
      std::signal(SIGTERM, terminate);
    }
    Handlers(const Handlers&) = delete;
    Handlers& operator=(const Handlers&) = delete;

    void (*interrupt)(int) = std::signal(SIGINT, on_signal);
    void (*terminate)(int) = std::signal(SIGTERM, on_signal);
  };

  std::unique_ptr<Handlers> handlers_;
};

}  // namespace eigenerate
