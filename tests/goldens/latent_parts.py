"""Goldens of posteriors and priors: torch.distributions where it has them, the papers' formulas as they stand otherwise,
autograd for every derivative; and whole steps of VAEs made of them."""

import math

import numpy as np
import torch
from scipy import stats
from torch import distributions as dist
from torch import nn
from torch.nn import functional as F

import golden
import models

STANDARD = dist.Normal(0.0, 1.0)


class FullNormal(nn.Module):
    """The parameters are (mean, log-variance, the rows of C below its diagonal): L = diag(deviation) (1 + C)."""

    def __init__(self, latent, low=-20.0, high=20.0):
        super().__init__()
        self.latent, self.rows, self.range = latent, latent * (latent + 3) // 2, (low, high)

    def distribution(self, h):
        n = self.latent
        lower = torch.eye(n).repeat(len(h), 1, 1)
        row, column = torch.tril_indices(n, n, -1)
        lower[:, row, column] = h[:, 2 * n:]
        lower = torch.exp(0.5 * h[:, n:2 * n].clamp(*self.range))[:, :, None] * lower
        return dist.MultivariateNormal(h[:, :n], scale_tril=lower)

    def forward(self, h, noise):
        q = self.distribution(h)
        z = q.loc + (q.scale_tril @ noise[:, :, None])[:, :, 0]
        return z, q.log_prob(z)

    def log_density(self, h, z):
        return self.distribution(h).log_prob(z)

    def kl(self, h):
        return dist.kl_divergence(self.distribution(h),
                                  dist.MultivariateNormal(torch.zeros(self.latent), torch.eye(self.latent)))


class PlanarStep(nn.Module):
    """Rezende & Mohamed 2015, eq. 10 to 12 and appendix A.1, m shifted so that m(0) = 0."""

    def __init__(self, latent, first=0):
        super().__init__()
        self.latent, self.first, self.rows = latent, first, 2 * latent + 1

    def forward(self, z, condition):
        n = self.latent
        w, u, b = condition[:, self.first:self.first + self.rows].split([n, n, 1], 1)
        s = (w * u).sum(1, keepdim=True)
        moved = u + (F.softplus(s + math.log(math.e - 1)) - 1 - s) * w / (w**2).sum(1, keepdim=True)
        a = (w * z).sum(1, keepdim=True) + b
        psi = (1 - torch.tanh(a)**2) * w
        return z + moved * torch.tanh(a), torch.log(torch.abs(1 + (moved * psi).sum(1)))


class RadialStep(nn.Module):
    """Rezende & Mohamed 2015, eq. 14 and appendix A.2."""

    def __init__(self, latent, first=0):
        super().__init__()
        self.latent, self.first, self.rows = latent, first, latent + 2

    def forward(self, z, condition):
        n = self.latent
        center, alpha, beta = condition[:, self.first:self.first + self.rows].split([n, 1, 1], 1)
        alpha = F.softplus(alpha)
        beta = -alpha + F.softplus(beta)
        r = (z - center).norm(dim=1, keepdim=True)
        h, slope = 1 / (alpha + r), -1 / (alpha + r)**2
        log_determinant = (n - 1) * torch.log(1 + beta * h) + torch.log(1 + beta * h + beta * slope * r)
        return z + beta * h * (z - center), log_determinant[:, 0]


class Embedded(nn.Module):
    """A step under a condition that a layer makes of the network's."""

    def __init__(self, context, step):
        super().__init__()
        self.embedding, self.step = nn.Linear(context, step.rows), step

    def forward(self, z, condition):
        return self.step(z, self.embedding(condition))


