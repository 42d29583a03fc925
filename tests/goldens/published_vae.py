#!/usr/bin/python3
"""Goldens of published weights: `/usr/bin/python3 tests/goldens/published_vae.py BINARY BETA_BINOMIAL [--whole]`

Takes the weights of the bits-back authors' two VAEs of MNIST digits (github.com/bits-back/bits-back,
torch_vae/saved_params; Townsend, Bird & Barber 2019) as safetensors files, their state dicts under the names of
`nn.Sequential`: encoder.0, decoder.0, …, the heads of mean and log-deviation stacked into one Linear. Writes copies of
them that keep every other row and column of pixels and the hidden and latent units with the largest weights, and what
these compute in PyTorch; with --whole, copies that keep everything, too large to be committed. It is no section of
generate.py, because the files are not part of the project.

The numbers are the ELBO of the authors' code, with the closed form of the KL: the posterior's standard deviation is
e^output, and the pixels are binary, or levels in 0 ... 255 with a beta-binomial likelihood.
"""

import pathlib
import sys

sys.dont_write_bytecode = True

import torch
from torch import nn
from torch.nn import functional as F

import golden
import models
import weights

EVALUATION = 10  # core/random.hpp, Purpose
LEVELS = 255


def largest(count, *matrices):
    """The units with the largest products of norms, in their order; of each matrix the rows are the units'."""
    size = torch.stack([m.double().norm(dim=1) for m in matrices]).prod(0)
    return size.argsort(descending=True)[:count].sort().values


def reduced(state, linear, hidden, latent):
    """The state with fewer units; `linear` are the numbers of the four Linear layers, batch norms stand behind them."""
    first, heads, third, last = linear
    pixels = torch.arange(784).view(28, 28)[1::2, 1::2].flatten()
    outputs = state[f"{last}.weight"].shape[0] // 784
    latents = largest(latent, state[f"{third}.weight"].T)
    total = state[f"{third}.weight"].shape[1]
    kept = {
        first: (largest(hidden, state[f"{first}.weight"], state[f"{heads}.weight"].T), pixels),
        third: (largest(hidden, state[f"{third}.weight"], state[f"{last}.weight"].T), latents),
    }
    kept[heads] = (torch.cat([latents, latents + total]), kept[first][0])
    kept[last] = (torch.cat([pixels + 784 * k for k in range(outputs)]), kept[third][0])
    copy = {}
    for key, value in state.items():
        network, number, name = key.split(".")
        # A batch norm belongs to the layer before it.
        layer = key.rsplit(".", 1)[0]
        rows, columns = kept[layer] if layer in kept else kept[f"{network}.{int(number) - 1}"]
        if name != "num_batches_tracked":
            value = value[rows]
            if value.dim() == 2:
                value = value[:, columns]
        copy[key] = value.clone()
    return copy


def module(state, prefix):
    """The Sequential whose state this is: Linear, BatchNorm1d where it has one, ReLU, …, without one at the end."""
    layers, own = [], {key[len(prefix) + 1:]: value for key, value in state.items() if key.startswith(prefix + ".")}
    for number in range(1 + max(int(key.split(".")[0]) for key in own)):
        if f"{number}.running_mean" in own:
            layers.append(nn.BatchNorm1d(len(own[f"{number}.weight"])))
        elif f"{number}.weight" in own:
            layers.append(nn.Linear(*reversed(own[f"{number}.weight"].shape)))
        else:
            layers.append(nn.ReLU())
    result = nn.Sequential(*layers).double()
    result.load_state_dict({key: value.double() if value.is_floating_point() else value for key, value in own.items()})
    return result.eval()


def binary_log_probability(x, logits):
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)


def beta_binomial_log_probability(x, p):
    a, b = (v.exp() for v in p.chunk(2, 1))
    n = torch.tensor(float(LEVELS))
    return (torch.lgamma(n + 1) + torch.lgamma(x + a) + torch.lgamma(n - x + b) + torch.lgamma(a + b) - torch.lgamma(x + 1)
            - torch.lgamma(n - x + 1) - torch.lgamma(n + a + b) - torch.lgamma(a) - torch.lgamma(b)).sum(1)


def case(name, state, log_probability, draw, seed=9, step=2, batch=4):
    encoder, decoder = module(state, "encoder"), module(state, "decoder")
    latent = decoder[0].in_features
    with torch.no_grad():
        x = draw(decoder(golden.random(f"published/{name}/z", batch, latent)))
        mean, log_deviation = encoder(x).chunk(2, 1)
        z = mean + log_deviation.exp() * models.normal(seed, EVALUATION, step, batch, latent)
        log_px = log_probability(x, decoder(z))
        kl = torch.distributions.kl_divergence(torch.distributions.Normal(mean, log_deviation.exp()),
                                               torch.distributions.Normal(0.0, 1.0)).sum(1)
    return {"seed": seed, "step": step, "x": x, "loss": (kl - log_px).mean(), "reconstruction": -log_px.mean(),
            "kl": kl.mean(), "hidden": encoder[0].out_features, "latent": latent}


def draw_binary(logits):
    return (golden.random("published/binary/u", *logits.shape, low=0, high=1) < torch.sigmoid(logits)).double()


def draw_levels(p):
    """The rounded mean of the levels, spread by uniform noise."""
    a, b = p.chunk(2, 1)
    noise = golden.random("published/levels/u", *a.shape, low=-20, high=20)
    return (LEVELS * torch.sigmoid(a - b) + noise).round().clamp(0, LEVELS)


def main(binary, beta_binomial, whole=None):
    cases = {}
    for name, path, linear, log_probability, draw in [
        ("binary", binary, ("encoder.0", "encoder.2", "decoder.0", "decoder.2"), binary_log_probability, draw_binary),
        ("beta_binomial", beta_binomial, ("encoder.0", "encoder.3", "decoder.0", "decoder.3"),
         beta_binomial_log_probability, draw_levels),
    ]:
        state, _ = weights.load(pathlib.Path(path))
        if name == "beta_binomial":
            state["encoder.0.weight"] = state["encoder.0.weight"] / LEVELS  # the authors' encoder divides its input
        if whole is None:
            state = reduced(state, linear, hidden=12, latent=6)
        suffix = "" if whole is None else "_whole"
        weights.save(golden.FOLDER / "models" / f"published_{name}_vae{suffix}.safetensors", state, {"format": "pt"})
        cases[name] = case(name, state, log_probability, draw)
    golden.write(f"models/published_vae{suffix}", cases)


if __name__ == "__main__":
    main(*sys.argv[1:])
