#pragma once
// latent: what stands between an encoder and a decoder, and what both are trained for.
//
// | header            | what it holds                                                                    |
// |-------------------|----------------------------------------------------------------------------------|
// | any_objective.hpp | `AnyObjective`: any objective, chosen at run time                                |
// | elbo.hpp          | `Elbo`: β, warm-up, free bits; closed-form or sampled KL; sticking the landing   |
// | iwae.hpp          | `Iwae`: the importance-weighted bound, doubly reparameterized where wanted       |
// | objective.hpp     | `Objective`: the contract of what an autoencoder minimises; write your own       |

#include "eigenerate/latent/any_objective.hpp"
#include "eigenerate/latent/elbo.hpp"
#include "eigenerate/latent/iwae.hpp"
#include "eigenerate/latent/objective.hpp"
