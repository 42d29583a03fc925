#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "eigenerate/core/errors.hpp"
#include "eigenerate/distributions/likelihood.hpp"

namespace eigenerate {

/// Any likelihood behind one type: what a model of that scalar holds.
///
/// It is the wrapped one in every respect, to the bit; what that leaves out is filled in: `validate` accepts,
/// nothing is clamped, value and derivative come from two calls. Copies share the wrapped value, which is
/// immutable.
///
/// **Cost** one indirect call for each function.
template <Scalar S = float>
class AnyLikelihood {
 public:
  // Implicit: `.likelihood = Bernoulli{}`. What holds an AnyLikelihood is not asked whether it is one.
  template <class L>
  requires(!std::same_as<L, AnyLikelihood> && LikelihoodOf<L, S>) AnyLikelihood(L likelihood)
      : likelihood_(hold(std::move(likelihood))) {}

  std::string_view kind() const { return held().kind(); }
  ValueRange support() const { return held().support(); }
  ValueRange parameter_range(const ValueRange& data) const { return held().parameter_range(data); }
  Shape sample_shape(const Shape& parameters) const { return held().sample_shape(parameters); }
  /// The same, or what the user says it is where parameters do not tell: behind an `AppendParameter` those of
  /// an image are a vector too. `ShapeError` where that has another size.
  Shape sample_shape(const Shape& parameters, const std::optional<Shape>& said, std::string_view who) const {
    const Shape told = sample_shape(parameters);
    if (said && said->size() != told.size())
      fail<ShapeError>("{}: expected samples of shape {}, as its options say, but the decoder makes {}", who,
                       to_string(*said), to_string(told));
    return said.value_or(told);
  }
  Index parameter_rows(Index features) const { return held().parameter_rows(features); }
  void validate() const { held().validate(); }

  using In = ConstView<S>;
  using Out = View<S>;
  void log_probability(In x, In parameters, std::span<S> out) const {
    held().log_probability(x, parameters, out);
  }
  void log_probability_backward(In x, In parameters, std::span<const S> weights, Out d_parameters) const {
    held().log_probability_backward(x, parameters, weights, d_parameters);
  }
  void log_probability_with_backward(In x, In parameters, std::span<const S> weights, std::span<S> out,
                                     Out d_parameters) const {
    held().log_probability_with_backward(x, parameters, weights, out, d_parameters);
  }
  void mean(In parameters, Out out) const { held().mean(parameters, out); }
  void sample(In parameters, const RandomStream& random, Out out) const {
    held().sample(parameters, random, out);
  }
  double clamped_share(In parameters) const { return held().clamped_share(parameters); }

  bool has_independent_features() const { return held().has_independent_features(); }
  /// The rows of the parameters of some features alone; `ConfigError` naming a likelihood whose features are
  /// not independent.
  std::vector<Index> rows_of(std::span<const Index> chosen, Index features) const {
    return held().rows_of(chosen, features);
  }

  /// Whether it has probabilities of whole levels, see `masses`.
  bool has_masses() const { return held().has_masses(); }
  /// `ConfigError` naming a likelihood without such levels; likewise `masses`.
  Index levels() const { return held().levels(); }
  /// Numbers in the ratio of the probabilities of one feature's levels, from one column of parameters.
  void masses(In parameters, Index feature, std::span<double> out) const {
    held().masses(parameters, feature, out);
  }

 private:
  struct Contract {
    virtual ~Contract() = default;
    virtual std::string_view kind() const = 0;
    virtual ValueRange support() const = 0;
    virtual ValueRange parameter_range(const ValueRange& data) const = 0;
    virtual Shape sample_shape(const Shape& parameters) const = 0;
    virtual Index parameter_rows(Index features) const = 0;
    virtual void validate() const = 0;
    virtual void log_probability(In, In, std::span<S>) const = 0;
    virtual void log_probability_backward(In, In, std::span<const S>, Out) const = 0;
    virtual void log_probability_with_backward(In, In, std::span<const S>, std::span<S>, Out) const = 0;
    virtual void mean(In, Out) const = 0;
    virtual void sample(In, const RandomStream&, Out) const = 0;
    virtual double clamped_share(In) const = 0;
    virtual bool has_independent_features() const = 0;
    virtual std::vector<Index> rows_of(std::span<const Index>, Index) const = 0;
    virtual bool has_masses() const = 0;
    virtual Index levels() const = 0;
    virtual void masses(In, Index, std::span<double>) const = 0;
  };

