#include "eigenerate/core/detail/allowed_cores.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sched.h>

#include <cstdlib>
#endif

#include "eigenerate/core/thread_pool.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/forked.hpp"

using namespace eigenerate;

namespace {

constexpr double no_bound = detail::unlimited_cores;

/// A machine's /proc and /sys, as far as they tell of control groups.
class FakeSystem {
 public:
  using Files = std::vector<std::pair<std::string, std::string>>;  // path and text

  FakeSystem(const std::string& groups, const std::string& mounts, const Files& files) {
    write("/proc/self/cgroup", groups);
    write("/proc/self/mountinfo", mounts);
    for (const auto& [path, text] : files) write(path, text);
  }

  double quota() const { return detail::cpu_quota(folder_.path().string()); }

 private:
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = folder_.path().string() + path;
    std::filesystem::create_directories(file.parent_path());
    support::write_bytes(file, {text.begin(), text.end()});
  }

  support::TemporaryFolder folder_;
};

const std::string mount_2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
const std::string mounts_1 =
    "23 1 0:5 / /proc rw - proc proc rw\n"
    "31 30 0:27 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"
    "32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 master:3 - cgroup cgroup rw,cpu,cpuacct\n";

}  // namespace

TEST_CASE("quotas of control groups, version 2", "[threads]") {
  const auto quota = [](const std::string& group, const FakeSystem::Files& files) {
    return FakeSystem("0::" + group + "\n", mount_2, files).quota();
  };
  CHECK(quota("/", {{"/sys/fs/cgroup/cpu.max", "150000 100000\n"}}) == 1.5);
  CHECK(quota("/", {{"/sys/fs/cgroup/cpu.max", "max 100000\n"}}) == no_bound);
  CHECK(quota("/", {}) == no_bound);
  // The least of the group and those above it, wherever it stands.
  const FakeSystem::Files nested{{"/sys/fs/cgroup/a/cpu.max", "400000 100000"},
                                 {"/sys/fs/cgroup/a/b/cpu.max", "max 100000"},
                                 {"/sys/fs/cgroup/a/b/c/cpu.max", "60000 20000"},
                                 {"/sys/fs/cgroup/other/cpu.max", "1000 100000"}};
  CHECK(quota("/a/b/c", nested) == 3);
  CHECK(quota("/a/b", nested) == 4);
  CHECK(quota("/a/b/c/d", nested) == 3);
  CHECK(quota("/d", nested) == no_bound);
  // What is no quota bounds nothing.
  for (const char* text : {"", "\n", "many few", "150000", "0 100000", "150000 0", "-1 100000", "1 2 3"}) {
    CAPTURE(text);
    CHECK(quota("/", {{"/sys/fs/cgroup/cpu.max", text}}) == no_bound);
  }
}

TEST_CASE("quotas of control groups, version 1", "[threads]") {
  const std::string cpu = "/sys/fs/cgroup/cpu,cpuacct";
  const auto quota = [&](const std::string& mounts, const std::string& of, const std::string& value) {
    return FakeSystem(
               "7:memory:/elsewhere\n4:cpu,cpuacct:/docker/1f\n0::/\n", mounts,
               {{cpu + of + "/cpu.cfs_quota_us", value}, {cpu + of + "/cpu.cfs_period_us", "100000\n"}})
        .quota();
  };
  CHECK(quota(mounts_1, "/docker/1f", "250000\n") == 2.5);
  CHECK(quota(mounts_1, "/docker", "250000\n") == 2.5);
  CHECK(quota(mounts_1, "/docker/1f", "-1\n") == no_bound);
  CHECK(quota(mounts_1, "/docker/2e", "250000\n") == no_bound);
  // In a container without a namespace of its own the group's folder itself is mounted.
  const std::string bound =
      "32 30 0:28 /docker/1f /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpuacct,cpu\n";
  CHECK(quota(bound, "", "250000\n") == 2.5);
  CHECK(quota(bound, "/docker/1f", "250000\n") == no_bound);
}

TEST_CASE("a system that tells nothing of control groups bounds nothing", "[threads]") {
  CHECK(detail::cpu_quota("/no/such/place") == no_bound);
  CHECK(FakeSystem("", "", {}).quota() == no_bound);
  CHECK(FakeSystem("0:\n:::::\n\n", "30 23\n - cgroup2\n1 2 3 4 5 6 7 8\n", {}).quota() == no_bound);
}

#if defined(__linux__)
TEST_CASE("a process that may run on one core has one thread by default", "[threads]") {
  CHECK(support::code_of_child(
            [] {
              ::unsetenv("EIGENERATE_NUM_THREADS");
              cpu_set_t mask;
              if (::sched_getaffinity(0, sizeof mask, &mask) != 0) return false;
              bool kept = false;  // of the cores that this process may use, the first
              for (int core = 0; core < CPU_SETSIZE; ++core) {
                if (!CPU_ISSET(core, &mask)) continue;
                if (kept) CPU_CLR(core, &mask);
                kept = true;
              }
              return ::sched_setaffinity(0, sizeof mask, &mask) == 0 && detail::allowed_cores() <= 1 &&
                     detail::default_num_threads() == 1;
            },
            support::Leave::exit) == 0);
}
#endif
