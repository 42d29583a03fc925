// Your own pictures: from a folder of files to new pictures. Here the folder is made first, so that this runs
// everywhere; put the path of yours in its place.
//
// A folder in it is a class. The pictures may be PNGs and JPEGs of any size, gray or in color: what is loaded
// are images of one size with three channels, which stay bytes in memory. A VAE with labels learns them and
// draws more of each class. The figures: what is loaded, and how far images that were kept from training are
// from the average image, and from their reconstructions, as the root of the mean square of all values.
//
//     eigenerate/data/load_images.hpp    pictures of a folder as a Dataset

#include <fmt/core.h>

#include <array>
#include <eigenerate/data/load_images.hpp>
#include <eigenerate/data/sprites.hpp>
#include <eigenerate/eigenerate.hpp>
#include <eigenerate/io/png.hpp>
#include <filesystem>
#include <random>

using namespace eigenerate;
namespace fs = std::filesystem;

namespace {

constexpr Shape image{3, 32, 32};

/// What a folder of somebody's may look like: squares, ellipses and hearts of any color in larger pictures.
fs::path make_folder() {
  const fs::path folder = fs::temp_directory_path() / "own_pictures";
  const std::array<const char*, 3> classes{"squares", "ellipses", "hearts"};
  fs::remove_all(folder);
  for (const char* name : classes) fs::create_directories(folder / name);
  const auto sprites =
      data::make_sprites({.side = 64, .orientations = 120, .positions = 1, .samples = 2000, .seed = 1});
  std::mt19937 random(1);
  std::uniform_real_distribution<float> bright(0.3f, 1);
  for (Index i = 0; i < sprites.images.size(); ++i) {
    const auto shape = static_cast<std::size_t>(sprites.factors(0, i));
    const Vector<float> color = Vector<float>::NullaryExpr(3, [&] { return bright(random); });
    const Matrix<float> pixels = color * sprites.images.sample(i).transpose();  // channels by pixels
    write_image_grid<float>(folder / classes[shape] / fmt::format("{}.png", i), pixels.reshaped(),
                            {3, 64, 64}, {.columns = 1, .padding = 0});
  }
  return folder;
}

double root_mean_square(const Matrix<float>& differences) {
  return std::sqrt(differences.cast<double>().squaredNorm() / static_cast<double>(differences.size()));
}

}  // namespace

int main() {
  const auto pictures = data::load_images(make_folder(), image.height, {.labels = true});
  fmt::print("{} pictures of {} classes in {} KB\n", pictures.images.size(), pictures.images.classes(),
             pictures.images.size() * pictures.images.sample_shape().size() / 1024);
  const auto [train, unseen] = pictures.images.split(0.1, 7);

  const ConvTranspose2dOptions twice{.kernel = 4, .stride = 2, .padding = 1};
  // The last number of the decoder's output is the spread of all values around what it says, and is learned.
  Vae vae{
      Sequential{Linear{infer, 256}, Relu{}, Linear{256, 2 * 12}},
      Sequential{Linear{infer, 64 * 64}, Relu{}, Reshape{64, 8, 8}, ConvTranspose2d{64, 32, twice}, Relu{},
                 ConvTranspose2d{32, 3, twice}, Sigmoid{}, AppendParameter{1, -1}},
      {.likelihood = Normal{{.spread = Spread::shared}}, .classes = pictures.images.classes(), .latent = 12}};
  Trainer trainer{{.epochs = 40, .batch_size = 20, .seed = 7, .schedule = CosineSchedule{}}, ProgressBar{}};
  trainer.fit(vae, train);

  const Matrix<float> x = unseen.samples();
  const Vector<float> average = train.samples().rowwise().mean();
  fmt::print("unseen images: {:.3f} from the average image, {:.3f} from their reconstructions\n",
             root_mean_square(x.colwise() - average),
             root_mean_square(x - vae.reconstruct(x, unseen.labels())));

  Matrix<float> drawn(image.size(), 30);
  for (int label = 0; label < 3; ++label) drawn.middleCols(10 * label, 10) = vae.sample(10, label);
  const fs::path path = fs::temp_directory_path() / "own_pictures.png";
  write_image_grid<float>(path, drawn, image, {.columns = 10});
  fmt::print("{}\n", path.string());
}
