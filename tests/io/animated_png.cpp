#include "eigenerate/io/animated_png.hpp"

#include <zlib.h>

#include <algorithm>
#include <fstream>

#include "eigenerate/io/png.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/process.hpp"

using namespace eigenerate;
using support::Bytes;
using support::contains;

namespace {

std::uint32_t number(const Bytes& bytes, std::size_t at) {
  std::uint32_t n = 0;
  for (std::size_t i = 0; i < 4; ++i) n = n << 8 | bytes.at(at + i);
  return n;
}
void put(Bytes& bytes, std::uint32_t n) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(n >> shift));
}
std::uint32_t crc_of(const Bytes& file, std::size_t from, std::size_t size) {
  return static_cast<std::uint32_t>(crc32(0, file.data() + from, static_cast<uInt>(size)));
}

struct Chunk {
  std::string type;
  Bytes data;
};

/// The chunks of a file, whose CRCs are zlib's.
std::vector<Chunk> chunks_of(const std::filesystem::path& path) {
  const Bytes file = support::read_bytes(path);
  REQUIRE(file.size() > 8);
  CHECK(Bytes(file.begin(), file.begin() + 8) == Bytes{137, 80, 78, 71, 13, 10, 26, 10});
  std::vector<Chunk> chunks;
  for (std::size_t at = 8; at < file.size();) {
    const std::size_t size = number(file, at);
    REQUIRE(at + 12 + size <= file.size());
    const auto data = file.begin() + static_cast<std::ptrdiff_t>(at + 8);
    chunks.push_back({std::string(data - 4, data), Bytes(data, data + static_cast<std::ptrdiff_t>(size))});
    CHECK(number(file, at + 8 + size) == crc_of(file, at + 4, size + 4));
    at += 12 + size;
  }
  return chunks;
}

void put_chunk(Bytes& file, const Chunk& chunk) {
  put(file, static_cast<std::uint32_t>(chunk.data.size()));
  const std::size_t from = file.size();
  file.insert(file.end(), chunk.type.begin(), chunk.type.end());
  file.insert(file.end(), chunk.data.begin(), chunk.data.end());
  put(file, crc_of(file, from, chunk.data.size() + 4));
}

/// The frames of an animation, each as a file of its own that libpng reads: what stands before the pixels,
/// the pixels of the frame, the end.
std::vector<Bitmap> frames_of(const std::vector<Chunk>& chunks, const std::filesystem::path& folder) {
  std::vector<Chunk> head;
  std::vector<Bytes> pixels;
  for (const Chunk& c : chunks) {
    if (c.type == "fcTL")
      pixels.emplace_back();
    else if (c.type == "IDAT" || c.type == "fdAT")
      pixels.at(pixels.size() - 1)
          .insert(pixels.back().end(), c.data.begin() + (c.type == "fdAT" ? 4 : 0), c.data.end());
    else if (c.type != "acTL" && c.type != "IEND")
      head.push_back(c);
  }
  std::vector<Bitmap> frames;
  for (const Bytes& data : pixels) {
    Bytes file{137, 80, 78, 71, 13, 10, 26, 10};
    for (const Chunk& c : head) put_chunk(file, c);
    put_chunk(file, {"IDAT", data});
    put_chunk(file, {"IEND", {}});
    support::write_bytes(folder / "frame.png", file);
    frames.push_back(read_png(folder / "frame.png"));
  }
  return frames;
}

/// Pictures that no two frames have the same of.
std::vector<Bitmap> pictures(std::size_t count, Index width, Index height, Index channels) {
  std::vector<Bitmap> frames(count, Bitmap{width, height, channels, {}});
  std::uint32_t state = 1;
  for (Bitmap& f : frames)
    for (Index i = 0; i < width * height * channels; ++i)
      f.bytes.push_back(static_cast<std::uint8_t>((state = state * 1664525u + 1013904223u) >> 24));
  return frames;
}

}  // namespace

TEST_CASE("an animation holds its frames, one after the other", "[png]") {
  const support::TemporaryFolder folder;
  const auto path = folder / "walk.png";
  // The last one is so large that libpng cuts its pixels into several chunks.
  for (const auto& [count, width, height, channels] :
       {std::tuple<std::size_t, Index, Index, Index>{1, 1, 1, 1},
        {3, 17, 5, 1},
        {5, 6, 9, 3},
        {2, 300, 200, 3}}) {
    CAPTURE(count, width, channels);
    const std::vector<Bitmap> written = pictures(count, width, height, channels);
    write_animated_png(path, written, {.milliseconds = 70, .loops = 4});
    const std::vector<Chunk> chunks = chunks_of(path);
    REQUIRE(chunks.front().type == "IHDR");
    CHECK(chunks.back().type == "IEND");
    const auto is = [](const char* type) { return [type](const Chunk& c) { return c.type == type; }; };
    const auto count_chunk = std::find_if(chunks.begin(), chunks.end(), is("acTL"));
    REQUIRE(count_chunk != chunks.end());
    CHECK(count_chunk < std::find_if(chunks.begin(), chunks.end(), is("IDAT")));
    CHECK(number(count_chunk->data, 0) == count);
    CHECK(number(count_chunk->data, 4) == 4);
    // Controls and later pixels count through; each frame begins with its control.
    std::uint32_t sequence = 0, controls = 0;
    for (const Chunk& c : chunks) {
      if (c.type == "IDAT") CHECK(controls == 1);
      if (c.type == "fdAT") CHECK(controls > 1);
      if (c.type != "fcTL" && c.type != "fdAT") continue;
      CHECK(number(c.data, 0) == sequence++);
      if (c.type == "fdAT") continue;
      ++controls;
      REQUIRE(c.data.size() == 26);
      CHECK(number(c.data, 4) == width);
      CHECK(number(c.data, 8) == height);
      CHECK(number(c.data, 12) == 0);
      CHECK(number(c.data, 16) == 0);
      CHECK(Bytes(c.data.begin() + 20, c.data.end()) == Bytes{0, 70, 1000 / 256, 1000 % 256, 0, 0});
    }
    CHECK(controls == count);
    const std::vector<Bitmap> read = frames_of(chunks, folder.path());
    REQUIRE(read.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(read[i].channels == channels);
      CHECK(read[i].bytes == written[i].bytes);
    }
    // Who knows no animations sees the first frame.
    CHECK(read_png(path).bytes == written[0].bytes);
  }
}

