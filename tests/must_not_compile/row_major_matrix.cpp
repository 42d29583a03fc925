// expect: this matrix is row-major .*copy it into an eigenerate::Matrix first
#define EIGEN_DEFAULT_TO_ROW_MAJOR
#include <eigenerate/eigenerate.hpp>

int main() {
  eigenerate::Vae vae{eigenerate::Sequential{eigenerate::Linear{4, 4}},
                      eigenerate::Sequential{eigenerate::Linear{2, 4}}};
  const Eigen::MatrixXf x = Eigen::MatrixXf::Zero(4, 3);
  vae.reconstruct(eigenerate::as_const(x));
}
