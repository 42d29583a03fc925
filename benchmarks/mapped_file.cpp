// One epoch of a small VAE over the images of an IDX file, and what memory it took: mapped_file FILE [read]
// With `read` the file is read into memory instead of mapped.

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

#include <eigenerate/data/load_idx.hpp>
#include <eigenerate/data/map_idx.hpp>
#include <eigenerate/eigenerate.hpp>

using namespace eigenerate;

namespace {

/// What /proc/self/status says of this process, in MB: `RssAnon` is its own memory, `RssFile` that of mapped
/// files, which the system takes back when others need it.
double megabytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) / 1024;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: %s FILE [read]\n", argv[0]);
    return 2;
  }
  const Dataset images = argc == 3 ? data::load_idx(argv[1]) : data::map_idx(argv[1]);
  const Index features = images.sample_shape().size();
  // Small, so that reading is what takes time.
  Vae vae{Sequential{Linear{features, 16}, Relu{}, Linear{16, 2 * 2}},
          Sequential{Linear{2, 16}, Relu{}, Linear{16, features}},
          {.likelihood = Bernoulli{}}};
  Trainer trainer{{.epochs = 1, .batch_size = 128, .seed = 7}};
  const auto begin = std::chrono::steady_clock::now();
  trainer.fit(vae, images);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "%td images of %td bytes in %.0f s: %.0f MB of its own, %.0f MB of the file, %.0f MB at most of both\n",
      images.size(), features, seconds, megabytes("RssAnon"), megabytes("RssFile"),
      static_cast<double>(usage.ru_maxrss) / 1024);
}
