"""Goldens of the adversarial losses: both functions, with their gradients towards the logits of both sides."""

import torch
from torch.nn import functional as F

import golden
from losses import EXTREME


def case(discriminator, generator, real, fake):
    """`discriminator(real, fake)` and `generator(fake, real)`."""
    def function(f, swapped):
        r, g = real.clone().requires_grad_(), fake.clone().requires_grad_()
        value = f(g, r) if swapped else f(r, g)
        d_real, d_fake = torch.autograd.grad(value, [r, g], allow_unused=True)
        zero = torch.zeros_like(real)
        return {"value": value, "d_real": zero if d_real is None else d_real, "d_fake": d_fake}

    return {"real": real, "fake": fake, "discriminator": function(discriminator, False),
            "generator": function(generator, True)}


def bce(target):
    return lambda logits: F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def pointwise(real, fake, generator):
    return lambda r, f: real(r) + fake(f), lambda f, r: generator(f)


def relativistic(real, fake):
    def game(a, b):
        return real(a - b.mean()) + fake(b - a.mean())

    return game, game


def paired(real):
    def game(a, b):
        return real(a - b)

    return game, game


def write():
    hinge = (lambda l: F.relu(1 - l).mean(), lambda l: F.relu(1 + l).mean())
    squares = (lambda l: 0.5 * ((l - 1) ** 2).mean(), lambda l: 0.5 * (l**2).mean())
    sigmoid = {"": (bce(1.0), bce(0.0)), " smoothed": (bce(0.9), bce(0.0)), " two-sided": (bce(0.9), bce(0.1))}
    real, fake = 2 * golden.random("adversarial/real", 6, 1), 2 * golden.random("adversarial/fake", 5, 1)
    extreme = [torch.cat([side, EXTREME.T]) for side in (real, fake)]

    def write_pointwise(name, cases):
        golden.write(f"adversarial/{name}", {key: case(*pointwise(*game), *extreme) for key, game in cases.items()})

    write_pointwise("minimax", {"game" + s: (*game, lambda l: F.logsigmoid(-l).mean()) for s, game in sigmoid.items()})
    write_pointwise("non_saturating", {"game" + s: (*game, bce(1.0)) for s, game in sigmoid.items()})
    write_pointwise("wasserstein", {"game": (lambda l: -l.mean(), lambda l: l.mean(), lambda l: -l.mean())})
    write_pointwise("hinge", {"game": (*hinge, lambda l: -l.mean())})
    write_pointwise("least_squares", {"game": (*squares, squares[0])})
    golden.write("adversarial/relativistic_average", {
        "hinge": case(*relativistic(*hinge), real, fake),
        "non-saturating": case(*relativistic(*sigmoid[""]), real, fake),
        "non-saturating smoothed": case(*relativistic(*sigmoid[" smoothed"]), real, fake),
        "least squares": case(*relativistic(*squares), real, fake),
    })
    pairs = 2 * golden.random("adversarial/pairs", 5, 1)
    golden.write("adversarial/relativistic", {
        "hinge": case(*paired(hinge[0]), pairs, fake),
        "non-saturating": case(*paired(bce(1.0)), pairs, fake),
        "non-saturating smoothed": case(*paired(bce(0.9)), pairs, fake),
        "least squares": case(*paired(squares[0]), pairs, fake),
        "wasserstein": case(*paired(lambda l: -l.mean()), pairs, fake),
    })
