// Your own pictures: from a folder of files to new pictures. Here the folder is made first, so that this runs
// everywhere; put the path of yours in its place.
//
// A folder in it is a class. The pictures may be PNGs and JPEGs of any size: what is loaded are images of one
// size, which stay bytes in memory. A VAE with labels learns them and draws more of each class. The figures:
// what is loaded, and how far images that were kept from training are from the average image, and from their
// reconstructions, as the root of the mean square of all pixels.
//
//     eigenerate/data/load_images.hpp    pictures of a folder as a Dataset

#include <fmt/core.h>

#include <array>
#include <eigenerate/data/load_images.hpp>
#include <eigenerate/data/sprites.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <filesystem>

using namespace eigenerate;
namespace fs = std::filesystem;

namespace {

/// What a folder of somebody's may look like: squares, ellipses and hearts in larger pictures.
fs::path make_folder() {
  const fs::path folder = fs::temp_directory_path() / "own_pictures";
  const std::array<const char*, 3> classes{"squares", "ellipses", "hearts"};
  fs::remove_all(folder);
  for (const char* name : classes) fs::create_directories(folder / name);
  const auto sprites = data::make_sprites({.side = 64, .samples = 2000, .seed = 1});
  for (Index i = 0; i < sprites.images.size(); ++i) {
    const auto shape = static_cast<std::size_t>(sprites.factors(0, i));
    write_image_grid<float>(folder / classes[shape] / fmt::format("{}.png", i), sprites.images.sample(i),
                            {1, 64, 64}, {.columns = 1, .padding = 0});
  }
  return folder;
}

double root_mean_square(const Matrix<float>& differences) {
  return std::sqrt(differences.cast<double>().squaredNorm() / static_cast<double>(differences.size()));
}

}  // namespace

int main() {
  const auto pictures = data::load_images(make_folder(), 32, {.channels = 1, .labels = true});
  fmt::print("{} pictures of {} classes in {} KB\n", pictures.images.size(), pictures.images.classes(),
             pictures.images.size() * pictures.images.sample_shape().size() / 1024);
  const auto [train, unseen] = pictures.images.split(0.1, 7);

  Vae vae{Sequential{Linear{infer, 256}, Relu{}, Linear{256, 2 * 10}},
          Sequential{Linear{infer, 256}, Relu{}, Linear{256, 32 * 32}},
          {.likelihood = Bernoulli{}, .classes = pictures.images.classes(), .latent = 10}};
  Trainer trainer{{.epochs = 40, .batch_size = 50, .seed = 7}, ProgressBar{}};
  trainer.fit(vae, train);

  Matrix<float> x(32 * 32, unseen.size());
  for (Index i = 0; i < unseen.size(); ++i) x.col(i) = unseen.sample(i);
  Vector<float> average = Vector<float>::Zero(32 * 32);
  for (Index i = 0; i < train.size(); ++i) average += train.sample(i) / static_cast<float>(train.size());
  fmt::print("unseen images: {:.3f} from the average image, {:.3f} from their reconstructions\n",
             root_mean_square(x.colwise() - average),
             root_mean_square(x - vae.reconstruct(x, unseen.labels())));

  Matrix<float> drawn(32 * 32, 30);
  for (int label = 0; label < 3; ++label) drawn.middleCols(10 * label, 10) = vae.sample(10, label);
  const fs::path path = fs::temp_directory_path() / "own_pictures.png";
  write_image_grid<float>(path, drawn, {1, 32, 32}, {.columns = 10});
  fmt::print("{}\n", path.string());
}
