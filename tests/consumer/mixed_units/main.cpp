#include <eigenerate/core/types.hpp>

eigenerate::Matrix<float> make();

int main() {
  const eigenerate::Matrix<float> x = make();  // one unit takes the memory, the other gives it back
  return x.size() == 12 ? 0 : 1;
}