  template <class L>
  struct Held final : Contract {
    explicit Held(L l) : likelihood(std::move(l)) {}
    std::string_view kind() const override { return likelihood.kind; }
    ValueRange support() const override { return likelihood.support(); }
    ValueRange parameter_range(const ValueRange& data) const override {
      return likelihood.parameter_range(data);
    }
    Shape sample_shape(const Shape& parameters) const override { return likelihood.sample_shape(parameters); }
    Index parameter_rows(Index features) const override { return likelihood.parameter_rows(features); }
    void validate() const override {
      if constexpr (requires { likelihood.validate(); }) likelihood.validate();
    }
    void log_probability(In x, In parameters, std::span<S> out) const override {
      likelihood.log_probability(x, parameters, out);
    }
    void log_probability_backward(In x, In parameters, std::span<const S> weights, Out d) const override {
      likelihood.log_probability_backward(x, parameters, weights, d);
    }
    void log_probability_with_backward(In x, In parameters, std::span<const S> weights, std::span<S> out,
                                       Out d) const override {
      if constexpr (requires { likelihood.log_probability_with_backward(x, parameters, weights, out, d); }) {
        likelihood.log_probability_with_backward(x, parameters, weights, out, d);
      } else {
        likelihood.log_probability(x, parameters, out);
        likelihood.log_probability_backward(x, parameters, weights, d);
      }
    }
    void mean(In parameters, Out out) const override { likelihood.mean(parameters, out); }
    void sample(In parameters, const RandomStream& random, Out out) const override {
      likelihood.sample(parameters, random, out);
    }
    double clamped_share(In parameters) const override {
      if constexpr (requires { likelihood.clamped_share(parameters); })
        return likelihood.clamped_share(parameters);
      else
        return 0;
    }
    static constexpr bool independent = requires(const L& l, std::span<const Index> chosen) {
      l.rows_of(chosen, Index{});
    };
    bool has_independent_features() const override { return independent; }
    std::vector<Index> rows_of(std::span<const Index> chosen, Index features) const override {
      if constexpr (independent)
        return likelihood.rows_of(chosen, features);
      else
        fail<ConfigError>("{}: its features are not independent, so a part of a sample has no probability",
                          likelihood.kind);
    }
    static constexpr bool discrete = requires(const L& l, In parameters, std::span<double> out) {
      l.masses(parameters, Index{}, out);
      l.levels();
    };
    bool has_masses() const override { return discrete; }
    Index levels() const override {
      if constexpr (discrete)
        return likelihood.levels();
      else
        refuse_masses();
    }
    void masses(In parameters, Index feature, std::span<double> out) const override {
      if constexpr (discrete)
        likelihood.masses(parameters, feature, out);
      else
        refuse_masses();
    }
    [[noreturn]] void refuse_masses() const {
      fail<ConfigError>(
          "{}: its features are not independent ones of levels 0, 1, …, each with a probability",
          likelihood.kind);
    }
    const L likelihood;
  };

  /// Here alone `Held` is made, so that `eigenerate::compiled` may have compiled it already.
  template <class L>
  static std::shared_ptr<const Contract> hold(L likelihood);

  const Contract& held() const {
    if (!likelihood_) fail_moved_from("likelihood");
    return *likelihood_;
  }

  std::shared_ptr<const Contract> likelihood_;
};

template <Scalar S>
template <class L>
auto AnyLikelihood<S>::hold(L likelihood) -> std::shared_ptr<const Contract> {
  return std::make_shared<const Held<L>>(std::move(likelihood));
}

}  // namespace eigenerate
