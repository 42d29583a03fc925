"""The exponent of a curve: y = c·xᵉ, fitted by least squares between the logarithms."""
from dataclasses import dataclass
from math import exp, log


@dataclass(frozen=True)
class Fit:
    exponent: float
    worst: float  # the farthest point's distance from the curve, as a part of it


def fit(xs, ys):
    """None where fewer than two different xs are given."""
    if len(set(xs)) < 2:
        return None
    u, v = [log(x) for x in xs], [log(y) for y in ys]
    mean_u, mean_v = sum(u) / len(u), sum(v) / len(v)
    exponent = (sum((a - mean_u) * (b - mean_v) for a, b in zip(u, v)) / sum((a - mean_u) ** 2 for a in u))
    worst = max(abs(b - mean_v - exponent * (a - mean_u)) for a, b in zip(u, v))
    return Fit(exponent, exp(worst) - 1)


def local_exponents(xs, ys):
    """For each point the exponent since the one before it; None for the first."""
    points = list(zip(xs, ys))
    return [None] + [log(y1 / y0) / log(x1 / x0) for (x0, y0), (x1, y1) in zip(points, points[1:])]