class CouplingStep(nn.Module):
    """Dinh et al. 2017, eq. 7 and 8: the dimensions whose bit of that number is the number's last are moved."""

    def __init__(self, latent, hidden, number):
        super().__init__()
        bit = number // 2 % (latent - 1).bit_length()
        self.moved = [i for i in range(latent) if (i >> bit & 1) == number % 2]
        self.kept = [i for i in range(latent) if i not in self.moved]
        self.network = nn.Sequential(nn.Linear(len(self.kept), hidden), nn.ELU(), nn.Linear(hidden, 2 * len(self.moved)))

    def forward(self, z, condition=None):
        s, t = self.network(z[:, self.kept]).chunk(2, 1)
        s = 2 * torch.tanh(s / 2)
        y = z.clone()
        y[:, self.moved] = torch.exp(s) * z[:, self.moved] + t
        return y, s.sum(1)


class Flow(nn.Sequential):
    def forward(self, z, condition=None):
        log_determinant = torch.zeros(len(z))
        for step in self:
            z, more = step(z, condition)
            log_determinant = log_determinant + more
        return z, log_determinant


class BentNormal(nn.Module):
    """A posterior bent by a flow of these steps, whose condition is the end of h."""

    def __init__(self, latent, context, *steps):
        super().__init__()
        self.latent, self.rows, self.flow = latent, 2 * latent + context, Flow(*steps)

    def forward(self, h, noise):
        n = self.latent
        mean, deviation = h[:, :n], torch.exp(0.5 * h[:, n:2 * n])
        z = mean + deviation * noise
        log_q = dist.Normal(mean, deviation).log_prob(z).sum(1)
        z, log_determinant = self.flow(z, h[:, 2 * n:])
        return z, log_q - log_determinant


def amortized(step, latent, steps):
    rows = step(latent).rows
    return BentNormal(latent, steps * rows, *(step(latent, i * rows) for i in range(steps)))


class StandardNormal(nn.Module):
    def forward(self, z):
        return STANDARD.log_prob(z).sum(1)


class MixturePrior(nn.Module):
    def __init__(self, components, latent):
        super().__init__()
        self.mean, self.log_variance = (nn.Parameter(torch.empty(components, latent)) for _ in range(2))
        self.logit = nn.Parameter(torch.empty(components))

    def forward(self, z):
        normals = dist.Independent(dist.Normal(self.mean, torch.exp(0.5 * self.log_variance)), 1)
        return dist.MixtureSameFamily(dist.Categorical(logits=self.logit), normals).log_prob(z)


class FlowPrior(nn.Module):
    def __init__(self, latent, steps, hidden):
        super().__init__()
        self.flow = Flow(*(CouplingStep(latent, hidden, i) for i in range(steps)))

    def forward(self, z):
        noise, log_determinant = self.flow(z)
        return STANDARD.log_prob(noise).sum(1) + log_determinant


def own(module):
    """The parameters as the library's network names them: those of a flow without the flow's own name."""
    return {key.removeprefix("flow."): value for key, value in module.named_parameters()}


def own_gradients(module):
    return {key: value.grad for key, value in own(module).items()}


def posterior_case(name, posterior, samples, inputs=3):
    golden.randomize(posterior, f"posterior/{name}")
    h = golden.random(f"posterior/{name}/h", inputs, posterior.rows).requires_grad_()
    noise, dz = (golden.random(f"posterior/{name}/{what}", inputs * samples, posterior.latent) for what in ("noise", "dz"))
    weights = golden.random(f"posterior/{name}/weights", inputs * samples)
    z, log_q = posterior(h.repeat_interleave(samples, 0), noise)
    ((dz * z).sum() + (weights * log_q).sum()).backward()
    return {"samples": samples, "h": h, "noise": noise, "dz": dz, "weights": weights, "z": z, "log_q": log_q, "dh": h.grad,
            "parameters": own(posterior), "gradients": own_gradients(posterior)}


def prior_case(name, prior, latent, n=7):
    """Weights of the path and of the parameters are different ones."""
    golden.randomize(prior, f"prior/{name}")
    z = golden.random(f"prior/{name}/z", n, latent).requires_grad_()
    path, parameters = (golden.random(f"prior/{name}/{what}", n) for what in ("path", "parameter_weights"))
    log_p = prior(z)
    (dz,) = torch.autograd.grad((path * log_p).sum(), z, retain_graph=True)
    (parameters * log_p).sum().backward()
    return {"z": z, "path_weights": path, "parameter_weights": parameters, "log_p": log_p, "dz": dz,
            "parameters": own(prior), "gradients": own_gradients(prior)}


