#pragma once
// metrics: pure functions of samples and scores, for training and for evaluation.
//
// | header           | what it holds                                                 |
// |------------------|---------------------------------------------------------------|
// | log_mean_exp.hpp | `LogMeanExp`: log of a mean of exponentials, number by number |

#include "eigenerate/metrics/log_mean_exp.hpp"
