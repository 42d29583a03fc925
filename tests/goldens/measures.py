"""Goldens of the measures of samples: NumPy and SciPy on the same features, in double."""

import numpy as np
import torch
from scipy import linalg, ndimage, signal, stats
from scipy.spatial.distance import cdist, pdist

import golden


def exact(name, *shape, scale=256):
    """Numbers that a float holds exactly, so that both sides compute with the same ones."""
    return (golden.random(name, *shape) * scale).round() / scale


def frechet(x, y):
    """SciPy's formula, as the authors of the FID have it, and the root's trace by singular values of the data."""
    x, y = x.numpy(), y.numpy()
    mean = np.sum((x.mean(0) - y.mean(0)) ** 2)
    a, b = np.cov(x.T), np.cov(y.T)
    n, m = len(x) - 1, len(y) - 1
    of_data = np.linalg.svd((x - x.mean(0)) @ (y - y.mean(0)).T / np.sqrt(n * m), compute_uv=False).sum()
    root = linalg.sqrtm(a @ b)
    return {"value": mean + np.trace(a) + np.trace(b) - 2 * of_data, "mean_part": mean,
            "sqrtm": float(mean + np.trace(a) + np.trace(b) - 2 * np.trace(root).real)}


def frechet_distance():
    cases = {}
    mix = exact("frechet/mix", 6, 6)
    cases["ordinary"] = (exact("frechet/x", 40, 6), (0.5 * exact("frechet/y", 30, 6) @ mix + 1))
    scales = torch.tensor([2.0 ** -k for k in range(0, 24, 4)])
    cases["ill-conditioned"] = (exact("frechet/ill/x", 40, 6) * scales, exact("frechet/ill/y", 30, 6) * scales)
    cases["fewer samples than features"] = (exact("frechet/few/x", 4, 9), exact("frechet/few/y", 6, 9))
    cases["one singular"] = (exact("frechet/one/x", 4, 5), exact("frechet/one/y", 30, 5))
    cases["the same samples"] = (cases["ordinary"][0], cases["ordinary"][0])
    golden.write("metrics/frechet_distance",
                 {name: {"real": x, "generated": y, **frechet(x, y)} for name, (x, y) in cases.items()})


def kernel_distance():
    x, y = exact("kernel/x", 20, 5), exact("kernel/y", 15, 5) + 0.5
    kernel = lambda a, b: (a @ b.T / 5 + 1) ** 3
    n, m = len(x), len(y)
    xx, yy, xy = kernel(x, x), kernel(y, y), kernel(x, y)
    value = (xx.sum() - xx.diag().sum()) / (n * (n - 1)) + (yy.sum() - yy.diag().sum()) / (m * (m - 1)) - 2 * xy.mean()
    golden.write("metrics/kernel_distance", {"one block": {"real": x, "generated": y, "value": value}})


def neighbor_balls():
    x, y = exact("balls/x", 40, 3), exact("balls/y", 30, 3) * 0.75 + 0.5
    radius = lambda a, k: np.sort(cdist(a, a), axis=1)[:, k]  # the first is the sample itself
    across = cdist(x, y)
    precision_recall, density_coverage = {}, {}
    for k in [1, 3, 5]:
        of_x, of_y = radius(x, k)[:, None], radius(y, k)[None, :]
        precision_recall[f"k = {k}"] = {"real": x, "generated": y, "k": k,
                                        "precision": (across <= of_x).any(0).mean(),
                                        "recall": (across <= of_y).any(1).mean()}
        inside = across < of_x
        density_coverage[f"k = {k}"] = {"real": x, "generated": y, "k": k, "density": inside.sum(0).mean() / k,
                                        "density_error": stats.sem(inside.sum(0) / k),
                                        "coverage": inside.any(1).mean()}
    golden.write("metrics/precision_recall", precision_recall)
    golden.write("metrics/density_coverage", density_coverage)


def nearest_neighbors():
    train, held_out = exact("neighbors/train", 50, 4), exact("neighbors/held", 20, 4)
    generated = exact("neighbors/generated", 25, 4) * 0.75
    generated[3] = train[17]
    to_train, real = cdist(generated, train), cdist(held_out, train).min(1)
    own = to_train.min(1)
    closer = stats.mannwhitneyu(real, own).statistic / (len(own) * len(real))
    golden.write("metrics/nearest_neighbors", {"a copy among others": {
        "generated": generated, "train": train, "held_out": held_out, "neighbor": to_train.argmin(1).tolist(),
        "distance": own.mean(), "distance_error": stats.sem(own), "real_distance": real.mean(), "closer": closer}})


def classifier_score():
    p = torch.softmax(2 * golden.random("score/p", 40, 6), 1).float().double()
    value = torch.exp((p * (p / p.mean(0)).log()).sum(1).mean())
    golden.write("metrics/classifier_score", {"one split": {"probabilities": p, "value": value}})


