"""Goldens of the scores of disentanglement: NumPy and SciPy, by the formulas of Locatello et al. 2019's disentanglement_lib."""

import numpy as np
import torch
from scipy import optimize
from scipy.special import logsumexp
from scipy.stats import entropy

import golden


def codes_and_factors(name, n, latent=4):
    """Codes that know something of three factors, each in its own way."""
    noise = golden.random(f"{name}/noise", n, latent + 3).numpy()
    factors = np.stack([np.floor(np.abs(noise[:, latent + f] * 1.7) % c) for f, c in enumerate([3, 5, 2])], 1).astype(int)
    codes = 0.5 * noise[:, :latent]
    codes[:, 0] += factors[:, 1]
    codes[:, 1] += 0.7 * factors[:, 0] - 0.3 * factors[:, 1]
    codes[:, 3] = 0.25
    return np.round(codes * 1024) / 1024, factors


def information(a, b):
    joint = np.histogram2d(a, b, bins=[np.arange(a.max() + 2), np.arange(b.max() + 2)])[0]
    joint = joint / joint.sum()
    seen = joint > 0
    return (joint[seen] * np.log(joint[seen] / np.outer(joint.sum(1), joint.sum(0))[seen])).sum()


def mutual_information_gap():
    cases = {}
    for bins in [20, 5]:
        codes, factors = codes_and_factors("gap", 200)
        binned = np.stack([np.digitize(c, np.histogram(c, bins)[1][:-1]) for c in codes.T])
        known = np.array([[information(c, v) for v in factors.T] for c in binned])
        entropies = np.array([information(v, v) for v in factors.T])
        ordered = np.sort(known, 0)[::-1]
        gaps = (ordered[0] - ordered[1]) / entropies
        cases[f"{bins} bins"] = {"codes": torch.tensor(codes), "factors": factors.T.ravel(order="F").tolist(), "bins": bins,
                                 "information": known.ravel(order="F").tolist(), "of_factors": gaps.tolist(), "value": gaps.mean()}
    golden.write("metrics/mutual_information_gap", cases)


def dci():
    codes, factors = codes_and_factors("dci/train", 150)
    test_codes, test_factors = codes_and_factors("dci/test", 80)
    penalty = 0.05
    mean, deviation = codes.mean(0), codes.std(0)
    deviation[deviation == 0] = 1
    x, test_x = (codes - mean) / deviation, (test_codes - mean) / deviation
    y = (factors - factors.mean(0)) / factors.std(0)
    test_y = (test_factors - factors.mean(0)) / factors.std(0)
    w = np.zeros((x.shape[1], y.shape[1]))
    step = 1 / np.linalg.eigvalsh(x.T @ x / len(x)).max()
    for _ in range(20000):  # proximal gradient steps
        moved = w - step * (x.T @ (x @ w - y) / len(x))
        w = np.sign(moved) * np.maximum(np.abs(moved) - step * penalty, 0)
    importance = np.abs(w)
    per_code = 1 - entropy(importance.T + 1e-11, base=importance.shape[1])
    per_factor = 1 - entropy(importance + 1e-11, base=importance.shape[0])
    golden.write("metrics/dci", {"three factors": {
        "codes": torch.tensor(codes), "factors": factors.T.ravel(order="F").tolist(), "test_codes": torch.tensor(test_codes),
        "test_factors": test_factors.T.ravel(order="F").tolist(), "penalty": penalty, "importance": importance.ravel(order="F").tolist(),
        "disentanglement": (per_code * importance.sum(1)).sum() / importance.sum(),
        "completeness": (per_factor * importance.sum(0)).sum() / importance.sum(),
        "error": np.sqrt(((test_x @ w - test_y) ** 2).mean(0)).mean()}})


def linear_classifier():
    x = golden.random("classifier/x", 60, 3).numpy()
    labels = np.argmax(x @ golden.random("classifier/w", 3, 3).numpy() + 0.8 * golden.random("classifier/noise", 60, 3).numpy(), 1)

    def objective(flat, ridge):
        w, b = flat[:9].reshape(3, 3), flat[9:]
        logits = x @ w.T + b
        p = np.exp(logits - logsumexp(logits, 1, keepdims=True))
        value = (logsumexp(logits, 1) - logits[np.arange(60), labels]).sum() + 0.5 * ridge * (w ** 2).sum()
        p[np.arange(60), labels] -= 1
        return value, np.concatenate([(p.T @ x + ridge * w).ravel(), p.sum(0)])

    cases = {}
    for ridge in [1.0, 0.01]:
        found = optimize.minimize(objective, np.zeros(12), (ridge,), jac=True, method="BFGS", options={"gtol": 1e-10})
        w, b = found.x[:9].reshape(3, 3), found.x[9:] - found.x[9:].mean()
        cases[f"ridge {ridge}"] = {"features": torch.tensor(x), "labels": labels.tolist(), "ridge": ridge,
                                   "weights": w.ravel(order="F").tolist(), "biases": b.tolist(),
                                   "told": np.argmax(x @ w.T + b, 1).tolist()}
    golden.write("metrics/linear_classifier", cases)


def factor_votes():
    """The dimension for which each batch votes, and what the votes make of it."""
    batches, size, latent, factors, train = 40, 6, 4, 3, 25
    codes = golden.random("votes/codes", batches * size, latent).numpy() * [1, 2, 0.5, 0.01]
    everywhere = np.var(codes, axis=0, ddof=1)
    used = np.sqrt(everywhere) >= 0.05
    fixed = np.arange(batches) % factors
    local = codes.reshape(batches, size, latent)
    for i in range(batches):
        if i % 4:  # most batches tell
            local[i, :, fixed[i]] *= 0.2
    chosen = [int(np.argmin(np.where(used, np.var(b, axis=0, ddof=1) / everywhere, np.inf))) for b in local]
    votes = np.zeros((factors, latent))
    for d, f in zip(chosen[:train], fixed[:train]):
        votes[f, d] += 1
    told = votes.argmax(0)
    golden.write("metrics/factor_vae_score", {"votes": {
        "codes": torch.tensor(local.reshape(batches * size, latent)), "variances": everywhere.tolist(), "batch": size,
        "factors": fixed.tolist(), "train": train, "latent": latent, "count": factors, "dimensions": chosen,
        "accuracy": float(np.mean([told[d] == f for d, f in zip(chosen[train:], fixed[train:])]))}})


def write():
    mutual_information_gap()
    dci()
    linear_classifier()
    factor_votes()
