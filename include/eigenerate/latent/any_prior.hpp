#pragma once

#include <memory>
#include <utility>

#include "eigenerate/latent/prior.hpp"

namespace eigenerate {

/// Any prior behind one type. Copies share the wrapped value, which is immutable.
///
/// **Errors** `ConfigError` naming both, for a closed-form KL from a posterior to which it has none.
template <Scalar S = float>
class AnyPrior {
 public:
  template <class P>
  requires(!std::same_as<P, AnyPrior> && PriorOf<P, S>) AnyPrior(P prior) : prior_(hold(std::move(prior))) {}

  std::string_view kind() const { return held().kind(); }
  /// The wrapped prior, where it is a P.
  template <class P>
  const P* as() const {
    const auto* found = dynamic_cast<const Held<P>*>(&held());
    return found ? &found->p : nullptr;
  }
  void validate() const { held().validate(); }
  PartPlan<S> plan(Index latent, const Network<S>& encoder, const AnyPosterior<S>& posterior) const {
    return held().plan(latent, encoder, posterior);
  }

  using In = ConstView<S>;
  using Out = View<S>;
  void log_probability(const PriorPass<S>& pass, In z, std::span<S> out) const {
    held().log_probability(pass, z, out);
  }
  void backward(const PriorPass<S>& pass, In z, std::span<const S> parameter_weights,
                std::span<const S> path_weights, Out dz) const {
    held().backward(pass, z, parameter_weights, path_weights, dz);
  }
  void sample(const PriorPass<S>& pass, const RandomStream& random, Out z) const {
    held().sample(pass, random, z);
  }

  bool has_kl(const AnyPosterior<S>& q) const { return held().has_kl(q); }
  /// KL(q(z|x) ‖ p(z)) for every column of h.
  void kl(const AnyPosterior<S>& q, In h, std::span<S> out) const { held().kl(q, h, out); }
  void kl_by_dimension(const AnyPosterior<S>& q, In h, Out out) const { held().kl_by_dimension(q, h, out); }
  void kl_backward(const AnyPosterior<S>& q, In h, In weights, Out dh) const {
    held().kl_backward(q, h, weights, dh);
  }

 private:
  struct Contract {
    virtual ~Contract() = default;
    virtual std::string_view kind() const = 0;
    virtual void validate() const = 0;
    virtual PartPlan<S> plan(Index, const Network<S>&, const AnyPosterior<S>&) const = 0;
    virtual void log_probability(const PriorPass<S>&, In, std::span<S>) const = 0;
    virtual void backward(const PriorPass<S>&, In, std::span<const S>, std::span<const S>, Out) const = 0;
    virtual void sample(const PriorPass<S>&, const RandomStream&, Out) const = 0;
    virtual bool has_kl(const AnyPosterior<S>&) const = 0;
    virtual void kl(const AnyPosterior<S>&, In, std::span<S>) const = 0;
    virtual void kl_by_dimension(const AnyPosterior<S>&, In, Out) const = 0;
    virtual void kl_backward(const AnyPosterior<S>&, In, In, Out) const = 0;
  };

  template <class P>
  struct Held final : Contract {
    explicit Held(P prior) : p(std::move(prior)) {}
    std::string_view kind() const override { return p.kind; }
    void validate() const override {
      if constexpr (requires { p.validate(); }) p.validate();
    }
    PartPlan<S> plan(Index latent, const Network<S>& encoder,
                     const AnyPosterior<S>& posterior) const override {
      if constexpr (requires { p.template plan<S>(latent, encoder, posterior); })
        return p.template plan<S>(latent, encoder, posterior);
      else
        return {};
    }
    void log_probability(const PriorPass<S>& pass, In z, std::span<S> out) const override {
      p.log_probability(pass, z, out);
    }
    void backward(const PriorPass<S>& pass, In z, std::span<const S> parameter_weights,
                  std::span<const S> path_weights, Out dz) const override {
      p.backward(pass, z, parameter_weights, path_weights, dz);
    }
    void sample(const PriorPass<S>& pass, const RandomStream& random, Out z) const override {
      p.sample(pass, random, z);
    }

    /// Calls `f` with the prior and the posterior's distribution where there is a closed form to it; whether
    /// there is.
    template <class F>
    bool with_form(const AnyPosterior<S>& q, const F& f) const {
      if constexpr (requires { typename P::closed_forms; }) {
        [[maybe_unused]] const DistributionView seen = q.distribution();
        return [&]<class... D>(ClosedForms<D...>) {
          [[maybe_unused]] const auto try_one = [&]<class E>(const E* d) {
            if (d) f(p, *d);
            return d != nullptr;
          };
          return (try_one(seen.template as<D>()) || ...);
        }(typename P::closed_forms{});
      } else {
        return false;
      }
    }
    template <class F>
    void require_form(const AnyPosterior<S>& q, const F& f) const {
      if (!with_form(q, f))
        fail<ConfigError>(
            "{}: there is no closed form of its KL from {}; let the objective sample it "
            "(Elbo{{.kl = KlTerm::sampled}}, Iwae{{}})",
            p.kind, q.kind());
    }
    bool has_kl(const AnyPosterior<S>& q) const override {
      return with_form(q, [](const auto&, const auto&) {});
    }
    void kl(const AnyPosterior<S>& q, In h, std::span<S> out) const override {
      require_form(q, [&](const auto& prior, const auto& d) { prior.kl(d, h, out); });
    }
    void kl_by_dimension(const AnyPosterior<S>& q, In h, Out out) const override {
      require_form(q, [&](const auto& prior, const auto& d) { prior.kl_by_dimension(d, h, out); });
    }
    void kl_backward(const AnyPosterior<S>& q, In h, In weights, Out dh) const override {
      require_form(q, [&](const auto& prior, const auto& d) { prior.kl_backward(d, h, weights, dh); });
    }
    const P p;
  };

  /// Here alone `Held` is made, so that `eigenerate::compiled` may have compiled it already.
  template <class P>
  static std::shared_ptr<const Contract> hold(P prior);

  const Contract& held() const {
    if (!prior_) fail_moved_from("prior");
    return *prior_;
  }

  std::shared_ptr<const Contract> prior_;
};

template <Scalar S>
template <class P>
auto AnyPrior<S>::hold(P prior) -> std::shared_ptr<const Contract> {
  return std::make_shared<const Held<P>>(std::move(prior));
}

}  // namespace eigenerate
