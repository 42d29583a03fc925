#include "everything.hpp"

const std::string_view* version_of_the_second_unit();
const std::string_view* version_of_the_second_unit() {
  return &eigenerate::version;
}
