#pragma once

#include <concepts>
#include <string_view>

#include "eigenerate/core/numbers.hpp"
#include "eigenerate/core/random.hpp"
#include "eigenerate/core/shape.hpp"
#include "eigenerate/core/value_range.hpp"

namespace eigenerate {

/// What a decoder's output may parameterize, in one scalar.
///
/// A likelihood is an immutable value. It has
/// - `kind`: its name, a string, as error messages show it;
/// - `support()`: the values that have a probability; others are refused with a `ConfigError`;
/// - `parameter_range(data)`: what a decoder must be able to put out for data in that range;
/// - `sample_shape(parameters)`: the sample's shape behind a decoder's output of that shape, or a
///   `ShapeError`;
/// - `parameter_rows(features)`: the numbers of a decoder's output for samples of so many values;
/// - `log_probability(x, parameters, out)`: in nats, summed over the features, one number for each pair;
/// - `log_probability_backward(x, parameters, weights, d_parameters)`: the gradient of the weighted sum,
///   overwriting;
/// - `mean(parameters, out)` and `sample(parameters, random, out)`.
///
/// It may have `log_probability_with_backward(x, parameters, weights, out, d_parameters)` where both cost
/// less together, `validate()` (`ConfigError` for members out of range), `clamped_share(parameters)`: the
/// share of the parameters outside a range in which alone they learn; and where features are independent,
/// `rows_of(chosen, features)`: which rows of the parameters some of so many features have, chosen in
/// ascending order, as that many features alone would have them. With these it is p(x) of a part of a sample.
/// And where independent features have the values 0 … levels − 1, `levels()` and `masses(parameters, feature,
/// out)`: from a single column of parameters, numbers in the ratio of the probabilities of one feature's
/// levels. With these samples can be coded (compression/).
///
/// Columns of x and parameters are paired as in `distributions.hpp`; none but `rows_of` allocates; NaNs pass
/// through. Prove one of your own by `testing::check_likelihood`.
template <class L, class S>
concept LikelihoodOf = requires(const L& likelihood, ConstView<S> in, View<S> out, std::span<const S> weights,
                                std::span<S> values, const RandomStream& random) {
  { likelihood.kind } -> std::convertible_to<std::string_view>;
  { likelihood.support() } -> std::same_as<ValueRange>;
  { likelihood.parameter_range(ValueRange{}) } -> std::same_as<ValueRange>;
  { likelihood.sample_shape(Shape{}) } -> std::same_as<Shape>;
  { likelihood.parameter_rows(Index{}) } -> std::same_as<Index>;
  likelihood.log_probability(in, in, values);
  likelihood.log_probability_backward(in, in, weights, out);
  likelihood.mean(in, out);
  likelihood.sample(in, random, out);
};

/// What a decoder's output may parameterize.
template <class L>
concept Likelihood = LikelihoodOf<L, float> || LikelihoodOf<L, double>;

}  // namespace eigenerate
