#pragma once
// adversarial: the game of a discriminator. Losses that see the logits of both sides, and the penalties that keep a
// discriminator smooth.
//
// Logits are 1 × n, and every loss is a mean over all of them; gradients come out already divided. A loss is an immutable
// value: three functions of one logit, or two of all logits where it compares the sides. Sums are in double, values are
// the same bits for any number of threads, and nothing allocates. A larger logit means "real".
//
// | header                          | what it holds                                                         |
// |---------------------------------|-----------------------------------------------------------------------|
// | accumulate_gradient_penalty.hpp | the penalty's exact gradient with respect to a network's parameters   |
// | adversarial_loss.hpp            | what a loss is; `discriminator_loss`, `generator_loss`                |
// | any_adversarial_loss.hpp        | `AnyAdversarialLoss`: any of them behind one type                     |
// | gradient_penalty.hpp            | `GradientPenalty`: of WGAN-GP, as a function of the input gradients; `interpolate` |
// | hinge.hpp                       | `Hinge`: no gradient beyond a margin                                  |
// | least_squares.hpp               | `LeastSquares`: squared distances to the labels                       |
// | minimax.hpp                     | `Minimax`: the original game                                          |
// | non_saturating.hpp              | `NonSaturating`: the game with the generator's gradient that does not vanish |
// | relativistic_average.hpp        | `RelativisticAverage`: another loss, with logits relative to the other side's mean |
// | wasserstein.hpp                 | `Wasserstein`: the critic's game                                      |

#include "eigenerate/adversarial/accumulate_gradient_penalty.hpp"
#include "eigenerate/adversarial/adversarial_loss.hpp"
#include "eigenerate/adversarial/any_adversarial_loss.hpp"
#include "eigenerate/adversarial/gradient_penalty.hpp"
#include "eigenerate/adversarial/hinge.hpp"
#include "eigenerate/adversarial/least_squares.hpp"
#include "eigenerate/adversarial/minimax.hpp"
#include "eigenerate/adversarial/non_saturating.hpp"
#include "eigenerate/adversarial/relativistic_average.hpp"
#include "eigenerate/adversarial/wasserstein.hpp"
