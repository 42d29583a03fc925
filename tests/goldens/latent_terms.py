"""Whole steps of VAEs with terms on their latent vectors, on the very random numbers that the library draws."""

import math

import torch
from torch import nn
from torch.nn import functional as F

import golden
import models
from models import LATENT, REPARAMETERIZATION


def normal_of(key, step, *shape):
    """Box and Muller on a stream with that key, as in `models.normal`."""
    count = math.prod(shape)
    u = models.uniform_of(key, step, (count + 3) // 4 * 2, 2)
    radius, angle = torch.sqrt(-2 * torch.log(u[:, 0])), 2 * math.pi * u[:, 1]
    return torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], 1).flatten()[:count].reshape(shape)


def permutation(key, step, n):
    """data/shuffle.hpp: Fisher and Yates."""
    order = list(range(n))
    for i in range(n, 1, -1):
        words = models.philox([i, 0, step & 0xFFFFFFFF, step >> 32], key)
        drawn = (words[1] * i + ((words[0] * i) >> 32)) >> 32
        order[i - 1], order[drawn] = order[drawn], order[i - 1]
    return order


class Pass:
    """What a term may look at."""

    def __init__(self, z, mean, log_variance, key, step):
        self.z, self.mean, self.log_variance, self.step = z, mean, log_variance, step
        self.drawn = normal_of(models.lane(key, 0), step, *z.shape)
        self.key = models.lane(key, 1)  # of the first term


def discrepancy(weight, kernel, scales=(0.1, 0.2, 0.5, 1, 2, 5, 10)):
    """The unbiased estimator; every input has one latent vector."""
    def term(p):
        n, latent = p.z.shape
        def near(a, b):
            squares = ((a[:, None] - b[None]) ** 2).sum(2)
            return sum(kernel(squares, 2 * latent * s) for s in scales)
        def without_diagonal(matrix):
            return (matrix.sum() - matrix.diagonal().sum()) / (n * (n - 1))
        return weight * (without_diagonal(near(p.z, p.z)) + without_diagonal(near(p.drawn, p.drawn))
                         - 2 * near(p.z, p.drawn).mean())
    return term


def total_correlation(alpha, beta, gamma, data_size):
    """As the code of Chen et al. 2018 has it, beside an ELBO."""
    def term(p):
        n = len(p.mean)
        k = len(p.z) // n
        densities = torch.distributions.Normal(p.mean[None], torch.exp(0.5 * p.log_variance[None])).log_prob(p.z[:, None])
        own = torch.arange(n).repeat_interleave(k)
        log_q_of_x = densities.sum(2)[torch.arange(len(p.z)), own]
        log_nm = math.log(n * data_size)
        log_q = torch.logsumexp(densities.sum(2), 1) - log_nm
        log_marginals = (torch.logsumexp(densities, 1) - log_nm).sum(1)
        log_p = torch.distributions.Normal(0.0, 1.0).log_prob(p.z).sum(1)
        return ((alpha - 1) * (log_q_of_x - log_q) + (beta - 1) * (log_q - log_marginals)
                + (gamma - 1) * (log_marginals - log_p)).mean()
    return term


def latent_norm(weight):
    return lambda p: weight * 0.5 * (p.z**2).sum(1).mean()


def case(name, term_of, samples=1, deterministic=False, kl_weight=1.0, seed=9, step=2, critic=None, gamma=0.0):
    """One step. With a critic, its own loss tells z from vectors with permuted dimensions, and γ times the mean of minus
    its logit joins the loss (Kim & Mnih 2018)."""
    batch, features, latent = 5, 6, 3
    encoder = golden.randomize(
        nn.Sequential(nn.Linear(features, 5), nn.Tanh(), nn.Linear(5, latent * (1 if deterministic else 2))),
        f"{name}/encoder")
    decoder = golden.randomize(nn.Sequential(nn.Linear(latent, 5), nn.SiLU(), nn.Linear(5, features)), f"{name}/decoder")
    x = golden.random(f"{name}/x", batch, features, low=0, high=1)
    repeat = lambda value: value.repeat_interleave(samples, 0)
    h = encoder(x)
    mean, log_variance = (h, None) if deterministic else h.chunk(2, 1)
    z = repeat(mean)
    if not deterministic:
        noise = models.normal(seed, REPARAMETERIZATION, step, batch * samples, latent)
        z = z + torch.exp(0.5 * repeat(log_variance)) * noise
    log_px = -F.binary_cross_entropy_with_logits(decoder(z), repeat(x), reduction="none").sum(1)
    kl = torch.tensor(0.0) if deterministic else -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()
    seen = Pass(z, mean, log_variance, models.key_of(seed, LATENT), step)
    result = {"samples": samples, "seed": seed, "step": step, "x": x,
              "decoder": golden.parameters(decoder), "encoder": golden.parameters(encoder)}
    if critic is not None:
        golden.randomize(critic, f"{name}/critic")
        orders = [permutation(models.lane(seen.key, d), step, len(z)) for d in range(latent)]
        permuted = torch.stack([z[order, d] for d, order in enumerate(orders)], 1)
        critic_loss = models.bce(1.0)(critic(permuted.detach())) + models.bce(0.0)(critic(z.detach()))
        of_critic = torch.autograd.grad(critic_loss, list(critic.parameters()))
        share = -gamma * critic(z).mean()
        result |= {"discriminator": golden.parameters(critic), "discriminator_loss": critic_loss, "gamma": gamma}
    else:
        share = term_of(seen)
    loss = -log_px.mean() + kl_weight * kl + share
    loss.backward()
    if critic is not None:
        for parameter, gradient in zip(critic.parameters(), of_critic):
            parameter.grad = gradient
        result["discriminator_gradients"] = golden.gradients(critic)
    return {**result, "loss": loss, "reconstruction": -log_px.mean(), "share": share,
            "decoder_gradients": golden.gradients(decoder), "encoder_gradients": golden.gradients(encoder)}


def write():
    inverse_multiquadratic = lambda squares, c: c / (c + squares)
    rbf = lambda squares, c: torch.exp(-squares / c)
    golden.write("models/vae_terms", {
        "WAE-MMD": case("wae", discrepancy(10.0, inverse_multiquadratic), deterministic=True),
        "InfoVAE": case("infovae", discrepancy(3.0, rbf, (1.0,)), kl_weight=0.5),
        "beta-TCVAE": case("tcvae", total_correlation(1.0, 6.0, 1.0, 50)),
        "three weights": case("tcvae weights", total_correlation(0.5, 3.0, 2.0, 50), samples=3),
        "RAE": case("rae", latent_norm(0.7), deterministic=True),
        "FactorVAE": case("factorvae", None, samples=2, gamma=6.0,
                          critic=nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1))),
    })
