// Two files that include everything must make one program. A function in a header that is not inline would be
// defined twice, and the linker would refuse; a variable that is not inline would have two addresses.
#include "everything.hpp"

const std::string_view* version_of_the_second_unit();

int main() {
  return version_of_the_second_unit() == &eigenerate::version ? 0 : 1;
}
