#include "eigenerate/core/identity.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using eigenerate::Identity;

TEST_CASE("an identity is one object's: copies get their own, moves take it along", "[identity]") {
  Identity a;
  const Identity::Mark of_a(a);
  CHECK(of_a.is_of(a));
  const Identity copy = a;
  CHECK_FALSE(of_a.is_of(copy));
  CHECK(of_a.is_of(a));

  Identity b;
  b = a;
  CHECK_FALSE(of_a.is_of(b));
  const Identity::Mark of_b(b);
  Identity& self = a;
  a = self;
  CHECK(of_a.is_of(a));

  Identity moved = std::move(a);
  CHECK(of_a.is_of(moved));
  CHECK_FALSE(of_a.is_of(a));
  b = std::move(moved);
  CHECK(of_a.is_of(b));
  CHECK(of_b.expired());
}

TEST_CASE("who takes the place of an object is not that object", "[identity]") {
  std::optional<Identity> place(std::in_place);
  const Identity::Mark mark(*place);
  const Identity* const address = &*place;
  CHECK_FALSE(mark.expired());
  place.reset();
  CHECK(mark.expired());
  place.emplace();
  CHECK(&*place == address);
  CHECK_FALSE(mark.is_of(*place));
  // Nothing is something that was moved from.
  Identity empty;
  Identity taken = std::move(empty);
  const Identity::Mark of_nothing(empty);
  CHECK_FALSE(of_nothing.is_of(empty));
  CHECK_FALSE(of_nothing.is_of(taken));
}

TEST_CASE("a growing vector moves its objects, and they stay who they are", "[identity]") {
  std::vector<Identity> list(1);
  const Identity::Mark first(list[0]);
  list.resize(100);
  CHECK(first.is_of(list[0]));
}
