#pragma once
// latent: what stands between an encoder and a decoder, and what both are trained for.
//
// An `Autoencoder` is an encoder, a posterior q(z|x), a prior p(z) and a decoder; posteriors and priors may
// have networks of their own. An objective is a pure function of the terms log p(x|z), log p(z) and log
// q(z|x) of a pass; terms on the latent vectors of a batch may join it. Each kind of part is a contract, an
// erased value that models hold, and a conformance suite in testing/.
//
// | header                          | what it holds                                                                        |
// |---------------------------------|--------------------------------------------------------------------------------------|
// | amortized_flow.hpp              | `AmortizedFlow`: a posterior bent by steps whose parameters h holds (by name)        |
// | annealed_importance.hpp         | `AnnealedImportance`: normalizing constants by annealed chains (by name)             |
// | annealing_options.hpp           | `AnnealingOptions`: chains, distributions and steps of these                         |
// | any_latent_term.hpp             | `AnyLatentTerm`: any term on latent vectors; `LatentPlayer`, one in a model          |
// | any_objective.hpp               | `AnyObjective`: any objective, chosen at run time                                    |
// | any_posterior.hpp               | `AnyPosterior`: any posterior; `DistributionView`                                    |
// | any_prior.hpp                   | `AnyPrior`: any prior                                                                |
// | autoencoder.hpp                 | `Autoencoder`: encoder, posterior, prior and decoder, with their learners and passes |
// | autoencoder_memory.hpp          | `AutoencoderMemory`, `PriorMemory`: everything that a pass through one writes        |
// | chain_posterior.hpp             | `ChainPosterior`: two levels of latent vectors, inferred one from the other (by name) |
// | chain_prior.hpp                 | `ChainPrior`: two levels of latent vectors, generated one from the other (by name)    |
// | ciwae.hpp                       | `Ciwae`: a mixture of the importance-weighted bound and the ELBO                     |
// | coded_posterior.hpp             | `CodedPosterior`: the encoder's output, ending in a code                             |
// | controlled_capacity.hpp         | `ControlledCapacity`: holds the KL at a target that rises                            |
// | coupling_flow.hpp               | `CouplingFlow`: coupling steps, to be run both ways (by name)                        |
// | coupling_step.hpp               | `CouplingStep`: a step as cheap one way as the other (by name)                       |
// | deterministic_posterior.hpp     | `DeterministicPosterior`: the encoder's output itself, nothing drawn                 |
// | diagonal_normal_posterior.hpp   | `DiagonalNormalPosterior`: independent normal dimensions                             |
// | elbo.hpp                        | `Elbo`: β, schedules, free bits; closed-form or sampled KL; sticking the landing     |
// | flow_prior.hpp                  | `FlowPrior`: what a flow makes of noise (by name)                                    |
// | full_normal_posterior.hpp       | `FullNormalPosterior`: a normal with any covariance (by name)                        |
// | inverse_autoregressive_flow.hpp | `InverseAutoregressiveFlow`: a posterior bent by a flow                              |
// | inverse_autoregressive_step.hpp | `InverseAutoregressiveStep`: the layer that the flow is made of                      |
// | iwae.hpp                        | `Iwae`: the importance-weighted bound, doubly reparameterized where wanted           |
// | kl_schedule.hpp                 | `KlSchedule`: how the weight of a KL term rises: a warm-up, or cycles                |
// | latent_code.hpp                 | `LatentCode`: the part of a latent vector that is to mean something                  |
// | latent_loop.hpp                 | `latent_loop`: a smooth closed walk by given latent vectors (by name)                |
// | latent_norm.hpp                 | `LatentNorm`: ½‖z‖², which regularizes an autoencoder without a V (by name)          |
// | latent_direction.hpp            | `latent_direction`: from the mean code of one label to that of another               |
// | latent_plane.hpp                | `LatentPlane`: a plane of latent vectors, and a grid of equal probability on it      |
// | latent_term.hpp                 | `LatentTerm`: the contract of a term on the latent vectors of a batch; write your own |
// | latent_terms.hpp                | `LatentTerms`: the terms of one model, with their learners                           |
// | maximum_mean_discrepancy.hpp    | `MaximumMeanDiscrepancy`: all latent vectors together look like the prior's          |
// | miwae.hpp                       | `Miwae`: the importance-weighted bound in groups of samples                          |
// | mixture_prior.hpp               | `MixturePrior`: a mixture of normals (by name)                                       |
// | normalizing_flow.hpp            | `NormalizingFlow`: a posterior bent by any steps (by name)                           |
// | normal_posterior.hpp            | `NormalPosterior`: a posterior that is a normal distribution                         |
// | objective.hpp                   | `Objective`: the contract of what an autoencoder minimises; write your own           |
// | part.hpp                        | `PartPlan`, `PartPass`: what posteriors and priors need and get                      |
// | piwae.hpp                       | `Piwae`: one importance-weighted bound for the decoder, another for the encoder      |
// | planar_flow.hpp                 | `PlanarFlow`: a posterior bent about planes (by name)                                |
// | planar_step.hpp                 | `PlanarStep`: stretches space about a plane (by name)                                |
// | posterior.hpp                   | `Posterior`: the contract of q(z|x); write your own                                  |
// | prior.hpp                       | `Prior`: the contract of p(z); write your own                                        |
// | prior_sampler.hpp               | `PriorSampler`: latent vectors of a trained autoencoder, drawn by copies             |
// | radial_flow.hpp                 | `RadialFlow`: a posterior bent about points (by name)                                |
// | radial_step.hpp                 | `RadialStep`: moves space away from a point (by name)                                |
// | reconstruction.hpp              | `Reconstruction`: log p(x|z) alone, for autoencoders without a V                     |
// | standard_normal_prior.hpp       | `StandardNormal`: the prior without parameters                                       |
// | total_correlation.hpp           | `TotalCorrelation`: the ELBO beside it becomes a β-TCVAE's                           |
// | vamp_prior.hpp                  | `VampPrior`: a mixture of the posteriors of learned pseudo-inputs                    |

