#pragma once
// models: the algorithms. A model owns its networks, losses and optimisers and knows one training step; it
// does not own the data loop, and nothing in the folders above knows of it.
//
// | header                              | what it holds                                                               |
// |-------------------------------------|-----------------------------------------------------------------------------|
// | adversarial_autoencoder.hpp         | `AdversarialAutoencoder`: an autoencoder whose codes fool an Adversary      |
// | adversarial_autoencoder_options.hpp | `AdversarialAutoencoderOptions`                                             |
// | adversary_step.hpp                  | the discriminator's side of a training step                                 |
// | batch_parts.hpp                     | `BatchParts`: a step's batch in parts, for gradient accumulation            |
// | begin_pseudo_inputs.hpp             | `begin_pseudo_inputs`: those of a VampPrior, from samples (by name)         |
// | bigan.hpp                           | `Bigan`: encoder and generator against an Adversary on pairs                |
// | bigan_options.hpp                   | `BiganOptions`                                                              |
// | code_of_terms.hpp                   | the code that the terms of an adversary tell from samples                   |
// | complete.hpp                        | `complete`: hidden values of samples, drawn given seen ones (by name)       |
// | complete_by_search.hpp              | `complete_by_search`: the latent vector that explains them best (by name)   |
// | completion.hpp                      | `Completion`, `CompletionOptions`: its results and options (by name)        |
// | conditioning.hpp                    | `Conditioning`: labels as the condition of networks                         |
// | cycle_gan.hpp                       | `CycleGan`: images translated into others, learned without pairs (by name)  |
// | cycle_gan_options.hpp               | `CycleGanOptions` (by name)                                                 |
// | discriminator_conditioning.hpp      | the labels that a discriminator sees                                        |
// | discriminator_warnings.hpp          | warnings of a discriminator before and in training                          |
// | draw_codes.hpp                      | `draw_codes`: those that a posterior draws, anew in every epoch (by name)   |
// | embed_dataset.hpp                   | `embed_dataset`: the codes of a data set as one (by name)                   |
// | fit_mixture_prior.hpp               | `fit_mixture_prior`: a MixturePrior fitted to codes (by name)               |
// | fitted_sampler.hpp                  | `FittedSampler`: samples of codes as they are distributed (by name)         |
// | gan.hpp                             | `Gan`: generator against discriminator, with gradient penalties             |
// | gan_encoder.hpp                     | `GanEncoder`: an encoder that a trained GAN gets afterwards (by name)       |
// | gan_encoder_options.hpp             | `GanEncoderOptions` (by name)                                               |
// | gan_options.hpp                     | `GanOptions`                                                                |
// | gan_residual.hpp                    | `gan_residual`: how samples differ from what a GAN makes of them (by name)  |
// | inversion.hpp                       | `invert`: the latent vectors that reproduce samples                         |
// | inverted_gan.hpp                    | `InvertedGan`: a GAN whose latent space takes samples in (by name)          |
// | ladder_vae.hpp                      | `LadderVae`: a vector of levels of latent vectors (by name)                 |
// | ladder_vae_options.hpp              | `LadderVaeOptions` (by name)                                                |
// | latent_joint.hpp                    | `LatentJoint`: log p(x, z) of a decoder and its gradient (by name)          |
// | latent_sampler.hpp                  | `LatentSampler`: `sample`, `traverse`, `manifold`                           |
// | latent_space.hpp                    | `LatentSpace`: what models with an encoder and a decoder share              |
// | latent_walks.hpp                    | `LatentWalks`: `reconstruct`, `interpolate`, `direction`, `shift`           |
// | log_likelihood_figures.hpp          | `LogLikelihoodFigures`: a mean with both of its errors                      |
// | measure_annealed_log_likelihood.hpp | log p(x) of any decoder by annealing (by name)                              |
// | measure_latent_usage.hpp            | `measure_latent_usage`: active dimensions, their KL, information (by name)  |
// | measure_log_likelihood.hpp          | `measure_log_likelihood`: log p(x) with errors (by name)                    |
// | model.hpp                           | the concept `Model`, `StepMetrics`                                          |
// | output_bounds.hpp                   | the warning of a last layer that keeps a network from what it must reach    |
// | pix2pix.hpp                         | `Pix2Pix`: images translated into others, learned from pairs                |
// | pix2pix_options.hpp                 | `Pix2PixOptions`                                                            |
// | pixel_cnn.hpp                       | `PixelCnn`: categories of an image, one after another (by name)             |
// | pixel_cnn_options.hpp               | `PixelCnnOptions` (by name)                                                 |
// | players.hpp                         | `Players`: a generator and its adversary, with their training step          |
// | refresh_statistics.hpp              | `refresh_statistics`: running statistics of averaged parameters             |
// | regression.hpp                      | `Regression`: a network that learns pairs by their error (by name)          |
// | regression_options.hpp              | `RegressionOptions` (by name)                                               |
// | require_pairs.hpp                   | whether a batch is one of pairs                                             |
// | sampler.hpp                         | `Sampler`: what a trained model samples, made once for many calls           |
// | seen_values.hpp                     | `SeenValues`: which values of samples a mask shows                          |
// | semi_supervised_vae.hpp             | `SemiSupervisedVae`: samples and their classes, few of them known (by name) |
// | semi_supervised_vae_options.hpp     | `SemiSupervisedVaeOptions` (by name)                                        |
// | snapshot.hpp                        | `Snapshot`: a copy of what a model predicts with                            |
// | summary.hpp                         | `summary`: layers, parameters, memory and arithmetic of a model, as a table |
// | traversal.hpp                       | `LatentDimension`, `TraversalOptions`                                       |
// | truncation.hpp                      | `Truncation`: latent vectors that are cut off, for sampling                 |
// | vae.hpp                             | `Vae`: ELBO and importance-weighted bound                                   |
// | vae_gan.hpp                         | `VaeGan`: a VAE with a learned similarity, whose decoder plays a game       |
// | vae_gan_options.hpp                 | `VaeGanOptions`                                                             |
// | vae_options.hpp                     | `VaeOptions`, `Bound`                                                       |
// | vq_vae.hpp                          | `VqVae`: an autoencoder whose latent vectors are codes of a book (by name)  |
// | vq_vae_options.hpp                  | `VqVaeOptions` (by name)                                                    |
// | vq_vae_sampler.hpp                  | `VqVaeSampler`: codes from a prior, decoded (by name)                       |
// | warning.hpp                         | `Warning`: what looks wrong while training goes on                          |

