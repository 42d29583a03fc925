// Runs killed without warning while they save after every step: whatever moment it is, the folder holds a
// checkpoint that resumes to the bits of the run that was never killed.

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "faults/training_run.hpp"
#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;
using faults::TrainingRun;

/// Starts the run, kills it after `delay` microseconds and tells whether it was still at work then.
bool killed(const TrainingRun& run, long delay) {
  const pid_t child = fork();
  if (child == 0) {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) close(descriptor);
    faults::execute(run.arguments());
  }
  std::this_thread::sleep_for(std::chrono::microseconds(delay));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

void kill_and_resume(int kills, bool loop = false) {
  TrainingRun run;
  run.model = "gan";
  run.epochs = 20;
  const auto begin = std::chrono::steady_clock::now();
  const std::string expected = run.last_line();  // of one fit, whatever is killed
  run.loop = loop;
  const auto whole =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count();
  CHECK(support::contains(expected, "hash"));

  std::mt19937 random(7);  // the moments differ from machine to machine in any case
  int done = 0;
  while (done < kills) {
    const support::TemporaryFolder folder;
    run.folder = folder.path();
    run.resume = false;
    // Several kills in a row, each in a run that resumes what the one before left.
    for (bool unfinished = true; unfinished && done < kills; ++done) {
      unfinished = killed(run, 1000 + static_cast<long>(random()) % whole);
      run.resume = fs::exists(folder / "checkpoint_last.safetensors");
      run.threads = 1 + done % 3;
    }
    CAPTURE(done);
    CHECK(run.last_line() == expected);
    // The best and the previous one are whole as well, once they are there.
    for (const auto& entry : fs::directory_iterator(folder.path()))
      if (entry.path().extension() == ".safetensors") CHECK(faults::is_whole(entry.path()));
  }
}

}  // namespace

TEST_CASE("runs that are killed at any moment resume to the same bits", "[faults]") {
  kill_and_resume(20);
}

TEST_CASE("so does a loop of fits of one epoch, to the bits of one fit of all epochs", "[faults]") {
  kill_and_resume(12, /*loop=*/true);
}

TEST_CASE("the same, two hundred times", "[faults][slow]") {
  kill_and_resume(200);
}

TEST_CASE("signals that ask to stop save the present step first", "[faults]") {
  for (const int number : {SIGINT, SIGTERM}) {
    const support::TemporaryFolder whole, folder;
    TrainingRun run;
    run.model = "vae";
    run.epochs = 30;
    const std::string expected = run.last_line();
    run.folder = folder.path();
    const support::Outcome outcome = support::run(
        run.arguments(), [&] { return fs::exists(folder / "checkpoint_best.safetensors"); }, number);
    CHECK(outcome.code == 130);
    CHECK(support::contains(outcome.out, "step 3\n"));
    CHECK_FALSE(support::contains(outcome.out, expected));
    run.resume = true;
    const support::Outcome rest = support::run(run.arguments());
    CHECK(rest.code == 0);
    CHECK(support::contains(rest.out, expected));
    // It went on where it had been stopped.
    CHECK_FALSE(support::contains(rest.out, "step 3\n"));
  }
}
