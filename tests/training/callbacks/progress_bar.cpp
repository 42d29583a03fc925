#include "eigenerate/training/callbacks/progress_bar.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
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

/// What `run()` writes to a standard error that is a pipe; less than a pipe holds.
template <class F>
std::string text_in_a_pipe(F&& run) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  {
    const RedirectedError redirected(ends[1]);
    run();
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (auto size = read(ends[0], buffer, sizeof buffer); size > 0;
       size = read(ends[0], buffer, sizeof buffer))
    text.append(buffer, static_cast<std::size_t>(size));
  close(ends[0]);
  return text;
}

/// How many bytes wait in the pipe that standard error is, at the end of the first epoch.
struct CountBytes {
  std::size_t* bytes;
  template <class M>
  void on_epoch_end(const EpochRecord& record, M&, StopRequest&) {
    int waiting = 0;
    if (record.epoch == 1 && ioctl(STDERR_FILENO, FIONREAD, &waiting) == 0)
      *bytes = static_cast<std::size_t>(waiting);
  }
};

CountingModel model_with_a_bad_step() {
  CountingModel model;
  model.loss = [](std::uint64_t step) { return step == 4 ? std::nan("") : 1.0; };
  return model;
}

}  // namespace

TEST_CASE("without a terminal the progress bar writes a plain line per epoch, into a pipe as into a file",
          "[progress bar]") {
  const auto is_plain = [](const std::string& text) {
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
    CHECK(std::count(text.begin(), text.end(), '\r') == 0);
    CHECK(std::count(text.begin(), text.end(), '\033') == 0);
    CHECK(text.starts_with("epoch 1/2  "));
    CHECK(support::contains(text, " images/s  loss 99.2  extra 2  test loss 1\nepoch 2/2  "));
    CHECK(text.ends_with("  test loss 1\n"));
  };
  is_plain(text_in_a_pipe([] { train(); }));
  const support::TemporaryFolder folder;
  const auto path = folder / "stderr.txt";
  const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  {
    const RedirectedError redirected(file);
    train();
  }
  close(file);
  const auto bytes = support::read_bytes(path);
  is_plain(std::string(bytes.begin(), bytes.end()));
}

TEST_CASE("each epoch's line is in the pipe when the epoch ends", "[progress bar]") {
  std::size_t waiting = 0;
  CountingModel model;
  text_in_a_pipe([&] {
    // The pipe is filled by this process itself: what it holds can be counted meanwhile.
    Trainer{{.epochs = 2, .batch_size = 4}, ProgressBar{}, CountBytes{&waiting}}.fit(model,
                                                                                     counting_dataset(10));
  });
  CHECK(waiting > 0);
}

TEST_CASE("a progress bar that is not shown writes warnings alone without a terminal too", "[progress bar]") {
  CHECK(text_in_a_pipe([] { train({}, ProgressBar{false}); }).empty());
  CHECK(
      text_in_a_pipe([] { train(model_with_a_bad_step(), ProgressBar{false}); }) ==
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
