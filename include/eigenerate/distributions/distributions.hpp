#pragma once
// distributions: probability distributions as values: log-probability, samples, KL, and their derivatives.
//
// A batch of x holds one sample per column, and so do the parameters (what a decoder or encoder puts out).
// Log-probabilities are in nats, summed over the features, one number per column, and are not divided by the
// batch: only losses do that. Where one side has fewer columns, each of its columns pairs with a run of
// neighbouring columns of the other (the k importance samples of an input lie side by side). Parameters are
// unconstrained numbers (logits, log-variances); NaNs pass through to the result; nothing allocates.
//
// | header                           | what it holds                                                     |
// |----------------------------------|-------------------------------------------------------------------|
// | any_likelihood.hpp               | `AnyLikelihood`: any of them, chosen at run time                  |
// | bernoulli.hpp                    | `Bernoulli`: binary values, or grey levels in [0, 1], from logits |
// | beta_binomial.hpp                | `BetaBinomial`: levels 0 … trials, from log α and log β           |
// | categorical.hpp                  | `Categorical`: one of several values per feature, from logits     |
// | continuous_bernoulli.hpp         | `ContinuousBernoulli`: grey levels in [0, 1], from logits         |
// | diagonal_normal.hpp              | `DiagonalNormal`: an encoder's means and log-variances; the KL    |
// | discretized_logistic_mixture.hpp | `DiscretizedLogisticMixture`: levels, by rounded logistics        |
// | elementwise_likelihood.hpp       | base of likelihoods with one parameter per feature                |
// | fit_gaussian_mixture.hpp         | `fit_gaussian_mixture`: by expectation and maximisation (by name) |
// | full_normal.hpp                  | `FullNormal`: normal features with any covariance; the KL         |
// | gaussian_mixture.hpp             | `GaussianMixture`: densities and samples (by name)                |
// | integer_likelihood.hpp           | base of likelihoods of levels with several parameters per feature |
// | laplace.hpp                      | `Laplace`: a scale that is fixed, shared or per feature           |
// | likelihood.hpp                   | `Likelihood`: what a decoder may parameterize; write your own     |
// | location_scale_likelihood.hpp    | base of `Normal` and `Laplace`                                    |
// | normal.hpp                       | `Normal`: a variance that is fixed, shared or per feature         |
// | normal_components.hpp            | `NormalComponents`: many diagonal normals at many x               |
// | normal_pair.hpp                  | `NormalPair`: product and KL of two diagonal normals (by name)    |
// | normal_quantile.hpp              | `normal_quantile`: where so much of N(0, 1) lies below            |
// | pairing.hpp                      | which column of x belongs to which column of parameters           |
// | poisson.hpp                      | `Poisson`: counts, from log-rates                                 |
// | require_support.hpp              | whether values lie where a distribution or a loss can take them   |
// | scale.hpp                        | `Scale`, `Spread`: what says how wide a distribution is           |
// | standard_normal.hpp              | the log-density of the prior N(0, 1)                              |
// | truncated_normal.hpp             | `truncate_normal`: normal numbers as those of it cut off          |
// | unit_normal.hpp                  | `UnitNormal`: variance 1, the parameters are the mean             |

#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/distributions/bernoulli.hpp"
#include "eigenerate/distributions/beta_binomial.hpp"
#include "eigenerate/distributions/categorical.hpp"
#include "eigenerate/distributions/continuous_bernoulli.hpp"
#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/distributions/discretized_logistic_mixture.hpp"
#include "eigenerate/distributions/elementwise_likelihood.hpp"
#include "eigenerate/distributions/full_normal.hpp"
#include "eigenerate/distributions/integer_likelihood.hpp"
#include "eigenerate/distributions/laplace.hpp"
#include "eigenerate/distributions/likelihood.hpp"
#include "eigenerate/distributions/location_scale_likelihood.hpp"
#include "eigenerate/distributions/normal.hpp"
#include "eigenerate/distributions/normal_components.hpp"
#include "eigenerate/distributions/normal_quantile.hpp"
#include "eigenerate/distributions/pairing.hpp"
#include "eigenerate/distributions/poisson.hpp"
#include "eigenerate/distributions/require_support.hpp"
#include "eigenerate/distributions/scale.hpp"
#include "eigenerate/distributions/standard_normal.hpp"
#include "eigenerate/distributions/truncated_normal.hpp"
#include "eigenerate/distributions/unit_normal.hpp"

#include "eigenerate/distributions/detail/held.hpp"
