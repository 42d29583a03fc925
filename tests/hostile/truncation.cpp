// Files that end too early, at every place where they can.

#include <functional>

#include "eigenerate/data/compressed_idx.hpp"
#include "eigenerate/io/weights.hpp"
#include "support/catch.hpp"
#include "support/gzip_bytes.hpp"
#include "support/idx_bytes.hpp"
#include "support/model_hash.hpp"
#include "support/small_checkpoint.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;

namespace {

namespace fs = std::filesystem;

/// `read(path)` must accept `whole`, and refuse each of its beginnings in words; `unchanged()` tells whether
/// what it reads into is as it was.
void check_every_length(
    const Bytes& whole, const std::string& name, const std::function<void(const fs::path&)>& read,
    const std::function<bool()>& unchanged = [] { return true; }) {
  const support::TemporaryFolder folder;
  const fs::path path = folder / name;
  REQUIRE(whole.size() >= 100);
  support::write_bytes(path, whole);
  for (std::size_t length = whole.size(); length-- > 0;) {
    fs::resize_file(path, length);
    const std::string error = support::error_of([&] { read(path); });
    CAPTURE(length, error);
    // What is wrong, and not only where.
    if (!error.starts_with(path.string() + ": ") || error.size() < path.string().size() + 20)
      FAIL_CHECK("unclear");
    if (!unchanged()) FAIL("something has changed");
  }
  support::write_bytes(path, whole);
  CHECK_NOTHROW(read(path));
}

Bytes array() {
  Bytes values(7 * 5 * 6);
  std::uint32_t state = 1;  // does not compress
  for (auto& v : values) v = static_cast<std::uint8_t>((state = state * 1664525u + 1013904223u) >> 24);
  return support::idx_bytes(8, {7, 5, 6}, values);
}

}  // namespace

TEST_CASE("truncation: an IDX file of every length but its own is refused") {
  check_every_length(array(), "array", [](const fs::path& path) { (void)data::read_idx(path); });
}

TEST_CASE("truncation: a compressed IDX file of every length but its own is refused") {
  const auto read = [](const fs::path& path) { (void)data::read_compressed_idx(path); };
  check_every_length(support::gzip_bytes(array()), "array.gz", read);
  // One that compresses well, so that all values may be there before the end is.
  check_every_length(support::gzip_bytes(support::idx_bytes(8, {70'000}, Bytes(70'000))), "array.gz", read);
}

TEST_CASE("truncation: a weight file of every length but its own is refused, and the model unchanged") {
  const support::TemporaryFolder folder;
  support::SmallRun saved(1), run(2);
  save_weights(folder / "weights", saved.model);
  const std::uint64_t hash = support::model_hash(run.model);
  check_every_length(
      support::read_bytes(folder / "weights"), "weights",
      [&](const fs::path& path) { load_weights(path, run.model); },
      [&] { return support::model_hash(run.model) == hash; });
  CHECK(support::model_hash(run.model) != hash);
}

TEST_CASE("truncation: a checkpoint of every length but its own is refused, and model and state unchanged") {
  support::SmallRun run(2);
  RunState state;
  const std::uint64_t hash = support::model_hash(run.model);
  check_every_length(
      support::checkpoint_bytes(), "checkpoint",
      [&](const fs::path& path) { load_checkpoint(path, run.plan, state, run.model); },
      [&] { return support::model_hash(run.model) == hash && state.step == 0 && state.callbacks.empty(); });
  support::SmallRun saved(1);
  CHECK(support::model_hash(run.model) == support::model_hash(saved.model));
  CHECK(state.step == 3);
  CHECK(state.callbacks == saved.state.callbacks);
}
