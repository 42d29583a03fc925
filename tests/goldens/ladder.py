"""Ladders of latent vectors (Sønderby et al. 2016): the product of two normals, their KL, and a whole step."""

import torch
from torch import distributions as dist
from torch import nn
from torch.nn import functional as F

import golden
import models


def normal_of(parameters):
    mean, log_variance = parameters.chunk(2, 1)
    return mean, log_variance.clamp(-20, 20)


def product(a, b):
    """Precisions add, and means weigh as much as theirs."""
    (m_a, v_a), (m_b, v_b) = normal_of(a), normal_of(b)
    precision = torch.exp(-v_a) + torch.exp(-v_b)
    return torch.cat([(m_a * torch.exp(-v_a) + m_b * torch.exp(-v_b)) / precision, -torch.log(precision)], 1)


def kl(q, p):
    (m_q, v_q), (m_p, v_p) = normal_of(q), normal_of(p)
    return dist.kl_divergence(dist.Normal(m_q, torch.exp(v_q / 2)), dist.Normal(m_p, torch.exp(v_p / 2))).sum(1)


def pair_case(name, a, b):
    a, b = a.requires_grad_(), b.requires_grad_()
    d = golden.random(f"pair/{name}/d", *a.shape)
    of_product = torch.autograd.grad((d * product(a, b)).sum(), (a, b))
    of_kl = torch.autograd.grad(0.7 * kl(a, b).sum(), (a, b))
    return {"a": a, "b": b, "product": product(a, b), "d": d, "d_a_of_product": of_product[0],
            "d_b_of_product": of_product[1], "kl": kl(a, b), "weight": 0.7, "d_a_of_kl": of_kl[0], "d_b_of_kl": of_kl[1]}


def lane(key, number):
    return models.philox([number, 0, 1, 0x80000000], key)[:2]


def noise_of_level(level, levels, seed, step, batch, latent):
    """The highest level draws from the step's stream, the others from a lane of it."""
    key = models.philox([models.REPARAMETERIZATION, 0, 0, 0x80000000], [seed, 0])[:2]
    if level < levels - 1:
        key = lane(key, level)
    count = batch * latent
    words = [w for block in range((count + 3) // 4) for w in models.philox([block, 0, step, 0], key)]
    u = (torch.tensor(words[:(count + 3) // 4 * 4], dtype=torch.float64) + 0.5) / 2**32
    radius, angle = torch.sqrt(-2 * torch.log(u[0::2])), 2 * torch.pi * u[1::2]
    return torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], 1).flatten()[:count].reshape(batch, latent)


def ladder_case(name, sizes, beta=1.0, free_bits=0.0, classes=0, seed=9, step=2, batch=4, features=6):
    """One step of a ladder whose latent vectors have these sizes, the one nearest to x first. "up" and "down" see the labels."""
    levels, below, networks = len(sizes), features, []
    for i, size in enumerate(sizes):
        made = features if i == 0 else 2 * sizes[i - 1]
        networks.append({
            "up": nn.Sequential(nn.Linear(below + classes, 5), nn.Tanh()), "head": nn.Linear(5, 2 * size),
            "down": nn.Sequential(nn.Linear(size + classes, 4), nn.SiLU(), nn.Linear(4, made))})
        below = 5
    for i, level in enumerate(networks):
        for role, network in level.items():
            golden.randomize(network, f"{name}/{i}/{role}")
    x = golden.random(f"{name}/x", batch, features, low=0, high=1)
    labels = [2, 0, 1, 1]
    code = F.one_hot(torch.tensor(labels), max(classes, 3)).to(x)[:, :classes]

    def see(network, value):
        return network(torch.cat([value, code], 1))

    heads, d = [], x
    for level in networks:
        d = see(level["up"], d)
        heads.append(level["head"](d))
    divergences, p = [], torch.zeros(batch, 2 * sizes[-1])
    for i in reversed(range(levels)):
        q = heads[i] if i == levels - 1 else product(heads[i], p)
        mean, log_variance = normal_of(q)
        z = mean + torch.exp(log_variance / 2) * noise_of_level(i, levels, seed, step, batch, sizes[i])
        divergences.insert(0, kl(q, p).mean())
        p = see(networks[i]["down"], z)
    reconstruction = F.binary_cross_entropy_with_logits(p, x, reduction="none").sum(1).mean()
    loss = reconstruction + beta * sum(torch.clamp(k, min=free_bits) for k in divergences)
    loss.backward()
    return {
        "beta": beta, "free_bits": free_bits, "classes": classes, "seed": seed, "step": step, "x": x, "labels": labels,
        "loss": loss, "reconstruction": reconstruction, "kl": sum(divergences),
        **{f"kl_{i + 1}": k for i, k in enumerate(divergences)},
        **{f"level{i + 1}.{role}{what}": take(n) for i, level in enumerate(networks) for role, n in level.items()
           for what, take in (("", golden.parameters), ("_gradients", golden.gradients))},
    }


def write():
    clamped = torch.tensor([[0.3, -0.2, 0.1, 0.5, -25.0, -20.0, 0.0, 25.0], [0.0, 1.0, 0.0, 0.0, 3.0, -20.1, 1e-9, 19.9]])
    golden.write("distributions/normal_pair", {
        "random": pair_case("random", golden.random("pair/a", 3, 10), golden.random("pair/b", 3, 10)),
        "many features": pair_case("many", golden.random("pair/many/a", 2, 140), golden.random("pair/many/b", 2, 140)),
        "clamped": pair_case("clamped", clamped, golden.random("pair/clamped/b", 2, 8)),
    })
    golden.write("models/ladder_vae", {
        "two levels": ladder_case("ladder", [3, 2]),
        "free bits": ladder_case("ladder of free bits", [3, 2], beta=0.6, free_bits=0.9),
        "labels": ladder_case("conditional ladder", [3, 2], classes=3),
    })
