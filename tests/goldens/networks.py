"""Goldens of whole networks: what takes more than one layer and one loss."""

import torch
from torch import nn

import golden


def gradient_penalty():
    """WGAN-GP's penalty by double backward: the gradient of weight * mean (|grad_x D| - target)^2 with respect to every
    parameter of the critic; one-sided, with the positive part of the difference."""
    cases = {}
    for name, layers, weight, target in [
        ("tanh", [nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 6), nn.Tanh(), nn.Linear(6, 1)], 10.0, 1.0),
        ("leaky relu", [nn.Linear(5, 7), nn.LeakyReLU(0.2), nn.Linear(7, 1)], 10.0, 1.0),
        ("zero-centered", [nn.Linear(5, 7), nn.SiLU(), nn.Linear(7, 1)], 0.5, 0.0),
        ("one-sided", [nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 1)], 10.0, 0.5),
    ]:
        critic = golden.randomize(nn.Sequential(*layers), f"gradient_penalty/{name}")
        x = golden.random(f"gradient_penalty/{name}/x", 4, 5).requires_grad_()
        (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
        excess = gradient.norm(2, dim=1) - target
        if name == "one-sided":
            assert (excess < 0).any() and (excess > 0).any()
            excess = excess.clamp(min=0)
        value = weight * (excess**2).mean()
        value.backward()
        # The last bias does not reach the gradient of D.
        for parameter in critic.parameters():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        cases[name] = {"weight": weight, "target": target, "parameters": golden.parameters(critic), "x": x,
                       "input_gradient": gradient, "value": value, "gradients": golden.gradients(critic)}
    golden.write("adversarial/gradient_penalty", cases)


def write():
    gradient_penalty()
