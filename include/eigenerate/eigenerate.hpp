#pragma once
// eigenerate: generative adversarial networks and variational autoencoders on Eigen. This header brings
// everything that is needed to train and sample with Eigen and fmt alone. Each folder's umbrella begins with
// a table of what it holds; a folder includes only those above it.
//
// | folder         | what it is for                                                                |
// |----------------|-------------------------------------------------------------------------------|
// | core/          | types, shapes, errors, random streams, threads                                |
// | kernels/       | the hot path: products, convolutions, element-wise passes, chosen at run time |
// | distributions/ | log-probabilities, samples, KL divergences and their derivatives              |
// | layers/        | what networks are made of                                                     |
// | network/       | an architecture with its parameters; the memory of a pass                     |
// | losses/        | reconstruction and classification losses                                      |
// | optim/         | update rules, schedules, clipping, moving averages                            |
// | io/            | bytes in and out of files; above data/, whose readers use it                  |
// | data/          | datasets, mini-batches, IDX files, toy sets                                   |
// | metrics/       | pure functions of samples and scores                                          |
// | latent/        | objectives, posteriors and priors of variational autoencoders                 |
// | adversarial/   | adversarial losses, penalties and other terms; the Adversary                  |
// | models/        | `Vae`, `Gan`, `Pix2Pix`, `AdversarialAutoencoder`, `Bigan`, `VaeGan`          |
// | compression/   | samples as short messages, by a model (not included here)                     |
// | training/      | `Trainer` and callbacks                                                       |
// | testing/       | proofs for your own layers (not included here)                                |

#include "eigenerate/adversarial/adversarial.hpp"
#include "eigenerate/core/core.hpp"
#include "eigenerate/data/data.hpp"
#include "eigenerate/distributions/distributions.hpp"
#include "eigenerate/io/io.hpp"
#include "eigenerate/kernels/kernels.hpp"
#include "eigenerate/latent/latent.hpp"
#include "eigenerate/layers/layers.hpp"
#include "eigenerate/losses/losses.hpp"
#include "eigenerate/metrics/metrics.hpp"
#include "eigenerate/models/models.hpp"
#include "eigenerate/network/network.hpp"
#include "eigenerate/optim/optim.hpp"
#include "eigenerate/training/training.hpp"