def step_case(name, posterior, prior, samples, doubly_reparameterized=False, seed=9, step=2):
    """One step of a VAE under the importance-weighted bound; doubly reparameterized as in `models.vamp_case`."""
    batch, features, latent = 4, 6, posterior.latent
    encoder = golden.randomize(nn.Sequential(nn.Linear(features, 5), nn.Tanh(), nn.Linear(5, posterior.rows)),
                               f"{name}/encoder")
    decoder = golden.randomize(nn.Sequential(nn.Linear(latent, 5), nn.SiLU(), nn.Linear(5, features)), f"{name}/decoder")
    golden.randomize(posterior, f"{name}/posterior"), golden.randomize(prior, f"{name}/prior")
    x = golden.random(f"{name}/x", batch, features, low=0, high=1)
    target = x.repeat_interleave(samples, 0)
    log_p = lambda z: -F.binary_cross_entropy_with_logits(decoder(z), target, reduction="none").sum(1)
    h = encoder(x).repeat_interleave(samples, 0)
    z, log_q = posterior(h, models.normal(seed, models.REPARAMETERIZATION, step, batch * samples, latent))
    log_px, log_pz = log_p(z), prior(z)
    log_w = (log_px + log_pz - log_q).reshape(batch, samples)
    loss = -(torch.logsumexp(log_w, 1) - math.log(samples)).mean()
    if doubly_reparameterized:
        shares = torch.softmax(log_w, 1).detach().flatten()
        path = -(shares**2 * (log_px + log_pz - posterior.log_density(h.detach(), z))).sum() / batch
        (dz,) = torch.autograd.grad(path, z, retain_graph=True)
        z.backward(dz)
        still = z.detach()
        (-(shares * (log_p(still) + prior(still))).sum() / batch).backward()
    else:
        loss.backward()
    parts = {"decoder": decoder, "posterior": posterior, "prior": prior, "encoder": encoder}
    parts = {key: part for key, part in parts.items() if list(part.parameters())}
    return {"samples": samples, "doubly_reparameterized": doubly_reparameterized, "seed": seed, "step": step, "x": x,
            "loss": loss, "reconstruction": -log_px.mean(), "kl": (log_q - log_pz).mean(),
            **{key: own(part) for key, part in parts.items()},
            **{f"{key}_gradients": own_gradients(part) for key, part in parts.items()}}