#include "eigenerate/latent/any_latent_term.hpp"
#include "eigenerate/latent/any_objective.hpp"
#include "eigenerate/latent/any_posterior.hpp"
#include "eigenerate/latent/any_prior.hpp"
#include "eigenerate/latent/autoencoder.hpp"
#include "eigenerate/latent/autoencoder_memory.hpp"
#include "eigenerate/latent/ciwae.hpp"
#include "eigenerate/latent/coded_posterior.hpp"
#include "eigenerate/latent/controlled_capacity.hpp"
#include "eigenerate/latent/deterministic_posterior.hpp"
#include "eigenerate/latent/diagonal_normal_posterior.hpp"
#include "eigenerate/latent/elbo.hpp"
#include "eigenerate/latent/inverse_autoregressive_flow.hpp"
#include "eigenerate/latent/inverse_autoregressive_step.hpp"
#include "eigenerate/latent/iwae.hpp"
#include "eigenerate/latent/kl_schedule.hpp"
#include "eigenerate/latent/latent_code.hpp"
#include "eigenerate/latent/latent_direction.hpp"
#include "eigenerate/latent/latent_plane.hpp"
#include "eigenerate/latent/latent_term.hpp"
#include "eigenerate/latent/latent_terms.hpp"
#include "eigenerate/latent/maximum_mean_discrepancy.hpp"
#include "eigenerate/latent/miwae.hpp"
#include "eigenerate/latent/normal_posterior.hpp"
#include "eigenerate/latent/objective.hpp"
#include "eigenerate/latent/part.hpp"
#include "eigenerate/latent/piwae.hpp"
#include "eigenerate/latent/posterior.hpp"
#include "eigenerate/latent/prior.hpp"
#include "eigenerate/latent/prior_sampler.hpp"
#include "eigenerate/latent/reconstruction.hpp"
#include "eigenerate/latent/standard_normal_prior.hpp"
#include "eigenerate/latent/total_correlation.hpp"
#include "eigenerate/latent/vamp_prior.hpp"

#include "eigenerate/latent/detail/held.hpp"
