"""Goldens of the activations: values, gradients and double backward."""

from torch import nn

import golden
import second_order


class Rescale(nn.Module):
    def __init__(self, scale, shift):
        super().__init__()
        self.scale, self.shift = scale, shift

    def forward(self, x):
        return self.scale * x + self.shift


# File, name of the case, module, hyper-parameters as the test reads them.
ACTIVATIONS = [
    ("relu", "default", nn.ReLU(), {}),
    ("leaky_relu", "default", nn.LeakyReLU(), {"slope": 0.01}),
    ("leaky_relu", "DCGAN", nn.LeakyReLU(0.2), {"slope": 0.2}),
    ("elu", "default", nn.ELU(), {"alpha": 1.0}),
    ("elu", "alpha 0.7", nn.ELU(0.7), {"alpha": 0.7}),
    ("rescale", "default", Rescale(-2.5, 0.75), {"scale": -2.5, "shift": 0.75}),
    ("silu", "default", nn.SiLU(), {}),
    ("gelu", "default", nn.GELU(), {}),
    ("tanh", "default", nn.Tanh(), {}),
    ("sigmoid", "default", nn.Sigmoid(), {}),
    ("softplus", "default", nn.Softplus(), {"beta": 1.0, "threshold": 20.0}),
    ("softplus", "above and below the threshold", nn.Softplus(3, 2), {"beta": 3.0, "threshold": 2.0}),
]


def prelu():
    cases = {}
    for name, slopes in [("one slope", 1), ("a slope for each channel", 3)]:
        module = golden.randomize(nn.PReLU(slopes), f"prelu/{name}")
        cases[name] = {"slopes": slopes, **second_order.case(module, f"prelu/{name}", 2, 3, 2, 4)}
    golden.write("layers/prelu", cases)


def write():
    prelu()
    files = {}
    for file, name, module, parameters in ACTIVATIONS:
        files.setdefault(file, {})[name] = {**parameters, **second_order.case(module, f"{file}/{name}", 2, 3, 2, 4)}
    for file, cases in files.items():
        golden.write(f"layers/{file}", cases)
