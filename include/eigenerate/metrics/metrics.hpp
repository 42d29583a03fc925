#pragma once
// metrics: pure functions of samples and scores, for training and for evaluation.
//
// | header            | what it holds                                                 |
// |-------------------|---------------------------------------------------------------|
// | log_mean_exp.hpp  | `LogMeanExp`: log of a mean of exponentials, number by number |
// | row_variances.hpp | `row_variances`: of every feature over the samples            |

#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/metrics/row_variances.hpp"
