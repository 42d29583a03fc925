#include "eigenerate/network/arena.hpp"

#include "eigenerate/layers/linear.hpp"
#include "eigenerate/layers/sequential.hpp"
#include "eigenerate/network/network.hpp"
#include "support/catch.hpp"

using namespace eigenerate;

namespace {
Network<> small() {
  return Network(Sequential{Linear{3, 5}, Linear{5, 2}}, NetworkOptions{.name = "encoder", .seed = 1});
}
}  // namespace

TEST_CASE("an arena finds tensors by name and aligns them", "[arena]") {
  auto net = small();
  auto& p = net.parameters();
  CHECK(p["encoder.0.weight"].size() == 15);
  CHECK(p["encoder.1.bias"].size() == 2);
  for (const Segment& s : p.segments())
    CHECK(reinterpret_cast<std::uintptr_t>(p.data() + s.offset) % alignment_bytes == 0);
  CHECK_THROWS_AS(p["encoder.2.weight"], ConfigError);
  p["encoder.1.bias"].setConstant(4);
  CHECK(std::as_const(p)["encoder.1.bias"] == Vector<float>::Constant(2, 4));
}

TEST_CASE("arenas of one network are zipped by name, others refused", "[arena]") {
  auto net = small();
  auto other = small();
  Arena<float> gradients = net.parameters().like();
  CHECK(std::all_of(gradients.data(), gradients.data() + gradients.size(), [](float x) { return x == 0; }));
  Index scalars = 0;
  for_each_parameter(
      [&](const Segment& s, const float* p, float* g) {
        std::copy_n(p, s.size, g);
        scalars += s.size;
      },
      net.parameters(), gradients);
  CHECK(scalars == net.parameter_count());
  CHECK(scalars == 3 * 5 + 5 + 5 * 2 + 2);
  CHECK(gradients["encoder.0.weight"] == net.parameters()["encoder.0.weight"]);
  CHECK_THROWS_AS(for_each_parameter([](const Segment&, float*, float*) {}, gradients, other.parameters()),
                  StateError);
  gradients.set_zero();
  CHECK(gradients["encoder.0.weight"].isZero(0));
}
