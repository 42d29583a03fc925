"""Goldens of the layers that read a condition, and of Concat and SpectralNorm."""

import torch
from torch import nn

import golden
import second_order


def served(c, x):
    """One column of the condition for as many neighbouring samples as there are for each."""
    return c.repeat_interleave(len(x) // len(c), dim=0)


class Modulate(nn.Module):
    """FiLM, gamma and beta affine in the condition."""

    takes_condition = True

    def __init__(self, features, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2 * channels, features))
        self.bias = nn.Parameter(torch.zeros(2 * channels))

    def forward(self, x, c):
        gamma, beta = nn.functional.linear(served(c, x), self.weight, self.bias).chunk(2, dim=1)
        if x.dim() == 4:
            gamma, beta = gamma[:, :, None, None], beta[:, :, None, None]
        return x * (1 + gamma) + beta


class ProjectCondition(nn.Module):
    """Miyato & Koyama 2018, eq. 3, for every pixel."""

    takes_condition = True

    def __init__(self, features, channels):
        super().__init__()
        self.embedding = nn.Parameter(torch.zeros(features, channels))
        self.weight = nn.Parameter(torch.zeros(1, channels))
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x, c):
        a = self.weight + served(c, x) @ self.embedding
        return torch.einsum("bf,bf...->b...", a, x).unsqueeze(1) + self.bias


class Sequential(nn.Sequential):
    """Layers of which some read the condition."""

    takes_condition = True

    def forward(self, x, c):
        for layer in self:
            x = layer(x, c) if getattr(layer, "takes_condition", False) else layer(x)
        return x


class WithCondition(nn.Module):
    takes_condition = True

    def __init__(self, embedding, body):
        super().__init__()
        self.embedding = embedding
        self.body = body

    def forward(self, x, c):
        return self.body(x, self.embedding(c))


class Concat(nn.Module):
    """What the docstring of eigenerate's Concat shows."""

    def __init__(self, *branches):
        super().__init__()
        for i, branch in enumerate(branches):
            self.add_module(str(i), branch)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.children()], dim=1)


def case(name, module, *shape, condition=None):
    return second_order.case(golden.randomize(module, name), name, *shape, condition=condition)


def normalized(layer, name):
    """spectral_norm with vectors that depend on the name alone."""
    layer = nn.utils.spectral_norm(golden.randomize(layer, name), dim=1 if isinstance(layer, nn.ConvTranspose2d) else 0)
    with torch.no_grad():
        for key in ["weight_u", "weight_v"]:
            vector = getattr(layer, key)
            vector.copy_(nn.functional.normalize(golden.random(f"{name}/{key}", *vector.shape), dim=0))
    return layer


def write():
    golden.write("layers/modulate", {
        "vectors": case("modulate/vectors", Modulate(3, 5), 4, 5, condition=(4, 3)),
        "vectors that share": case("modulate/shared", Modulate(3, 5), 6, 5, condition=(2, 3)),
        "images": case("modulate/images", Modulate(2, 3), 4, 3, 2, 4, condition=(2, 2)),
    })
    golden.write("layers/project_condition", {
        "vectors": case("project/vectors", ProjectCondition(3, 5), 4, 5, condition=(4, 3)),
        "vectors that share": case("project/shared", ProjectCondition(3, 5), 6, 5, condition=(2, 3)),
        "maps": case("project/maps", ProjectCondition(2, 3), 4, 3, 2, 4, condition=(2, 2)),
    })
    golden.write("layers/with_condition", {
        "embedded": case("with condition", WithCondition(
            nn.Sequential(nn.Linear(3, 4), nn.Tanh()),
            Sequential(nn.Linear(5, 4), Modulate(4, 4), nn.Tanh(), ProjectCondition(4, 4))), 6, 5, condition=(3, 3)),
    })
    golden.write("layers/concat", {
        "level": case("concat/level", nn.Sequential(
            Concat(nn.Identity(), nn.Sequential(nn.Conv2d(2, 3, 2, 2), nn.Tanh(), nn.ConvTranspose2d(3, 4, 2, 2))),
            nn.Conv2d(6, 2, 3)), 2, 2, 4, 6),
        "heads": case("concat/heads", Concat(nn.Linear(4, 1), nn.Sequential(nn.Linear(4, 3), nn.Sigmoid())), 3, 4),
    })
    golden.write("layers/spectral_norm", {
        "linear": second_order.case(normalized(nn.Linear(5, 3), "spectral_norm/linear"), "spectral_norm/linear", 4, 5),
        "convolution": second_order.case(normalized(nn.Conv2d(2, 3, (2, 3)), "spectral_norm/convolution"),
                                         "spectral_norm/convolution", 2, 2, 4, 5),
        "transposed": second_order.case(normalized(nn.ConvTranspose2d(3, 2, (3, 2), 2), "spectral_norm/transposed"),
                                        "spectral_norm/transposed", 2, 3, 2, 3),
    })
