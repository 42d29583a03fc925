// Files in which one bit has changed.

#include <fcntl.h>
#include <unistd.h>

#include "eigenerate/io/weights.hpp"
#include "support/catch.hpp"
#include "support/model_hash.hpp"
#include "support/small_checkpoint.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;

namespace {

namespace fs = std::filesystem;

/// A file whose bits can be changed one at a time.
class FlippedFile {
 public:
  FlippedFile(const fs::path& path, Bytes content) : content_(std::move(content)) {
    support::write_bytes(path, content_);
    descriptor_ = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(descriptor_ >= 0);
  }
  FlippedFile(const FlippedFile&) = delete;
  FlippedFile& operator=(const FlippedFile&) = delete;
  ~FlippedFile() { close(descriptor_); }

  std::uint64_t bits() const { return 8 * content_.size(); }
  /// Changes one bit for the time of the call.
  template <class F>
  void with_flipped(std::uint64_t bit, F&& call) {
    write_byte(bit / 8, static_cast<std::uint8_t>(content_[bit / 8] ^ (1u << bit % 8)));
    call();
    write_byte(bit / 8, content_[bit / 8]);
  }

 private:
  void write_byte(std::uint64_t at, std::uint8_t byte) {
    if (pwrite(descriptor_, &byte, 1, static_cast<off_t>(at)) != 1) FAIL("cannot write");
  }

  Bytes content_;
  int descriptor_ = -1;
};

template <class M>
bool is_finite_model(M& model) {
  bool finite = true;
  for (auto* learner : model.learners()) {
    finite = finite && !learner->find_non_finite();
  }
  return finite;
}

}  // namespace

TEST_CASE("bit flips: ten thousand in a checkpoint, all refused, and model and state unchanged") {
  const support::TemporaryFolder folder;
  FlippedFile file(folder / "checkpoint", support::checkpoint_bytes());
  support::SmallRun run(2);
  RunState state;
  const std::uint64_t hash = support::model_hash(run.model);
  const auto load = [&] { load_checkpoint(folder / "checkpoint", run.plan, state, run.model); };
  std::uint64_t in_content = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const std::uint64_t bit = uniform_below(file.bits(), RandomStream{4, Purpose::user}, i);
    CAPTURE(bit);
    file.with_flipped(bit, [&] {
      const std::string error = support::error_of(load);
      if (!error.starts_with((folder / "checkpoint").string() + ": ")) FAIL_CHECK("not refused: " << error);
      in_content += contains(error, "the checkpoint is damaged");
    });
    if (support::model_hash(run.model) != hash || state.step != 0) FAIL("something has changed");
  }
  // The checksum and nothing else finds those in numbers, names and texts.
  CHECK(in_content > 1000);
  load();
  CHECK(support::model_hash(run.model) != hash);
}

TEST_CASE("bit flips: every one in a weight file is refused, or the numbers are finite") {
  const support::TemporaryFolder folder;
  support::SmallRun saved(1), run(2);
  save_weights(folder / "weights", saved.model);
  FlippedFile file(folder / "weights", support::read_bytes(folder / "weights"));
  std::uint64_t refused = 0, loaded = 0, hash = support::model_hash(run.model);
  for (std::uint64_t bit = 0; bit < file.bits(); ++bit) {
    CAPTURE(bit);
    file.with_flipped(bit, [&] {
      const std::string error = support::error_of([&] { load_weights(folder / "weights", run.model); });
      if (error.empty()) {
        ++loaded;
        if (!is_finite_model(run.model)) FAIL_CHECK("not finite");
        hash = support::model_hash(run.model);
      } else {
        ++refused;
        if (!error.starts_with((folder / "weights").string() + ": ")) FAIL_CHECK("unclear: " << error);
        if (support::model_hash(run.model) != hash) FAIL("a failed load has changed something");
      }
    });
  }
  // 10 floats of 32 bits, of which few flips give an infinity; and the free text of the metadata. No flip of
  // a name, shape or offset is taken.
  CAPTURE(loaded);
  CHECK(loaded > 300);
  CHECK(loaded < 640);
  CHECK(refused == file.bits() - loaded);
}
