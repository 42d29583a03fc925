#pragma once
// losses: what turns a network's outputs into a value and the gradient that starts the way back.
//
// Every loss is a mean over the batch, in nats, summed over the features (those named `…_mean` average over
// them, as the literature that weighs them does), and this is the only place that divides by the batch:
// gradients come out already divided, and nothing downstream scales them again. The gradient is optional
// (pass nothing, or `unwanted`) and overwritten. Losses take logits and use softplus and log-sum-exp forms,
// so any finite logit is safe. Values are double, whatever the scalar; they are the same bits for any number
// of threads, and nothing allocates.
//
// | header                          | what it holds                                                         |
// |---------------------------------|-----------------------------------------------------------------------|
// | batch_mean.hpp                  | the mean over a batch that every loss is, and the check of its views  |
// | bce_with_logits.hpp             | binary cross-entropy, against a batch of targets or one target for all |
// | l1.hpp                          | absolute error, summed (`l1`) or averaged (`l1_mean`) over the features |
// | mse.hpp                         | squared error, summed (`mse`) or averaged (`mse_mean`) over the features |
// | softmax_cross_entropy.hpp       | cross-entropy of classes from logits                                  |

#include "eigenerate/losses/batch_mean.hpp"
#include "eigenerate/losses/bce_with_logits.hpp"
#include "eigenerate/losses/l1.hpp"
#include "eigenerate/losses/mse.hpp"
#include "eigenerate/losses/softmax_cross_entropy.hpp"
