// expect: the format of a message has a field that is none, or not as many as there are arguments
#include <eigenerate/core/errors.hpp>

int main() {
  eigenerate::fail<eigenerate::ShapeError>("expected {}, got {}", 784);
}
