#pragma once
// adversarial: the game of a discriminator. Losses that see the logits of both sides, terms that join them
// (penalties that keep a discriminator smooth, and what concerns its outputs: heads, features, consistency),
// and the Adversary, which is a discriminator with its loss and its terms.
//
// Logits are 1 × n, and every loss is a mean over all of them; gradients come out already divided. A loss is
// an immutable value: three functions of one logit, or two of all logits where it compares the sides. Sums
// are in double, values are the same bits for any number of threads, and nothing allocates. A larger logit
// means "real".
//
// | header                          | what it holds                                                                      |
// |---------------------------------|------------------------------------------------------------------------------------|
// | accumulate_gradient_penalty.hpp | the penalty's exact gradient with respect to a network's parameters                |
// | adversarial_loss.hpp            | what a loss is; `discriminator_loss`, `generator_loss`                             |
// | adversary.hpp                   | `Adversary`: a discriminator and the game it plays                                 |
// | adversary_round.hpp             | `AdversaryRound`: what both sides meet over                                        |
// | adversary_term.hpp              | what a penalty is, and a term on outputs; write your own                           |
// | any_adversarial_loss.hpp        | `AnyAdversarialLoss`: any of them behind one type                                  |
// | any_adversary_term.hpp          | `AnyAdversaryTerm`: any of them behind one type                                    |
// | class_head.hpp                  | `ClassHead`: the discriminator tells the class too                                 |
// | code_head.hpp                   | `CodeHead`: the discriminator tells the code that a sample was made from           |
// | consistency.hpp                 | `Consistency`: logits that stay when a sample is disturbed                         |
// | density_ratio.hpp               | `DensityRatio`: a logit that is a log-ratio of densities, and its mean for the maker |
// | discriminator_pass.hpp          | `DiscriminatorPass`: a pass with its output taken apart, logits and heads          |
// | dragan.hpp                      | `Dragan`: gradients of norm one around the data                                    |
// | factor_vae.hpp                  | `FactorVae`: a game on latent vectors and permuted ones, as a term of a Vae        |
// | feature_matching.hpp            | `FeatureMatching`: fakes have the mean features of the data                        |
// | feature_reconstruction.hpp      | `FeatureReconstruction`: each fake has the features of its own real sample         |
// | fooling.hpp                     | `Fooling`: who learns from a discriminator, and what of it                         |
// | gradient_penalty.hpp            | `GradientPenalty`: of WGAN-GP, as a function of the input gradients; `interpolate` |
// | hinge.hpp                       | `Hinge`: no gradient beyond a margin                                               |
// | least_squares.hpp               | `LeastSquares`: squared distances to the labels                                    |
// | minimax.hpp                     | `Minimax`: the original game                                                       |
// | non_saturating.hpp              | `NonSaturating`: the game with the generator's gradient that does not vanish       |
// | r1.hpp                          | `R1`: gradients near zero at real samples                                          |
// | r2.hpp                          | `R2`: the same at generated samples                                                |
// | relativistic.hpp                | `Relativistic`: another loss, with differences of pairs of logits                  |
// | relativistic_average.hpp        | `RelativisticAverage`: another loss, with logits relative to the other side's mean |
// | sample_history.hpp              | fakes of earlier steps, which a discriminator learns from among new ones           |
// | wasserstein.hpp                 | `Wasserstein`: the critic's game                                                   |

#include "eigenerate/adversarial/accumulate_gradient_penalty.hpp"
#include "eigenerate/adversarial/adversarial_loss.hpp"
#include "eigenerate/adversarial/adversary.hpp"
#include "eigenerate/adversarial/adversary_round.hpp"
#include "eigenerate/adversarial/adversary_term.hpp"
#include "eigenerate/adversarial/any_adversarial_loss.hpp"
#include "eigenerate/adversarial/any_adversary_term.hpp"
#include "eigenerate/adversarial/class_head.hpp"
#include "eigenerate/adversarial/code_head.hpp"
#include "eigenerate/adversarial/consistency.hpp"
#include "eigenerate/adversarial/density_ratio.hpp"
#include "eigenerate/adversarial/discriminator_pass.hpp"
#include "eigenerate/adversarial/dragan.hpp"
#include "eigenerate/adversarial/factor_vae.hpp"
#include "eigenerate/adversarial/feature_matching.hpp"
#include "eigenerate/adversarial/feature_reconstruction.hpp"
#include "eigenerate/adversarial/fooling.hpp"
#include "eigenerate/adversarial/gradient_penalty.hpp"
#include "eigenerate/adversarial/hinge.hpp"
#include "eigenerate/adversarial/least_squares.hpp"
#include "eigenerate/adversarial/minimax.hpp"
#include "eigenerate/adversarial/non_saturating.hpp"
#include "eigenerate/adversarial/r1.hpp"
#include "eigenerate/adversarial/r2.hpp"
#include "eigenerate/adversarial/relativistic.hpp"
#include "eigenerate/adversarial/relativistic_average.hpp"
#include "eigenerate/adversarial/sample_history.hpp"
#include "eigenerate/adversarial/wasserstein.hpp"

#include "eigenerate/adversarial/detail/held.hpp"
