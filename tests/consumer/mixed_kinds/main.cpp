// A model goes from a unit of one kind (headers alone, or with eigenerate::compiled) to one of the other,
// and back.
#include <fmt/format.h>

#include "kinds.hpp"

using namespace eigenerate;

Matrix<float> trained(Vae<float> vae) {
  Matrix<float> x = Matrix<float>::Constant(6, 64, 0.5f);
  x.topRows(3).setOnes();
  Trainer{{.epochs = 3, .batch_size = 16}}.fit(vae, Dataset("halves", Shape{6}, x));
  return vae.sample(4);
}

int main() {
  const Vae<float> own{Sequential{Linear{6, 8}, Relu{}, Linear{8, 4}},
                       Sequential{Linear{2, 8}, Tanh{}, Linear{8, 6}},
                       {.seed = 3}};
  const Matrix<float> x = trained(make());
  if (x.allFinite() && x == trained(own)) return 0;
  fmt::print(stderr, "a model from the other kind of unit learns something else\n");
  return 1;
}