def full_normal():
    """As a distribution: densities for one column each and for several on either side, then the KL to the standard."""
    features, cases = 4, {}
    rows = features * (features + 3) // 2
    for low, high in [(-20.0, 20.0), (-1.0, 1.0)]:
        q = FullNormal(features, low, high)
        for pairing, samples, columns in [("one to one", 3, 3), ("samples side by side", 2, 6), ("repeated parameters", 6, 2)]:
            key = f"full_normal/{high:g}/{pairing}"
            pairs = max(samples, columns)
            x = golden.random(f"{key}/x", samples, features).requires_grad_()
            p = golden.random(f"{key}/p", columns, rows).requires_grad_()
            weights = golden.random(f"{key}/weights", pairs)
            value = q.log_density(p.repeat_interleave(pairs // columns, 0), x.repeat_interleave(pairs // samples, 0))
            (weights * value).sum().backward()
            case = {"range": high, "x": x, "parameters": p, "weights": weights, "log_probability": value,
                    "d_parameters": p.grad.clone(), "dx": x.grad}
            p.grad = None
            kl, kl_weights = q.kl(p), golden.random(f"{key}/kl_weights", columns)
            (kl_weights * kl).sum().backward()
            cases[f"{pairing}, log-variances within {high:g}"] = {**case, "kl": kl, "kl_weights": kl_weights,
                                                                  "d_parameters_of_kl": p.grad}
    golden.write("distributions/full_normal", cases)


def mixture_case(name, diagonal, ridge, iterations=7):
    """Expectation and maximisation from given centers as its equations stand, the densities SciPy's."""
    k, d, n = 3, 4, 60
    centers = golden.random(f"mixture/{name}/centers", k, d)
    x = torch.cat([c + golden.random(f"mixture/{name}/{i}", n // k, d) @ golden.random(f"mixture/{name}/mix {i}", d, d)
                   for i, c in enumerate(2 * centers)])
    data = x.numpy()
    rho = ridge * data.var(0).mean() * np.eye(d)

    def maximize(r):
        count = r.sum(0)
        means = (r.T @ data) / count[:, None]
        covariances = []
        for j in range(k):
            scatter = (data - means[j]).T @ np.diag(r[:, j]) @ (data - means[j]) + rho
            covariances.append((np.diag(np.diag(scatter)) if diagonal else scatter) / count[j])
        return count / n, means, np.array(covariances)

    def log_joint(points, weights, means, covariances):
        return np.stack([np.log(weights[j]) + stats.multivariate_normal(means[j], covariances[j]).logpdf(points)
                         for j in range(k)], 1)

    def expect(parts):
        joint = torch.tensor(log_joint(data, *parts))
        penalty = sum(np.trace(rho @ np.linalg.inv(c)) for c in parts[2])
        return torch.softmax(joint, 1).numpy(), (torch.logsumexp(joint, 1).sum().item() - 0.5 * penalty) / n

    nearest = ((data[:, None] - centers.numpy()[None])**2).sum(2).argmin(1)
    parts = maximize(np.eye(k)[nearest])
    r, value = expect(parts)
    objective = [value]
    for _ in range(iterations):
        parts = maximize(r)
        r, value = expect(parts)
        objective.append(value)
    points = golden.random(f"mixture/{name}/points", 5, d)
    weights, means, covariances = map(torch.tensor, parts)
    return {"x": x, "centers": centers, "diagonal": diagonal, "ridge": ridge, "iterations": iterations,
            "objective": objective, "weights": weights, "means": means, "covariances": covariances.flatten(1),
            "points": points, "log_density": torch.logsumexp(torch.tensor(log_joint(points.numpy(), *parts)), 1)}


def write():
    full_normal()
    golden.write("distributions/fit_gaussian_mixture", {
        "full": mixture_case("full", False, 0.0),
        "full, ridge": mixture_case("ridge", False, 0.5),
        "diagonal": mixture_case("diagonal", True, 0.01),
    })
    mixed = BentNormal(3, 12, models.InverseAutoregressiveStep(3, 12, 4, False), PlanarStep(3), RadialStep(3, 7),
                       Embedded(12, PlanarStep(3)))
    golden.write("latent/posterior", {
        "FullNormalPosterior": posterior_case("full", FullNormal(3), 2),
        "PlanarFlow": posterior_case("planar", amortized(PlanarStep, 3, 4), 2),
        "RadialFlow": posterior_case("radial", amortized(RadialStep, 3, 4), 2),
        "NormalizingFlow": posterior_case("mixed", mixed, 2),
    })
    golden.write("latent/prior", {
        "MixturePrior": prior_case("mixture", MixturePrior(4, 3), 3),
        "FlowPrior": prior_case("flow", FlowPrior(5, 7, 4), 5),
    })
    golden.write("models/vae_latent_parts", {
        "planar flow, mixture": step_case("planar, mixture", amortized(PlanarStep, 2, 2), MixturePrior(3, 2), 3),
        "radial flow, coupling flow": step_case("radial, flow", amortized(RadialStep, 3, 2), FlowPrior(3, 3, 4), 2),
        "full normal": step_case("full", FullNormal(3), StandardNormal(), 3, True),
        "full normal, coupling flow": step_case("full, flow", FullNormal(3), FlowPrior(3, 3, 4), 3, True),
    })
