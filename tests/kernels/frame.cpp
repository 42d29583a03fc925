#include "eigenerate/kernels/frame.hpp"

#include <algorithm>
#include <vector>

#include "eigenerate/kernels/backend/scalar.hpp"
#include "support/catch.hpp"

using eigenerate::kernels::Index;
using eigenerate::kernels::detail::Frame;
using eigenerate::kernels::detail::gather_windows;
using eigenerate::kernels::detail::Offset;
using eigenerate::kernels::detail::WindowGrid;

namespace {

using Backend = eigenerate::kernels::scalar::Backend<float>;

/// Every number of a stretch of windows, found in their frame and gathered.
void check(const WindowGrid<float>& g, Index first_window, Index count, Index first, Index size) {
  const Frame<float> frame(g, first_window, count, first, size);
  const Index most = Frame<float>::most(g, count, first, size);
  REQUIRE(frame.size() <= most);
  std::vector<float> in_frame(static_cast<std::size_t>(frame.size()), -1);
  const Index middle = frame.rows() / 2;
  frame.fill<Backend>(in_frame.data(), 0, middle);
  frame.fill<Backend>(in_frame.data(), middle, frame.rows());

  std::vector<float> gathered(static_cast<std::size_t>(count * size));
  gather_windows<Backend>(gathered.data(), size, g, first_window, count, first, size);
  std::vector<Offset> windows(static_cast<std::size_t>(count)), numbers(static_cast<std::size_t>(size));
  frame.window_offsets(windows.data(), first_window, count);
  frame.number_offsets(numbers.data(), first, size);
  std::vector<float> found;
  for (const Offset window : windows)
    for (const Offset number : numbers)
      found.push_back(in_frame.at(static_cast<std::size_t>(window + number)));
  REQUIRE(found == gathered);

  std::vector<Offset> every_third(static_cast<std::size_t>((size + 2) / 3));
  frame.number_offsets(every_third.data(), first, (size + 2) / 3, 3);
  for (std::size_t i = 0; i < every_third.size(); ++i) REQUIRE(every_third[i] == numbers[3 * i]);
}

}  // namespace

TEST_CASE("a frame holds every number of its windows, in no more room than foretold", "[convolution]") {
  const Index channels = 3, height = 5, width = 6, images = 3;
  std::vector<float> pixels(static_cast<std::size_t>(images * height * width * channels));
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = 1 + static_cast<float>(i);
  for (const Index window : {1, 2, 4}) {
    for (const Index step : {1, 2, 3}) {
      for (const Index origin : {-9, -1, 0, 2}) {  // all outside, padded, flush, cropped
        const WindowGrid<float> g{pixels.data(), channels, height, width,  3,      4,
                                  step,          4 - step, origin, origin, window, window + 1};
        const Index windows = g.rows * g.cols * images, numbers = window * (window + 1) * channels;
        for (Index first = 0; first < windows; first += 5)
          for (const Index count : {Index{1}, Index{7}, windows - first})
            check(g, first, std::min(count, windows - first), 0, numbers);
        check(g, 1, windows - 1, numbers / 3, numbers / 2);
        check(g, 0, windows, numbers - 1, 1);
      }
    }
  }
}
