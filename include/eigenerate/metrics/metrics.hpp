#pragma once
// metrics: pure functions of samples, features and scores, for training and for evaluation.
//
// A measure of generated samples takes matrices of features, one sample per column, in float, and computes in
// double; it returns an `Estimate`, a value with its standard error, and its docstring says where the error
// comes from. `real_floor` gives what it says of real samples. All have the same bits on any number of
// threads, use bounded memory, and refuse what is not finite by name. Features of pictures of digits and of
// clothes come from `digit_features()` and `fashion_features()`, others from any network or function.
//
// The measures stand behind this umbrella and are included by name: most programs need few of them.
//
// | header                     | what it holds                                                                     |
// |----------------------------|-----------------------------------------------------------------------------------|
// | active_units.hpp           | `active_units`: latent dimensions that tell something of the sample               |
// | anomaly_threshold.hpp      | `anomaly_threshold`: the score that few normal samples exceed                     |
// | beta_vae_score.hpp         | `beta_vae_score`: how well codes tell which factor samples share                  |
// | bits_per_dimension.hpp     | `bits_per_dimension`: a log-likelihood per value of a sample                      |
// | classifier_accuracy.hpp    | `classifier_accuracy`: conditional samples of the right class; `recognized_share` |
// | classifier_score.hpp       | `classifier_score`: clear classes, and all of them (the inception score)          |
// | dci.hpp                    | `dci`: disentanglement, completeness, informativeness, by a lasso                 |
// | density_coverage.hpp       | `density_coverage`: how densely, and how much of the real data is met             |
// | digit_features.hpp         | `digit_features`: the shipped classifier of MNIST's digits                        |
// | estimate.hpp               | `Estimate`: a value and its standard error; means, shares, the jackknife          |
// | factor_score_options.hpp   | `FactorScoreOptions`: the batches of both scores by factors                       |
// | factor_vae_score.hpp       | `factor_vae_score`: whether dimensions vary with one factor each                  |
// | fashion_features.hpp       | `fashion_features`: the shipped classifier of Fashion-MNIST's clothes             |
// | feature_classifier.hpp     | `FeatureClassifier`: features, logits and probabilities of 28×28 images           |
// | frame_consistency.hpp      | `frame_consistency`: how far and how evenly frames of an animation move           |
// | frechet_distance.hpp       | `frechet_distance`: of normal distributions with the samples' moments             |
// | gaussian_statistics.hpp    | `GaussianStatistics`: mean and scatter, to be kept and merged                     |
// | intra_class_spread.hpp     | `intra_class_spread`: how far apart samples of one class lie                      |
// | kernel_distance.hpp        | `kernel_distance`: unbiased discrepancy with a cubic kernel                       |
// | label_distribution.hpp     | `label_distribution`: classes seen, and the divergence from a reference           |
// | latent_path.hpp            | `latent_path`: straight or along the sphere, from one latent vector to another    |
// | linear_classifier.hpp      | `LinearClassifier`: multinomial logistic regression                               |
// | log_mean_exp.hpp           | `LogMeanExp`: log of a mean of exponentials, number by number                     |
// | mode_coverage.hpp          | `mode_coverage`: modes met, high-quality share and divergence of a known mixture  |
// | mutual_information.hpp     | `mutual_information`: how much latent vectors tell of their samples               |
// | mutual_information_gap.hpp | `mutual_information_gap`: one dimension for each factor                           |
// | nearest_neighbors.hpp      | `nearest_neighbors`: whether samples are copies of training data                  |
// | perceptual_path_length.hpp | `perceptual_path_length`: jumps of the latent space                               |
// | precision_recall.hpp       | `precision_recall`: improved precision and recall                                 |
// | principal_components.hpp   | `principal_components`: the directions along which samples vary most              |
// | psnr.hpp                   | `psnr`: peak signal-to-noise ratio of images against their references             |
// | rank_correlation.hpp       | `rank_correlation`: whether one number rises with another (Spearman)              |
// | real_floor.hpp             | `real_floor`: what a measure says of real samples against others                  |
// | roc_auc.hpp                | `roc_auc`, `average_precision`: how well a score tells two kinds apart            |
// | row_variances.hpp          | `row_variances`: of every feature over the samples                                |
// | sharpness.hpp              | `sharpness`: the variance of the Laplacian                                        |
// | slant.hpp                  | `slant`: how far drawings lean to the right                                       |
// | ssim.hpp                   | `ssim`: structural similarity of images and their references                      |
// | stroke_width.hpp           | `stroke_width`: how broad the strokes of drawings are                             |
// | unexplained_variance.hpp   | `unexplained_variance`: the share of variance that reconstructions miss           |
// | wasserstein_distance.hpp   | `wasserstein_distance`: of two sets of numbers                                    |

#include "eigenerate/metrics/estimate.hpp"
#include "eigenerate/metrics/log_mean_exp.hpp"
#include "eigenerate/metrics/row_variances.hpp"
