#include "eigenerate/training/callbacks/progress_bar.hpp"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "eigenerate/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "training/counting_model.hpp"

using namespace eigenerate;

namespace {

/// Sends standard error to another descriptor for the duration of a scope.
class RedirectedError {
 public:
  explicit RedirectedError(int target) : original_(dup(STDERR_FILENO)) { dup2(target, STDERR_FILENO); }
  ~RedirectedError() {
    dup2(original_, STDERR_FILENO);
    close(original_);
  }

 private:
  int original_;
};

void train(CountingModel model = {}, const ProgressBar& bar = {}) {
  Trainer{{.epochs = 2, .batch_size = 4, .non_finite = NonFinitePolicy::SkipStep}, bar}.fit(
      model, counting_dataset(10), counting_dataset(3));
}

/// What `run()` writes to a standard error that is a terminal; nothing where there are no pseudo-terminals.
template <class F>
std::optional<std::string> text_on_a_terminal(F&& run) {
  int terminal = -1, program = -1;
  if (openpty(&terminal, &program, nullptr, nullptr, nullptr) != 0) {
    WARN("no pseudo-terminal here: skipped");
    return {};
  }
  {
    const RedirectedError redirected(program);
    run();
  }
  close(program);
  std::string text;
  char buffer[4096];
  for (auto size = read(terminal, buffer, sizeof buffer); size > 0;
       size = read(terminal, buffer, sizeof buffer))
    text.append(buffer, static_cast<std::size_t>(size));
  close(terminal);
  return text;
}

CountingModel model_with_a_bad_step() {
  CountingModel model;
  model.loss = [](std::uint64_t step) { return step == 4 ? std::nan("") : 1.0; };
  return model;
}

}  // namespace

TEST_CASE("the progress bar is silent without a terminal", "[progress bar]") {
  const support::TemporaryFolder folder;
  const auto path = folder / "stderr.txt";
  const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  {
    const RedirectedError redirected(file);
    train();
  }
  close(file);
  CHECK(support::read_bytes(path).empty());
}

TEST_CASE("warnings are written without a terminal too", "[progress bar]") {
  const support::TemporaryFolder folder;
  const auto path = folder / "stderr.txt";
  const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  {
    const RedirectedError redirected(file);
    train(model_with_a_bad_step());
  }
  close(file);
  const auto bytes = support::read_bytes(path);
  CHECK(
      std::string(bytes.begin(), bytes.end()) ==
      "warning after epoch 1, step 4: training diverged in epoch 2, step 5: the figure loss is nan; the last "
      "finite loss was 1; the step was skipped\n");
}

TEST_CASE("the progress bar keeps a line per epoch on a terminal", "[progress bar]") {
  const auto text = text_on_a_terminal([] { train(); });
  if (!text) return;
  CHECK(support::contains(*text, "epoch 1/2  step 1/3  loss 100"));
  CHECK(support::contains(*text, "epoch 1/2  0.0 s"));
  CHECK(support::contains(*text, "epoch 2/2  0.0 s"));
  CHECK(support::contains(*text, "test loss 1\r\n"));
}

TEST_CASE("a progress bar that is not shown writes warnings alone to a terminal", "[progress bar]") {
  const auto text = text_on_a_terminal([] { train(model_with_a_bad_step(), ProgressBar{false}); });
  if (!text) return;
  CHECK(text->starts_with("warning after epoch 1, step 4: "));
  CHECK(text->ends_with("the step was skipped\r\n"));
  CHECK(std::count(text->begin(), text->end(), '\n') == 1);
}
