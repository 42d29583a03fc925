#pragma once

#include <concepts>
#include <memory>
#include <string_view>
#include <utility>

#include "eigenerate/adversarial/adversarial_loss.hpp"

namespace eigenerate {

/// Any adversarial loss behind one type: the wrapped loss in every respect, and the same bits.
///
/// Copies share the wrapped loss, which is immutable.
template <Scalar S = float>
class AnyAdversarialLoss {
 public:
  template <class L>
  requires(!std::same_as<L, AnyAdversarialLoss> && AdversarialLoss<L>)
      AnyAdversarialLoss(L loss)  // implicit: `.loss = Hinge{}`
      : loss_(hold(std::move(loss))) {}

  std::string_view kind() const { return held().kind(); }
  /// Whether the logits are scores without bounds rather than log-odds.
  bool takes_scores() const { return held().takes_scores(); }
  /// Whether the loss needs a critic that something keeps Lipschitz.
  bool needs_lipschitz() const { return held().needs_lipschitz(); }
  /// Whether the generator's loss looks at the real logits too.
  bool compares() const { return held().compares(); }
  /// The logit by which a sample is as much real as generated.
  double undecided() const { return held().undecided(); }
  void validate() const { held().validate(); }

  /// See `discriminator_loss`.
  double discriminator(ConstView<S> real, ConstView<S> fake, View<S> d_real = unwanted<S>(),
                       View<S> d_fake = unwanted<S>()) const {
    return held().discriminator(real, fake, d_real, d_fake);
  }
  /// See `generator_loss`.
  double generator(ConstView<S> fake, ConstView<S> real, View<S> d_fake = unwanted<S>(),
                   View<S> d_real = unwanted<S>()) const {
    return held().generator(fake, real, d_fake, d_real);
  }

 private:
  struct Contract {
    virtual ~Contract() = default;
    virtual std::string_view kind() const = 0;
    virtual bool takes_scores() const = 0;
    virtual bool needs_lipschitz() const = 0;
    virtual bool compares() const = 0;
    virtual double undecided() const = 0;
    virtual void validate() const = 0;
    virtual double discriminator(ConstView<S>, ConstView<S>, View<S>, View<S>) const = 0;
    virtual double generator(ConstView<S>, ConstView<S>, View<S>, View<S>) const = 0;
  };

  template <class L>
  struct Held final : Contract {
    explicit Held(L given) : loss(std::move(given)) {}
    std::string_view kind() const override { return L::kind; }
    bool takes_scores() const override { return L::takes_scores; }
    bool needs_lipschitz() const override { return detail::needs_lipschitz<L>(); }
    bool compares() const override { return detail::compares<L>(); }
    double undecided() const override { return detail::undecided<L>(); }
    void validate() const override { loss.validate(); }
    double discriminator(ConstView<S> real, ConstView<S> fake, View<S> d_real,
                         View<S> d_fake) const override {
      return discriminator_loss(loss, real, fake, d_real, d_fake);
    }
    double generator(ConstView<S> fake, ConstView<S> real, View<S> d_fake, View<S> d_real) const override {
      return generator_loss(loss, fake, real, d_fake, d_real);
    }
    L loss;
  };

  /// Here alone `Held` is made, so that `eigenerate::compiled` may have compiled it already.
  template <class L>
  static std::shared_ptr<const Contract> hold(L loss);

  const Contract& held() const {
    if (!loss_) fail_moved_from("adversarial loss");
    return *loss_;
  }

  std::shared_ptr<const Contract> loss_;
};

template <Scalar S>
template <class L>
auto AnyAdversarialLoss<S>::hold(L loss) -> std::shared_ptr<const Contract> {
  return std::make_shared<const Held<L>>(std::move(loss));
}

}  // namespace eigenerate
