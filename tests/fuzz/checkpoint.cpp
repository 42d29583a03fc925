// Checkpoints: an input is one, whose header's length and checksum the target makes right, so that its
// content is reached. A refused one changes nothing, an accepted one is a state that can be saved and read
// again.

#include <cstring>
#include <optional>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "support/model_hash.hpp"
#include "support/small_checkpoint.hpp"

namespace {

using namespace eigenerate;

/// The length of the object that begins at `text`: where the brace that closes it stands.
std::size_t object_length(std::span<const std::uint8_t> text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == '{') {
      ++depth;
    } else if (!quoted && text[i] == '}' && --depth <= 0) {
      return i + 1;
    }
  }
  return text.size();
}

bool loads(const std::string& path, support::SmallRun& run, RunState& state) {
  try {
    load_checkpoint(path, run.plan, state, run.model);
    return true;
  } catch (const IoError&) {
  } catch (const ConfigError&) {
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::InputFile file;
  static std::optional<support::SmallRun> run;
  if (size < 12) return 0;
  support::Bytes bytes(data, data + size);
  const std::uint64_t length = object_length(std::span(bytes).subspan(8, size - 12));
  std::memcpy(bytes.data(), &length, sizeof length);
  support::reseal(bytes);
  file.set(bytes);

  if (!run) run.emplace(2);
  const std::uint64_t before = support::model_hash(run->model);
  RunState state;
  if (!loads(file.path(), *run, state)) {
    fuzz::require(support::model_hash(run->model) == before && state.step == 0,
                  "a failed load has changed something");
    return 0;
  }
  const std::uint64_t after = support::model_hash(run->model);
  const auto [header, tensors] =
      checkpoint_content<float>(run->plan, state, std::as_const(run->model).learners());
  support::Bytes again(header.begin(), header.end());
  for (const Tensor& t : tensors)
    for (const std::byte b : t.bytes) again.push_back(std::to_integer<std::uint8_t>(b));
  file.set(again);
  RunState second;
  fuzz::require(loads(file.path(), *run, second), "a state that was read is saved as a file that is refused");
  fuzz::require(support::model_hash(run->model) == after && second.step == state.step &&
                    second.callbacks.size() == state.callbacks.size(),
                "a state that was read comes back as another one");
  run.reset();
  return 0;
}
