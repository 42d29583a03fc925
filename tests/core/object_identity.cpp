#include "eigenerate/core/object_identity.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using eigenerate::ObjectIdentity;

TEST_CASE("an identity is one object's: copies get their own, moves take it along", "[identity]") {
  ObjectIdentity a;
  const ObjectIdentity::Mark of_a(a);
  CHECK(of_a.is_of(a));
  const ObjectIdentity copy = a;
  CHECK_FALSE(of_a.is_of(copy));
  CHECK(of_a.is_of(a));

  ObjectIdentity b;
  b = a;
  CHECK_FALSE(of_a.is_of(b));
  const ObjectIdentity::Mark of_b(b);
  ObjectIdentity& self = a;
  a = self;
  CHECK(of_a.is_of(a));

  ObjectIdentity moved = std::move(a);
  CHECK(of_a.is_of(moved));
  CHECK_FALSE(of_a.is_of(a));
  b = std::move(moved);
  CHECK(of_a.is_of(b));
  CHECK(of_b.expired());
}

TEST_CASE("who takes the place of an object is not that object", "[identity]") {
  std::optional<ObjectIdentity> place(std::in_place);
  const ObjectIdentity::Mark mark(*place);
  const ObjectIdentity* const address = &*place;
  CHECK_FALSE(mark.expired());
  place.reset();
  CHECK(mark.expired());
  place.emplace();
  CHECK(&*place == address);
  CHECK_FALSE(mark.is_of(*place));
  // Nothing is something that was moved from.
  ObjectIdentity empty;
  ObjectIdentity taken = std::move(empty);
  const ObjectIdentity::Mark of_nothing(empty);
  CHECK_FALSE(of_nothing.is_of(empty));
  CHECK_FALSE(of_nothing.is_of(taken));
}

TEST_CASE("a growing vector moves its objects, and they stay who they are", "[identity]") {
  std::vector<ObjectIdentity> list(1);
  const ObjectIdentity::Mark first(list[0]);
  list.resize(100);
  CHECK(first.is_of(list[0]));
}
