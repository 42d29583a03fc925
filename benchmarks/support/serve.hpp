#pragma once
// The conversation between the report and a program that trains: the program stays, so that peers can take
// turns.
//
// A request is one line of `name=value` words on standard input, for example
//   task=train model=dcgan precision=medium batch=128 seconds=0.5
// and its answer one line of JSON on standard output. The words not given keep the defaults below.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace benchmarks {

struct Request {
  std::string task = "train";         // or generate, sample, handle
  std::string model = "mlp_vae";      // or conv_vae, mlp_gan, dcgan
  std::string precision = "highest";  // or high, medium
  std::string weights = "full";       // of a handle; or bf16
  long batch = 128;
  long width = 400;     // of the hidden layers of mlp_vae
  long depth = 1;       // hidden layers of its encoder, and of its decoder
  long samples = 4096;  // of the dataset
  double seconds = 0.5;

  /// Equal for requests that one and the same step can serve.
  std::string key() const {
    std::string text = task + " " + model + " " + weights;
    for (const long size : {batch, width, depth, samples}) (text += ' ') += std::to_string(size);
    return text;
  }
};

inline Request parse_request(const std::string& line) {
  Request r;
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    const auto middle = word.find('=');
    const std::string name = word.substr(0, middle),
                      value = middle < word.size() ? word.substr(middle + 1) : "";
    if (name == "task")
      r.task = value;
    else if (name == "model")
      r.model = value;
    else if (name == "precision")
      r.precision = value;
    else if (name == "weights")
      r.weights = value;
    else if (name == "batch")
      r.batch = std::stol(value);
    else if (name == "width")
      r.width = std::stol(value);
    else if (name == "depth")
      r.depth = std::stol(value);
    else if (name == "samples")
      r.samples = std::stol(value);
    else if (name == "seconds")
      r.seconds = std::stod(value);
    else
      throw std::invalid_argument("no such word in a request: " + word);
  }
  return r;
}

inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of all threads of this process: what other programs do does not count.
inline double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// The most memory that this process has ever held.
inline double peak_memory_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  return 0;
}

struct Timing {
  long steps = 0;
  double wall = 0, cpu = 0;  // seconds of all steps
};

inline Timing time_steps(const std::function<void()>& step, double seconds) {
  const double before = wall_seconds();
  step();
  // Clocks are read about every tenth of a millisecond, so that they cost nothing.
  const long block = std::max(1L, static_cast<long>(1e-4 / std::max(wall_seconds() - before, 1e-7)));
  Timing t;
  const double wall = wall_seconds(), cpu = cpu_seconds();
  do {
    for (long i = 0; i < block; ++i) step();
    t.steps += block;
    t.wall = wall_seconds() - wall;
  } while (t.wall < seconds);
  t.cpu = cpu_seconds() - cpu;
  return t;
}

/// Answers requests until standard input ends; returns the program's exit code.
///
/// `make_step(request)` builds a model and returns its step; it is called again only for another key.
/// `set_precision(name)` is called before every measurement.
template <class SetPrecision, class MakeStep>
int serve(const SetPrecision& set_precision, const MakeStep& make_step) {
  std::string key;
  std::function<void()> step;
  for (std::string line; std::getline(std::cin, line);) try {
      const Request request = parse_request(line);
      set_precision(request.precision);
      if (request.key() != key) {
        step = nullptr;  // the old model goes before the new one comes
        step = make_step(request);
        key = request.key();
        for (int warm_up = 0; warm_up < 2; ++warm_up) step();
      }
      const Timing t = time_steps(step, request.seconds);
      const auto steps = static_cast<double>(t.steps);
      std::printf("{\"steps\": %ld, \"wall\": %.6g, \"cpu\": %.6g, \"memory_mib\": %.1f}\n", t.steps,
                  t.wall / steps, t.cpu / steps, peak_memory_mib());
      std::fflush(stdout);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s: %s\n", line.c_str(), e.what());
      return 1;
    }
  return 0;
}

}  // namespace benchmarks
