#pragma once
// testing: the tools that prove this library's layers, shipped so that users prove their own. No test
// framework is needed: every check returns what it found.
//
// | header                           | what it holds                                                                 |
// |----------------------------------|-------------------------------------------------------------------------------|
// | adversarial_loss_conformance.hpp | `check_adversarial_loss`: what a loss of discriminator and generator promises |
// | adversary_term_conformance.hpp   | `check_adversary_term`: what a penalty on a discriminator promises            |
// | adversary_term_options.hpp       | what terms are tried with                                                     |
// | allocation_guard.hpp             | `AllocationGuard`: how many heap allocations a piece of code makes            |
// | count_allocations.hpp            | makes the guard count; include in one translation unit of a test program      |
// | gradient_check.hpp               | central differences in double and the relative error of two gradients         |
// | latent_term_conformance.hpp      | `check_latent_term`: the same for a term on the latent vectors of a batch     |
// | layer_conformance.hpp            | `check_layer`: everything that the contract of a layer promises               |
// | likelihood_conformance.hpp       | `check_likelihood`: the same for a likelihood                                 |
// | not_a_number.hpp                 | `not_a_number`: poison for what a function is to write                        |
// | objective_conformance.hpp        | `check_objective`: the same for an objective of autoencoders                  |
// | output_term_conformance.hpp      | `check_adversary_term`: the same for a term on the outputs of a discriminator |
// | posterior_conformance.hpp        | `check_posterior`: the same for a posterior                                   |
// | prior_conformance.hpp            | `check_prior`: the same for a prior                                           |

#include "eigenerate/testing/adversarial_loss_conformance.hpp"
#include "eigenerate/testing/adversary_term_conformance.hpp"
#include "eigenerate/testing/adversary_term_options.hpp"
#include "eigenerate/testing/allocation_guard.hpp"
#include "eigenerate/testing/gradient_check.hpp"
#include "eigenerate/testing/latent_term_conformance.hpp"
#include "eigenerate/testing/layer_conformance.hpp"
#include "eigenerate/testing/likelihood_conformance.hpp"
#include "eigenerate/testing/not_a_number.hpp"
#include "eigenerate/testing/objective_conformance.hpp"
#include "eigenerate/testing/output_term_conformance.hpp"
#include "eigenerate/testing/posterior_conformance.hpp"
#include "eigenerate/testing/prior_conformance.hpp"
