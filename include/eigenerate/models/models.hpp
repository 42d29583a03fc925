#pragma once
// models: the algorithms. A model owns its networks, losses and optimisers and knows one training step; it
// does not own the data loop, and nothing in the folders above knows of it.
//
// | header                | what it holds                                                                   |
// |-----------------------|---------------------------------------------------------------------------------|
// | batch_parts.hpp       | `BatchParts`: a step's batch in parts, for gradient accumulation                |
// | conditioned_input.hpp | `ConditionedInput`: samples and labels as a network's input, and gradients back |
// | conditioning.hpp      | `Conditioning`: one-hot label channels, their shapes and checks                 |
// | gan.hpp               | `Gan`: generator against discriminator, with gradient penalties; `make_gan`     |
// | gan_options.hpp       | `GanOptions`                                                                    |
// | latent_sampler.hpp    | `LatentSampler`: `sample(n)`, `sample(n, label)`, `sample(labels)`              |
// | learner.hpp           | `Learner`: a network with gradients, optimiser state and moving average; `update` |
// | model.hpp             | the concept `Model`, `StepContext`, `StepMetrics`                               |
// | output_bounds.hpp     | the warning of a last layer that keeps a network from what it must reach        |
// | predict.hpp           | `predict`: evaluates a network on any number of samples                         |
// | snapshot.hpp          | `Snapshot`: a copy of what a model predicts with                                |
// | step_transaction.hpp  | `StepTransaction`: a step that throws changes nothing                           |
// | vae.hpp               | `Vae`: ELBO and importance-weighted bound; `make_vae`                           |
// | vae_options.hpp       | `VaeOptions`, `Bound`                                                           |
// | warning.hpp           | `Warning`: what looks wrong while training goes on                              |

#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/conditioned_input.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/gan.hpp"
#include "eigenerate/models/gan_options.hpp"
#include "eigenerate/models/latent_sampler.hpp"
#include "eigenerate/models/learner.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/models/predict.hpp"
#include "eigenerate/models/snapshot.hpp"
#include "eigenerate/models/step_transaction.hpp"
#include "eigenerate/models/vae.hpp"
#include "eigenerate/models/vae_options.hpp"
#include "eigenerate/models/warning.hpp"