#include "eigenerate/models/adversarial_autoencoder.hpp"
#include "eigenerate/models/adversarial_autoencoder_options.hpp"
#include "eigenerate/models/adversary_step.hpp"
#include "eigenerate/models/batch_parts.hpp"
#include "eigenerate/models/bigan.hpp"
#include "eigenerate/models/bigan_options.hpp"
#include "eigenerate/models/code_of_terms.hpp"
#include "eigenerate/models/conditioning.hpp"
#include "eigenerate/models/discriminator_conditioning.hpp"
#include "eigenerate/models/discriminator_warnings.hpp"
#include "eigenerate/models/gan.hpp"
#include "eigenerate/models/gan_options.hpp"
#include "eigenerate/models/inversion.hpp"
#include "eigenerate/models/latent_sampler.hpp"
#include "eigenerate/models/latent_space.hpp"
#include "eigenerate/models/latent_walks.hpp"
#include "eigenerate/models/model.hpp"
#include "eigenerate/models/output_bounds.hpp"
#include "eigenerate/models/pix2pix.hpp"
#include "eigenerate/models/pix2pix_options.hpp"
#include "eigenerate/models/players.hpp"
#include "eigenerate/models/refresh_statistics.hpp"
#include "eigenerate/models/require_pairs.hpp"
#include "eigenerate/models/sampler.hpp"
#include "eigenerate/models/seen_values.hpp"
#include "eigenerate/models/snapshot.hpp"
#include "eigenerate/models/summary.hpp"
#include "eigenerate/models/traversal.hpp"
#include "eigenerate/models/truncation.hpp"
#include "eigenerate/models/vae.hpp"
#include "eigenerate/models/vae_gan.hpp"
#include "eigenerate/models/vae_gan_options.hpp"
#include "eigenerate/models/vae_options.hpp"
#include "eigenerate/models/warning.hpp"
