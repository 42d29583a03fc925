"""A step of the semi-supervised VAE (Kingma et al. 2014, model M2), the sum over the classes by automatic differentiation."""

import math

import torch
from torch import nn
from torch.nn import functional as F

import golden
import models


def m2_case(name, labels, alpha, seed=9, step=2):
    """`labels` of -1 are not known."""
    batch, features, latent, classes = len(labels), 6, 2, 3
    classifier = golden.randomize(nn.Sequential(nn.Linear(features, 4), nn.Tanh(), nn.Linear(4, classes)),
                                  f"{name}/classifier")
    encoder = golden.randomize(
        nn.Sequential(nn.Linear(features + classes, 5), nn.Tanh(), nn.Linear(5, 2 * latent)), f"{name}/encoder")
    decoder = golden.randomize(
        nn.Sequential(nn.Linear(latent + classes, 5), nn.SiLU(), nn.Linear(5, features)), f"{name}/decoder")
    x = golden.random(f"{name}/x", batch, features, low=0, high=1)
    noise = models.normal(seed, models.REPARAMETERIZATION, step, batch, latent)

    def bound(y):
        """L(x, y) of every sample, with the class y for all of them."""
        code = F.one_hot(torch.full((batch,), y), classes).to(x)
        mean, log_variance = encoder(torch.cat([x, code], 1)).chunk(2, 1)
        z = mean + torch.exp(0.5 * log_variance) * noise
        logits = decoder(torch.cat([z, code], 1))
        log_px = -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
        kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1)
        return log_px - kl - math.log(classes)

    bounds = torch.stack([bound(y) for y in range(classes)], 1)
    log_q = F.log_softmax(classifier(x), 1)
    u = (log_q.exp() * (bounds - log_q)).sum(1)
    known = torch.tensor([y >= 0 for y in labels])
    y = torch.tensor([max(y, 0) for y in labels])[:, None]
    labelled, classification = -bounds.gather(1, y)[:, 0], -log_q.gather(1, y)[:, 0]
    loss = torch.where(known, labelled + alpha * classification, -u).mean()
    loss.backward()

    def mean(values, chosen):
        return values[chosen].mean() if chosen.any() else torch.zeros(())

    return {
        "classes": classes, "alpha": alpha, "seed": seed, "step": step, "x": x, "labels": labels,
        "classifier": golden.parameters(classifier), "encoder": golden.parameters(encoder),
        "decoder": golden.parameters(decoder),
        "loss": loss, "labelled": mean(labelled, known), "unlabelled": mean(-u, ~known),
        "classification": mean(classification, known),
        "error": mean((log_q.argmax(1) != y[:, 0]).to(x), known),
        "classifier_gradients": golden.gradients(classifier), "encoder_gradients": golden.gradients(encoder),
        "decoder_gradients": golden.gradients(decoder),
    }


def write():
    golden.write("models/semi_supervised_vae", {
        "some labels": m2_case("m2 some", [2, -1, -1, 0, -1], 3.0),
        "no labels": m2_case("m2 none", [-1, -1, -1], 1.0),
        "all labels": m2_case("m2 all", [1, 0, 2, 1], 0.5),
    })