TEST_CASE("Pillow sees the same frames", "[png]") {
  const support::TemporaryFolder folder;
  // Says frames, milliseconds and loops, and writes the bytes of all frames.
  const std::string script =
      "import sys\n"
      "try:\n  from PIL import Image\nexcept ImportError:\n  sys.exit(9)\n"
      "image = Image.open(sys.argv[1])\n"
      "print(image.n_frames, int(image.info['duration']), image.info['loop'], image.mode)\n"
      "with open(sys.argv[2], 'wb') as out:\n"
      "  for i in range(image.n_frames):\n    image.seek(i)\n    out.write(image.tobytes())\n";
  for (const Index channels : {1, 3}) {
    const std::vector<Bitmap> written = pictures(6, 20, 11, channels);
    write_animated_png(folder / "walk.png", written, {.milliseconds = 35});
    const support::Outcome outcome = support::run(
        {"/usr/bin/python3", "-c", script, (folder / "walk.png").string(), (folder / "raw").string()});
    if (outcome.code == 9 || outcome.code == 127) {
      WARN("Pillow is not installed: its reading is not compared");
      return;
    }
    CAPTURE(outcome.error);
    REQUIRE(outcome.code == 0);
    CHECK(outcome.out == (channels == 3 ? "6 35 0 RGB\n" : "6 35 0 L\n"));
    Bytes all;
    for (const Bitmap& f : written) all.insert(all.end(), f.bytes.begin(), f.bytes.end());
    CHECK(support::read_bytes(folder / "raw") == all);
  }
}

TEST_CASE("sequences of samples become grids", "[png]") {
  // Sample k of sequence i has the value i + k / 4.
  Matrix<float> samples(6, 3 * 4);
  for (Index j = 0; j < samples.cols(); ++j)
    samples.col(j).setConstant(static_cast<float>(j / 4) + 0.25f * static_cast<float>(j % 4));
  const GridOptions options{.columns = 3, .range = {0, 4}, .padding = 1};
  const std::vector<Bitmap> frames = frames_of_sequences(as_const(samples), 4, {1, 2, 3}, options);
  REQUIRE(frames.size() == 4);
  for (Index k = 0; k < 4; ++k)
    for (Index i = 0; i < 3; ++i) {
      const double value = static_cast<double>(i) + 0.25 * static_cast<double>(k);
      CHECK(frames[static_cast<std::size_t>(k)].pixel(1, 1 + 4 * i)[0] ==
            static_cast<std::uint8_t>(value / 4 * 255 + 0.5));
    }
  CHECK_THROWS_AS(frames_of_sequences(as_const(samples), 5, {1, 2, 3}), ShapeError);
  CHECK_THROWS_AS(frames_of_sequences(as_const(samples), 0, {1, 2, 3}), ShapeError);
}

TEST_CASE("an animation that contradicts itself is refused, and nothing is written", "[png]") {
  const support::TemporaryFolder folder;
  const auto refusal = [&](const std::vector<Bitmap>& frames, const AnimationOptions& options = {}) {
    return support::error_of<ConfigError>([&] { write_animated_png(folder / "x.png", frames, options); });
  };
  std::vector<Bitmap> frames = pictures(3, 4, 5, 1);
  CHECK(contains(refusal({}), "at least one frame"));
  for (const AnimationOptions& o :
       {AnimationOptions{.milliseconds = 0}, {.milliseconds = 65536}, {.loops = -1}})
    CHECK(contains(refusal(frames, o), "1 to 65535 milliseconds"));
  for (const auto& other : {pictures(1, 5, 5, 1), pictures(1, 4, 4, 1), pictures(1, 4, 5, 3)}) {
    frames[2] = other[0];
    CHECK(contains(refusal(frames), "frames of 4 × 5 × 1 as the first one, frame 2 is"));
  }
  frames[1].bytes.pop_back();
  CHECK(contains(refusal(frames), "frame 1 is 4 × 5 × 1 and has 19"));
  CHECK(folder.entries() == 0);
  const auto wide = pictures(1, 1'000'001, 1, 1);
  CHECK(contains(support::error_of([&] { write_animated_png(folder / "x.png", wide); }),
                 "x.png: cannot write: libpng says \""));
  CHECK(
      contains(support::error_of([&] { write_animated_png(folder / "missing/x.png", pictures(2, 2, 2, 1)); }),
               "cannot create: No such file or directory"));
  CHECK(folder.entries() == 0);
}

TEST_CASE("an animation replaces its target only when it is complete", "[png]") {
  const support::TemporaryFolder folder;
  write_animated_png(folder / "x.png", pictures(1, 3, 3, 1));
  const Bytes before = support::read_bytes(folder / "x.png");
  std::filesystem::create_directory(folder / "x.png.partial");
  CHECK_THROWS_AS(write_animated_png(folder / "x.png", pictures(2, 3, 3, 1)), IoError);
  CHECK(support::read_bytes(folder / "x.png") == before);
}