def label_distribution():
    labels = [0, 1, 1, 2, 2, 2, 4, 4, 4, 4, 4, 0]
    counts = np.bincount(labels, minlength=6)
    reference = [0.25, 0.125, 0.25, 0.125, 0.125, 0.125]
    golden.write("metrics/label_distribution", {
        "uniform": {"labels": labels, "kl": stats.entropy(counts, np.full(6, 1 / 6))},
        "with a reference": {"labels": labels, "reference": reference, "kl": stats.entropy(counts, reference)}})


def mode_coverage():
    centers = torch.tensor([[0.0, 0], [4, 0], [0, 4], [4, 4]])
    which = torch.tensor([0] * 20 + [1] * 8 + [2] * 2)
    samples = centers[which] + 0.5 * exact("modes/noise", 30, 2)
    distance = cdist(samples, centers)
    nearest, good = distance.argmin(1), distance.min(1) <= 3 * 0.25
    golden.write("metrics/mode_coverage", {"a mode without samples": {
        "samples": samples, "centers": centers, "deviation": 0.25, "modes": len(set(nearest[good])),
        "high_quality": good.mean(), "counts": np.bincount(nearest, minlength=4).tolist(),
        "reverse_kl": stats.entropy(np.bincount(nearest, minlength=4), np.full(4, 0.25))}})


def sharpness():
    images = exact("sharpness/x", 3, 2, 5, 6)
    laplacian = np.stack([[ndimage.laplace(c)[1:-1, 1:-1] for c in image] for image in images.numpy()])
    per_image = laplacian.reshape(3, 2, -1).var(2).mean(1)
    golden.write("metrics/sharpness", {"two channels": {"images": images, "value": per_image.mean(),
                                                       "error": stats.sem(per_image)}})


def slant():
    images = golden.random("slant/x", 5, 1, 6, 5, low=0, high=1)
    images = (images * 256).round() / 256
    y, x = np.mgrid[:6, :5]
    degrees = []
    for image in images.numpy():
        covariance = np.cov(np.stack([y.ravel(), x.ravel()]), aweights=image.ravel(), ddof=0)
        degrees.append(np.degrees(np.arctan(-covariance[0, 1] / covariance[0, 0])))
    golden.write("metrics/slant", {"noise": {"images": images, "value": np.mean(degrees), "error": stats.sem(degrees)}})


def rank_correlation():
    def case(x, y):
        rho = stats.spearmanr(x, y)[0]
        error = (1 - rho**2) * np.sqrt((1 + rho**2 / 2) / (len(x) - 3))
        return {"x": x.tolist(), "y": y.tolist(), "value": rho, "error": error}

    x, noise = exact("rank/x", 40).numpy(), exact("rank/y", 40).numpy()
    golden.write("metrics/rank_correlation", {
        "distinct": case(x, x**3 + noise), "ties": case((2 * x).round(), (3 * x - noise).round()),
        "falling": case(x[:9], -x[:9] + noise[:9] / 4),
    })


def wasserstein_distance():
    case = lambda x, y: {"x": x.tolist(), "y": y.tolist(), "value": stats.wasserstein_distance(x, y)}
    golden.write("metrics/wasserstein_distance", {
        "distinct": case(exact("wasserstein/x", 30).numpy(), 1 + exact("wasserstein/y", 17).numpy()),
        "ties": case((4 * exact("wasserstein/a", 25)).round().numpy(), (4 * exact("wasserstein/b", 40)).round().numpy()),
    })


def image_pairs(name, *shape):
    """Images of [0, 1] and the same with noise, which goes beyond that."""
    references = golden.random(f"{name}/y", *shape, low=0, high=1)
    return ((references + exact(f"{name}/noise", *shape) / 8) * 256).round() / 256, (references * 256).round() / 256


def psnr():
    images, references = image_pairs("psnr", 4, 2, 3, 5)
    errors = ((images - references) ** 2).flatten(1).mean(1).numpy()
    cases = {}
    for name, extent in {"unit": 1.0, "signed": 2.0}.items():
        of_image = 10 * np.log10(extent ** 2 / errors)
        pooled = 10 * np.log10(extent ** 2 / errors.mean())
        cases[name] = {"images": images, "references": references, "extent": extent, "of_image": of_image.tolist(),
                       "value": of_image.mean(), "error": stats.sem(of_image), "pooled": pooled,
                       "pooled_error": 10 / np.log(10) * stats.sem(errors) / errors.mean()}
    golden.write("metrics/psnr", cases)


def unexplained_variance():
    samples, made = image_pairs("unexplained_variance", 4, 2, 3, 5)
    samples[3] = 0.5
    cases = {}
    for name, floor in {"usual": 1e-6, "high": 0.25}.items():
        missed, there = ((samples - made) ** 2).flatten(1).mean(1), samples.flatten(1).var(1, unbiased=False)
        cases[name] = {"samples": samples, "made": made, "floor": floor, "of_sample": (missed / (there + floor)).tolist()}
    golden.write("metrics/unexplained_variance", cases)


