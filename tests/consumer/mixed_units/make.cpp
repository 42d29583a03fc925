#include <eigenerate/core/types.hpp>

eigenerate::Matrix<float> make() {
  return eigenerate::Matrix<float>::Zero(3, 4);
}
