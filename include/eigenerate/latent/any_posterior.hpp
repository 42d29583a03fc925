#pragma once

#include <memory>
#include <typeinfo>
#include <utility>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/latent/latent_code.hpp"
#include "eigenerate/latent/posterior.hpp"

namespace eigenerate {

/// A distribution of any type, as a posterior shows what it is.
struct DistributionView {
  const std::type_info* type = nullptr;
  const void* value = nullptr;

  /// The distribution, where it is a `D`.
  template <class D>
  const D* as() const {
    return type && *type == typeid(D) ? static_cast<const D*>(value) : nullptr;
  }
};

/// Any posterior behind one type. Copies share the wrapped value, which is immutable.
///
/// **Errors** `ConfigError` naming it, for a log q(z|x) or a density elsewhere that it does not have.
template <Scalar S = float>
class AnyPosterior {
 public:
  template <class Q>
  requires(!std::same_as<Q, AnyPosterior> && PosteriorOf<Q, S>) AnyPosterior(Q posterior)
      : posterior_(hold(std::move(posterior))) {}

  std::string_view kind() const { return held().kind(); }
  void validate() const { held().validate(); }
  Index parameter_rows(Index latent) const { return held().parameter_rows(latent); }
  PartPlan<S> plan(Index latent) const { return held().plan(latent); }
  DistributionView distribution() const { return held().distribution(); }
  /// What latent vectors end in; of size 0 for no code.
  LatentCode code() const { return held().code(); }

  using In = ConstView<S>;
  using Out = View<S>;
  void sample(const PartPass<S>& pass, In h, In noise, Out z, std::span<S> log_q) const {
    held().sample(pass, h, noise, z, log_q);
  }
  void backward(const PartPass<S>& pass, In h, In noise, In dz, std::span<const S> d_log_q, Out dh) const {
    held().backward(pass, h, noise, dz, d_log_q, dh);
  }
  void center(const PartPass<S>& pass, In h, Out z) const { held().center(pass, h, z); }
  double clamped_share(In h) const { return held().clamped_share(h); }

  bool has_log_q() const { return held().has_log_q(); }
  /// `ConfigError` unless what it draws has a log q(z|x), which `who` needs.
  void require_log_q(std::string_view who) const {
    if (!has_log_q()) fail<ConfigError>("{}: needs log q(z|x), which {} does not have", who, kind());
  }
  bool has_density() const { return held().has_density(); }
  /// `ConfigError` unless it has a density elsewhere, which `who` needs.
  void require_density(std::string_view who) const {
    if (!has_density())
      fail<ConfigError>(
          "{}: needs the density of the posterior at any z and its gradient, which {} does not have", who,
          kind());
  }
  void log_density(In h, In z, std::span<S> out) const { held().log_density(h, z, out); }
  void log_density_backward(In h, In z, std::span<const S> weights, Out dz, Out dh) const {
    held().log_density_backward(h, z, weights, dz, dh);
  }

  // ---- The densities of all pairs of K columns of h and n of z, as `NormalComponents` has them.

  Index component_rows(Index k) const { return held().component_rows(k); }
  Index component_memory(Index latent, Index k) const { return held().component_memory(latent, k); }
  void log_components(In h, In z, S* memory, Out out) const { held().log_components(h, z, memory, out); }
  /// `dz += ` and `dh = ` the gradient of Σ b_j weights_kj log q_k(z_j), where wanted, with the memory that
  /// `log_components` left for the same h. Weights below row K are zeros.
  void log_components_backward(In h, In z, In weights, std::span<const S> b, S* memory, Out dz,
                               Out dh) const {
    held().log_components_backward(h, z, weights, b, memory, dz, dh);
  }

 private:
  struct Contract {
    virtual ~Contract() = default;
    virtual std::string_view kind() const = 0;
    virtual void validate() const = 0;
    virtual Index parameter_rows(Index latent) const = 0;
    virtual PartPlan<S> plan(Index latent) const = 0;
    virtual DistributionView distribution() const = 0;
    virtual LatentCode code() const = 0;
    virtual void sample(const PartPass<S>&, In, In, Out, std::span<S>) const = 0;
    virtual void backward(const PartPass<S>&, In, In, In, std::span<const S>, Out) const = 0;
    virtual void center(const PartPass<S>&, In, Out) const = 0;
    virtual double clamped_share(In) const = 0;
    virtual bool has_log_q() const = 0;
    virtual bool has_density() const = 0;
    virtual void log_density(In, In, std::span<S>) const = 0;
    virtual void log_density_backward(In, In, std::span<const S>, Out, Out) const = 0;
    virtual Index component_rows(Index) const = 0;
    virtual Index component_memory(Index, Index) const = 0;
    virtual void log_components(In, In, S*, Out) const = 0;
    virtual void log_components_backward(In, In, In, std::span<const S>, S*, Out, Out) const = 0;
  };

