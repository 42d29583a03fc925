#pragma once

#include <memory>

namespace eigenerate {

/// Tells the object that it is a member of from every other one, for as long as that object lives: a copy
/// gets an identity of its own, a move takes it along.
///
/// An address would not do: another object may stand there later, and a moved one stands elsewhere.
/// **Cost** one small allocation for each object.
class ObjectIdentity {
 public:
  ObjectIdentity() : token_(std::make_shared<Token>()) {}
  ObjectIdentity(const ObjectIdentity&) : ObjectIdentity() {}
  ObjectIdentity(ObjectIdentity&&) noexcept = default;  // the one moved from has none any more
  ObjectIdentity& operator=(const ObjectIdentity& other) {
    if (this != &other) token_ = std::make_shared<Token>();
    return *this;
  }
  ObjectIdentity& operator=(ObjectIdentity&&) noexcept = default;
  ~ObjectIdentity() = default;

  /// Remembers an identity without keeping its object alive.
  class Mark {
   public:
    explicit Mark(const ObjectIdentity& identity) : token_(identity.token_) {}

    /// Whether it is that one's.
    bool is_of(const ObjectIdentity& identity) const {
      const auto token = token_.lock();
      return token && token == identity.token_;
    }
    /// Whether its object is no more.
    bool expired() const { return token_.expired(); }

   private:
    std::weak_ptr<const void> token_;
  };

 private:
  struct Token {};
  std::shared_ptr<const void> token_;
};

}  // namespace eigenerate
