"""Goldens of the ways through a latent space: NumPy on the same vectors, in double."""

import numpy as np
import torch

import golden


def slerp(val, low, high):
    """White's program, as it stands beside his paper (dcgan, github.com/soumith/dcgan.torch/issues/14)."""
    omega = np.arccos(np.clip(np.dot(low / np.linalg.norm(low), high / np.linalg.norm(high)), -1, 1))
    so = np.sin(omega)
    if so == 0:
        return (1.0 - val) * low + val * high
    return np.sin((1.0 - val) * omega) / so * low + np.sin(val * omega) / so * high


def latent_path():
    a, b = golden.random("path/a", 7).numpy(), golden.random("path/b", 7).numpy()
    cases = {"ordinary": (a, b), "another length": (a, 3 * b), "obtuse": (a, 0.5 * b - a), "parallel": (a, 2 * a)}
    steps = 6
    t = np.linspace(0, 1, steps)
    golden.write("metrics/latent_path", {
        name: {"from": torch.tensor(p)[None], "to": torch.tensor(q)[None], "steps": steps,
               "spherical": torch.tensor(np.stack([slerp(s, p, q) for s in t])),
               "straight": torch.tensor(np.stack([(1 - s) * p + s * q for s in t]))}
        for name, (p, q) in cases.items()})


def principal_components():
    """By the singular values of the data, where the library takes eigenvectors of the covariance."""
    cases = {}
    for name, n, features, count in [("ordinary", 40, 5, 2), ("all of them", 12, 4, 4), ("few samples", 4, 6, 3)]:
        x = (golden.random(f"pca/{name}/x", n, features) @ golden.random(f"pca/{name}/mix", features, features) + 1)
        x = x.round(decimals=4).numpy()
        centered = x - x.mean(0)
        _, s, v = np.linalg.svd(centered, full_matrices=False)
        signs = np.sign(v[np.arange(len(v)), np.abs(v).argmax(1)])
        v = (v * signs[:, None])[:count]
        variance = s ** 2 / (n - 1)
        cases[name] = {"x": torch.tensor(x), "count": count, "directions": torch.tensor(v),
                       "variance": variance[:count].tolist(), "shares": (variance / variance.sum())[:count].tolist(),
                       "projected": torch.tensor(centered @ v.T)}
    golden.write("metrics/principal_components", cases)


def latent_direction():
    codes = golden.random("direction/codes", 9, 4).numpy()
    labels = np.array([2, 0, 1, 2, 2, 0, 1, 1, 2])
    golden.write("latent/latent_direction", {
        f"from {a} to {b}": {"codes": torch.tensor(codes), "labels": labels.tolist(), "from": a, "to": b,
                             "direction": torch.tensor(codes[labels == b].mean(0) - codes[labels == a].mean(0))[None]}
        for a, b in [(0, 2), (2, 1)]})


def write():
    latent_path()
    principal_components()
    latent_direction()