  template <class Q>
  struct Held final : Contract {
    explicit Held(Q p) : q(std::move(p)) {}
    std::string_view kind() const override { return q.kind; }
    void validate() const override {
      if constexpr (requires { q.validate(); }) q.validate();
    }
    Index parameter_rows(Index latent) const override { return q.parameter_rows(latent); }
    PartPlan<S> plan(Index latent) const override {
      if constexpr (requires { q.template plan<S>(latent); })
        return q.template plan<S>(latent);
      else
        return {};
    }
    DistributionView distribution() const override {
      if constexpr (requires { q.distribution(); })
        return {&typeid(q.distribution()), &q.distribution()};
      else
        return {};
    }
    LatentCode code() const override {
      if constexpr (requires { q.code; })
        return q.code;
      else
        return {};
    }
    void sample(const PartPass<S>& pass, In h, In noise, Out z, std::span<S> log_q) const override {
      if (!has_log_q() && !log_q.empty()) refuse_log_q();
      q.sample(pass, h, noise, z, log_q);
    }
    void backward(const PartPass<S>& pass, In h, In noise, In dz, std::span<const S> d_log_q,
                  Out dh) const override {
      if (!has_log_q() && !d_log_q.empty()) refuse_log_q();
      q.backward(pass, h, noise, dz, d_log_q, dh);
    }
    void center(const PartPass<S>& pass, In h, Out z) const override { q.center(pass, h, z); }
    double clamped_share(In h) const override {
      if constexpr (requires { q.clamped_share(h); })
        return q.clamped_share(h);
      else
        return 0;
    }
    bool has_log_q() const override {
      if constexpr (requires { Q::has_log_q; })
        return Q::has_log_q;
      else
        return true;
    }
    static constexpr bool density =
        requires(const Q& p, In in, Out out, std::span<S> v, std::span<const S> w) {
      p.log_density(in, in, v);
      p.log_density_backward(in, in, w, out, out);
    };
    bool has_density() const override { return density; }
    void log_density(In h, In z, std::span<S> out) const override {
      if constexpr (density)
        q.log_density(h, z, out);
      else
        refuse();
    }
    void log_density_backward(In h, In z, std::span<const S> weights, Out dz, Out dh) const override {
      if constexpr (density)
        q.log_density_backward(h, z, weights, dz, dh);
      else
        refuse();
    }
    static constexpr bool components = requires(const Q& p, S* memory) {
      p.components(Index{}, Index{}, memory);
    };
    auto components_of(Index latent, Index k, S* memory) const { return q.components(latent, k, memory); }
    Index component_rows(Index k) const override {
      if constexpr (components)
        return decltype(components_of(0, 0, nullptr))::rows(k);
      else
        return k;
    }
    Index component_memory(Index latent, Index k) const override {
      if constexpr (components)
        return decltype(components_of(0, 0, nullptr))::memory(latent, k);
      else
        return (1 + parameter_rows(latent)) * k;  // weights, and a gradient by h
    }
    void log_components(In h, In z, S* memory, Out out) const override {
      if constexpr (components) {
        auto all = components_of(z.rows(), h.cols(), memory);
        all.load(h);
        all.log_probability(z, out);
      } else {
        for (Index j = 0; j < z.cols(); ++j) log_density(h, z.col(j), numbers(out.col(j).data(), out.rows()));
      }
    }
    void log_components_backward(In h, In z, In weights, std::span<const S> b, S* memory, Out dz,
                                 Out dh) const override {
      if constexpr (components) {
        const auto all = components_of(z.rows(), h.cols(), memory);
        if (wanted(dz)) all.backward_to_x(z, weights, b, dz);
        if (wanted(dh)) all.backward(h, z, weights, b, dh);
      } else {
        const Index k = h.cols();
        const View<S> one(memory + k, h.rows(), k);
        if (wanted(dh)) dh.setZero();
        for (Index j = 0; j < z.cols(); ++j) {
          for (Index i = 0; i < k; ++i) memory[i] = b[static_cast<std::size_t>(j)] * weights(i, j);
          log_density_backward(h, z.col(j), numbers(static_cast<const S*>(memory), k),
                               wanted(dz) ? View<S>(dz.col(j).data(), dz.rows(), 1) : unwanted<S>(),
                               wanted(dh) ? one : unwanted<S>());
          if (wanted(dh)) dh += one;
        }
      }
    }
    [[noreturn]] void refuse() const {
      fail<ConfigError>("{}: has no density that could be evaluated at any z", q.kind);
    }
    [[noreturn]] void refuse_log_q() const { fail<ConfigError>("{}: has no log q(z|x)", q.kind); }
    const Q q;
  };

  /// Here alone `Held` is made, so that `eigenerate::compiled` may have compiled it already.
  template <class Q>
  static std::shared_ptr<const Contract> hold(Q posterior);

  const Contract& held() const {
    if (!posterior_) fail_moved_from("posterior");
    return *posterior_;
  }

  std::shared_ptr<const Contract> posterior_;
};

template <Scalar S>
template <class Q>
auto AnyPosterior<S>::hold(Q posterior) -> std::shared_ptr<const Contract> {
  return std::make_shared<const Held<Q>>(std::move(posterior));
}

}  // namespace eigenerate
