#pragma once
// distributions: probability distributions as pure values: log-probability, sampling, KL, and their
// derivatives.
//
// A batch of x holds one sample per column, and so do the parameters (what a decoder or encoder puts out).
// Log- probabilities are in nats, summed over the features, one number per column, and are not divided by the
// batch: only losses do that. Where one side has fewer columns, each of its columns pairs with a run of
// neighbouring columns of the other (the k importance samples of an input lie side by side). Parameters are
// unconstrained numbers (logits, log-variances); NaNs pass through to the result; nothing allocates.
//
// | header               | what it holds                                                                            |
// |----------------------|------------------------------------------------------------------------------------------|
// | any_likelihood.hpp   | `AnyLikelihood`: any of them, chosen at run time                                         |
// | bernoulli.hpp        | `Bernoulli`: binary values, or grey levels in [0, 1], from logits                        |
// | diagonal_normal.hpp  | `DiagonalNormal`: mean and log-variance per feature; reparameterization, KL to the prior |
// | likelihood.hpp       | `Likelihood`: the contract of what a decoder may parameterize; write your own            |
// | pairing.hpp          | which column of x belongs to which column of parameters                                  |
// | require_support.hpp  | whether values lie where a distribution or a loss can take them                          |
// | standard_normal.hpp  | the log-density of the prior N(0, 1)                                                     |
// | truncated_normal.hpp | `truncate_normal`: normal numbers as those of the distribution that is cut off           |
// | unit_normal.hpp      | `UnitNormal`: variance 1, the parameters are the mean                                    |

#include "eigenerate/distributions/any_likelihood.hpp"
#include "eigenerate/distributions/bernoulli.hpp"
#include "eigenerate/distributions/diagonal_normal.hpp"
#include "eigenerate/distributions/likelihood.hpp"
#include "eigenerate/distributions/pairing.hpp"
#include "eigenerate/distributions/require_support.hpp"
#include "eigenerate/distributions/standard_normal.hpp"
#include "eigenerate/distributions/truncated_normal.hpp"
#include "eigenerate/distributions/unit_normal.hpp"

#include "eigenerate/distributions/detail/held.hpp"
