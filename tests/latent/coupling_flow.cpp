#include "eigenerate/latent/coupling_flow.hpp"

#include "latent/flow_step.hpp"
#include "layers/conformance.hpp"
#include "support/refuses.hpp"

using namespace eigenerate;
using namespace eigenerate::testing;

TEST_CASE("CouplingFlow keeps the contract of a layer, and its l that of a flow", "[flow]") {
  require_conformance(CouplingFlow{3, 4, 4}, {4});
  check_determinant(CouplingFlow{3, 4, 4}, 3, 0, 1);
  support::refuses<ConfigError>([] { CouplingFlow(3, 4, 0); }, {"CouplingFlow", "got 0"});
}

TEST_CASE("a CouplingFlow run backwards takes back what it did", "[flow]") {
  const Index latent = 5, n = 7, capacity = 9;
  const CouplingFlow flow{latent, 6, 5};
  const Network<double> network{flow, {.name = "flow", .initializer = NormalInit{0, 1}, .seed = 3}};
  const Matrix<double> x = normal_batch(latent + 1, n, 1);
  Matrix<double> z = network.predict(x).topRows(latent);
  CHECK(relative_error(z, x.topRows(latent)) > 0.1);
  Pass<double> pass;
  pass.plan = &network.plan();
  pass.batch = n;
  pass.capacity = capacity;
  pass.parameters = network.parameters().data();
  Vector<double> cache(network.plan().cache.total().scalars(capacity)),
      scratch(network.plan().total_scratch().scalars(capacity));
  pass.cache = cache.data();
  pass.scratch = scratch.data();
  flow.invert(pass, as_view(z));
  // Each of five steps back may enlarge a rounding e² times.
  CHECK(relative_error(z, x.topRows(latent)) < 1e-11);
}
