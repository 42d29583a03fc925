// What the system refuses: a full disk, a read-only folder, and every system call of a save in its turn. The
// checkpoints that stood there stay, the program ends with a code of its own, and says path and reason.

#include <sys/mount.h>
#include <sys/stat.h>

#include <cstdlib>
#include <map>

#include "faults/training_run.hpp"
#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;
using faults::TrainingRun;
using support::contains;
using support::Outcome;

std::map<std::string, support::Bytes> content_of(const fs::path& folder) {
  std::map<std::string, support::Bytes> content;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".safetensors")
      content[entry.path().filename().string()] = support::read_bytes(entry.path());
  return content;
}

/// A small file system of its own below a temporary folder, where the user may mount one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size) {
    mounted_ = mount("tmpfs", path().c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
    if (!mounted_) WARN("this user may not mount a tmpfs: skipped");
  }
  ~SmallDisk() {
    if (mounted_) umount2(path().c_str(), MNT_DETACH);
  }
  fs::path path() const { return folder_.path(); }
  bool mounted() const { return mounted_; }
  bool make_read_only() const { return mount("", path().c_str(), "", MS_REMOUNT | MS_RDONLY, "") == 0; }

 private:
  support::TemporaryFolder folder_;
  bool mounted_ = false;
};

std::string program(const std::string& name) {
  for (const char* folder : {"/usr/bin/", "/usr/local/bin/", "/bin/"})
    if (fs::exists(folder + name)) return folder + name;
  return {};
}

}  // namespace

TEST_CASE("a disk that fills up while a run saves leaves the last checkpoint, and room makes it go on",
          "[faults]") {
  const SmallDisk disk("512k");
  if (!disk.mounted()) return;
  TrainingRun run;
  run.epochs = 2;
  const std::string expected = run.last_line();
  run.folder = disk.path();
  run.epochs = 1;
  CHECK(support::run(run.arguments()).code == 0);
  const auto before = content_of(disk.path());
  const auto size = fs::file_size(disk.path() / "checkpoint_last.safetensors");
  // Leaves less room than one more checkpoint needs.
  const auto free = fs::space(disk.path()).available;
  REQUIRE(free > size);
  support::write_bytes(disk.path() / "ballast", support::Bytes(free - size / 2));

  run.epochs = 2;
  run.resume = true;
  const Outcome outcome = support::run(run.arguments());
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.error, (disk.path() / "checkpoint_last.safetensors").string()));
  CHECK(contains(outcome.error, "No space left on device"));
  CHECK(content_of(disk.path()) == before);
  CHECK_FALSE(fs::exists(disk.path() / "checkpoint_last.safetensors.partial"));

  fs::remove(disk.path() / "ballast");
  CHECK(run.last_line() == expected);
}

TEST_CASE("a read-only folder is an error with path and reason", "[faults]") {
  const SmallDisk disk("1m");
  if (!disk.mounted()) return;
  TrainingRun run;
  run.folder = disk.path();
  run.epochs = 1;
  CHECK(support::run(run.arguments()).code == 0);
  const auto before = content_of(disk.path());
  REQUIRE(disk.make_read_only());
  run.epochs = 2;
  run.resume = true;
  const Outcome outcome = support::run(run.arguments());
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.error, (disk.path() / "checkpoint_last.safetensors").string()));
  CHECK(contains(outcome.error, "Read-only file system"));
  CHECK(content_of(disk.path()) == before);
}

TEST_CASE("a missing folder is made; one that cannot be is an error before the first step", "[faults]") {
  const support::TemporaryFolder folder;
  TrainingRun run;
  run.epochs = 1;
  run.folder = folder / "not/there";
  CHECK(support::run(run.arguments()).code == 0);
  CHECK(fs::exists(folder / "not/there/checkpoint_last.safetensors"));
  support::write_bytes(folder / "file", {1});
  run.folder = folder / "file/below";
  const Outcome outcome = support::run(run.arguments());
  CHECK(outcome.code == 1);
  CHECK(contains(outcome.error, "file/below: cannot create the folder: Not a directory"));
  CHECK_FALSE(contains(outcome.out, "step"));
}

TEST_CASE("whichever system call of a save fails, the checkpoints that stood there stay whole", "[faults]") {
  const std::string strace = program("strace");
  {
    const support::TemporaryFolder folder;
    if (strace.empty() ||
        support::run({strace, "-f", "-o", (folder / "log").string(), "/bin/true"}).code != 0) {
      WARN("strace is missing or may not trace here: skipped");
      return;
    }
  }
  TrainingRun run;
  run.epochs = 2;
  const std::string expected = run.last_line();

  struct Fault {
    std::string call, error, reason;
    int first, last;  // which of the calls that concern the folder
  };
  // A resumed run of one epoch saves three times: 3 files to write, sync and rename, links to previous and
  // best.
  const std::vector<Fault> faults{
      {"write", "EIO", "Input/output error", 1, 4},      {"write", "ENOSPC", "No space left on device", 1, 4},
      {"fsync", "EIO", "Input/output error", 1, 6},      {"rename", "EACCES", "Permission denied", 1, 5},
      {"openat", "EMFILE", "Too many open files", 1, 4}, {"close", "EIO", "Input/output error", 2, 2},
  };
  int refused = 0;
  for (const Fault& fault : faults)
    for (int k = fault.first; k <= fault.last; ++k) {
      CAPTURE(fault.call, fault.error, k);
      const support::TemporaryFolder folder;
      run.folder = folder.path();
      run.epochs = 1;
      run.resume = false;
      REQUIRE(support::run(run.arguments()).code == 0);
      run.epochs = 2;
      run.resume = true;
      // -P: only calls that concern these paths count.
      std::vector<std::string> arguments{strace, "-f", "-o", "/dev/null"};
      for (const char* name : {"", "/checkpoint_last.safetensors", "/checkpoint_last.safetensors.partial",
                               "/checkpoint_previous.safetensors", "/checkpoint_previous.safetensors.partial",
                               "/checkpoint_best.safetensors", "/checkpoint_best.safetensors.partial"})
        arguments.insert(arguments.end(), {"-P", folder.path().string() + name});
      arguments.insert(arguments.end(),
                       {"-e", "trace=" + fault.call, "-e",
                        fmt::format("inject={}:error={}:when={}", fault.call, fault.error, k)});
      for (const auto& argument : run.arguments()) arguments.push_back(argument);
      const Outcome outcome = support::run(arguments);
      for (const auto& entry : fs::directory_iterator(folder.path()))
        if (entry.path().extension() == ".safetensors") CHECK(faults::is_whole(entry.path()));
      if (outcome.code != 0) {
        ++refused;
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.error, folder.path().string()));
        CHECK(contains(outcome.error, fault.reason));
        CHECK(run.last_line() == expected);
      }
    }
  // Most of the injected failures must have reached a call that matters.
  CHECK(refused >= 15);
}
