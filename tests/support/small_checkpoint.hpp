#pragma once
// A small checkpoint, and ways to change what is in one.

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "eigenerate/layers/layers.hpp"
#include "eigenerate/models/vae.hpp"
#include "eigenerate/training/checkpoint.hpp"
#include "support/files.hpp"

namespace support {

/// A model of 12 parameters in the middle of a run. It never makes a pass, so that no thread is started and a
/// test may fork.
struct SmallRun {
  using Model = eigenerate::Vae<>;

  Model model;
  eigenerate::FitPlan plan;
  eigenerate::RunState state;

  explicit SmallRun(std::uint64_t seed = 1)
      : model(eigenerate::Sequential{eigenerate::Linear{2, 2}},
              eigenerate::Sequential{eigenerate::Linear{1, 2}}, {.ema_decay = 0.5, .seed = seed}) {
    using namespace eigenerate;
    plan.sample_shape = {2};
    plan.train_samples = 8;
    plan.epochs = 3;
    plan.batch_size = 4;
    plan.steps_per_epoch = 2;
    plan.seed = 7;
    plan.data_fingerprint = 99;
    for (auto* learner : model.learners()) {
      learner->state.step = 3 + seed;
      learner->for_each_arena([&](ArenaKind, std::string_view, auto& arena) {
        for (const Segment& s : arena.segments())
          for (Index i = 0; i < s.size; ++i) arena.data()[s.offset + i] += 0.125f * static_cast<float>(i + 1);
      });
    }
    state.epoch = 1;
    state.batch = 1;
    state.step = 3;
    state.last_finite_loss = 0.5;
    state.epoch_mean.set("loss", 0.5);
    state.epoch_samples = 4;
    EpochRecord record;
    record.epoch = 1;
    record.step = 2;
    record.train.set("loss", 0.75);
    state.last_epoch = record;
    state.callbacks["best"] = {0.75, 1};
  }
};

/// The file of `SmallRun`.
inline Bytes checkpoint_bytes() {
  const TemporaryFolder folder;
  SmallRun run;
  eigenerate::save_checkpoint(folder / "checkpoint", run.plan, run.state, run.model);
  return read_bytes(folder / "checkpoint");
}

/// Makes the last four bytes the checksum of those before them.
inline void reseal(Bytes& checkpoint) {
  const auto content = std::as_bytes(std::span(checkpoint)).first(checkpoint.size() - 4);
  const std::uint32_t crc = eigenerate::detail::crc32_of(0, content);
  std::memcpy(checkpoint.data() + checkpoint.size() - 4, &crc, sizeof crc);
}

/// A checkpoint whose header and data `change(header, data)` has changed, with the right checksum. `data`
/// ends with the place of the checksum.
template <class F>
Bytes changed_checkpoint(F&& change) {
  const Bytes whole = checkpoint_bytes();
  std::uint64_t length = 0;
  std::memcpy(&length, whole.data(), sizeof length);
  const auto data_begin = whole.begin() + 8 + static_cast<std::ptrdiff_t>(length);
  auto header = nlohmann::ordered_json::parse(whole.begin() + 8, data_begin);
  Bytes data(data_begin, whole.end());
  std::forward<F>(change)(header, data);
  const std::string text = header.dump();
  length = text.size();
  Bytes result(sizeof length + text.size() + data.size());
  std::memcpy(result.data(), &length, sizeof length);
  std::copy(data.begin(), data.end(), std::copy(text.begin(), text.end(), result.begin() + sizeof length));
  reseal(result);
  return result;
}

/// The same with another value in the first eight or fewer bytes of one tensor.
template <class T>
Bytes checkpoint_with(const std::string& tensor, T value) {
  return changed_checkpoint([&](nlohmann::ordered_json& header, Bytes& data) {
    const auto offset = header.at(tensor).at("data_offsets").at(0).get<std::size_t>();
    std::memcpy(data.data() + offset, &value, sizeof value);
  });
}

/// The same with one more tensor of `bytes` zeros before the checksum.
inline Bytes checkpoint_with_more(const std::string& name, const char* dtype,
                                  std::vector<eigenerate::Index> shape, std::size_t bytes) {
  return changed_checkpoint([&](nlohmann::ordered_json& header, Bytes& data) {
    const std::size_t begin = data.size() - 4;
    data.insert(data.end() - 4, bytes, 0);
    header["checksum"]["data_offsets"] = {begin + bytes, begin + bytes + 4};
    header[name] = {{"dtype", dtype}, {"shape", shape}, {"data_offsets", {begin, begin + bytes}}};
  });
}

}  // namespace support