def ssim():
    """As scikit-image's `structural_similarity(..., gaussian_weights=True, sigma=1.5, use_sample_covariance=False)`,
    and by a window of 11×11 at every place."""
    row = np.exp(-(np.arange(11) - 5) ** 2 / (2 * 1.5 ** 2))
    window = np.outer(row, row) / row.sum() ** 2

    def similarity(x, y, extent, blur):
        mx, my = blur(x), blur(y)
        vx, vy, cov = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
        c1, c2 = (0.01 * extent) ** 2, (0.03 * extent) ** 2
        return ((2 * mx * my + c1) * (2 * cov + c2) / ((mx ** 2 + my ** 2 + c1) * (vx + vy + c2))).mean()

    cases = {}
    for name, extent, shape in [("gray", 1.0, [3, 1, 13, 12]), ("colors, signed", 2.0, [2, 3, 11, 14])]:
        images, references = image_pairs(f"ssim/{name}", *shape)
        of_image = []
        for x, y in zip(images.numpy(), references.numpy()):
            blurred = lambda v: ndimage.gaussian_filter(v, 1.5, truncate=3.5)[5:-5, 5:-5]
            as_scikit = np.mean([similarity(a, b, extent, blurred) for a, b in zip(x, y)])
            of_image.append(np.mean([similarity(a, b, extent, lambda v: signal.convolve2d(v, window, mode="valid"))
                                     for a, b in zip(x, y)]))
            assert np.isclose(of_image[-1], as_scikit, rtol=1e-12)
        cases[name] = {"images": images, "references": references, "extent": extent, "of_image": of_image,
                       "value": np.mean(of_image), "error": stats.sem(of_image)}
    golden.write("metrics/ssim", cases)


def intra_class_spread():
    x, labels = exact("spread/x", 20, 4), [i % 3 for i in range(18)] + [3, 0]
    of_class = [np.sqrt((pdist(x[np.array(labels) == c]) ** 2).mean()) for c in range(3)]
    golden.write("metrics/intra_class_spread", {"a class of one": {
        "features": x, "labels": labels, "of_class": [float(v) for v in of_class], "value": np.mean(of_class)}})


def roc_auc():
    """By all pairs (SciPy's U statistic, DeLong et al. 1988, eq. 3 to 5) and by all thresholds."""
    def case(normal, anomalous):
        normal, anomalous = np.asarray(normal), np.asarray(anomalous)
        n, m = len(normal), len(anomalous)
        pairs = (anomalous[:, None] > normal[None]) + 0.5 * (anomalous[:, None] == normal[None])
        auc = pairs.mean()
        assert np.isclose(auc, stats.mannwhitneyu(anomalous, normal).statistic / (n * m))
        variance = pairs.mean(1).var(ddof=1) / m + pairs.mean(0).var(ddof=1) / n
        precision, recall = [], [0.0]
        for threshold in sorted(set(np.concatenate([normal, anomalous])), reverse=True):
            found, wrong = (anomalous >= threshold).sum(), (normal >= threshold).sum()
            precision.append(found / (found + wrong))
            recall.append(found / m)
        return {"normal": normal.tolist(), "anomalous": anomalous.tolist(), "auc": auc, "standard_error": np.sqrt(variance),
                "average_precision": float(np.sum(np.diff(recall) * precision))}

    golden.write("metrics/roc_auc", {
        "distinct": case(exact("roc/normal", 30).numpy(), 1 + exact("roc/anomalous", 20).numpy()),
        "ties": case((4 * exact("roc/n", 25)).round().numpy(), (1 + 4 * exact("roc/a", 35)).round().numpy()),
    })


def frame_consistency():
    def case(name, sequences, length):
        frames = exact(f"frames/{name}", sequences, length, 7).numpy()
        steps = np.sqrt((np.diff(frames, axis=1) ** 2).mean(2))
        ratio = steps.max(1) / steps.mean(1)
        error = lambda x: stats.sem(x) if sequences > 1 else 0.0
        return {"frames": torch.tensor(frames.reshape(sequences * length, 7)), "length": length,
                "steps": steps.flatten().tolist(), "step": steps.mean(), "step_error": float(error(steps.mean(1))),
                "largest": ratio.mean(), "largest_error": float(error(ratio))}

    golden.write("metrics/frame_consistency", {"clips": case("clips", 4, 6), "one clip": case("one", 1, 9)})


def write():
    frame_consistency()
    roc_auc()
    frechet_distance()
    kernel_distance()
    neighbor_balls()
    nearest_neighbors()
    classifier_score()
    label_distribution()
    mode_coverage()
    sharpness()
    slant()
    rank_correlation()
    wasserstein_distance()
    psnr()
    unexplained_variance()
    ssim()
    intra_class_spread()
