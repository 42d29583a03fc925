#!/usr/bin/env python3
"""Writes the generators of training_pytorch.py as ONNX files, for onnxruntime: export_onnx.py FOLDER.

identity.onnx copies images to images: running it costs what a call costs without any work.
"""
import sys
from pathlib import Path

import torch
from torch import nn

import training_pytorch as models


class Reshape(nn.Module):
    """What nn.Unflatten(1, shape) does, which the exporter of PyTorch 1.13 does not know."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(-1, *self.shape)


def layers(network):
    """Those of a nest of nn.Sequential, in order."""
    for layer in network:
        if isinstance(layer, nn.Sequential):
            yield from layers(layer)
        else:
            yield Reshape(layer.unflattened_size) if isinstance(layer, nn.Unflatten) else layer


def write(network, inputs, path):
    batch = {0: "batch"}
    torch.onnx.export(network.eval(), torch.zeros(2, inputs), path, input_names=["x"], output_names=["y"], opset_version=13,
                      dynamic_axes={"x": batch, "y": batch})


def main():
    folder = Path(sys.argv[1])
    for name in ("mlp_vae", "conv_vae", "mlp_gan", "dcgan"):
        model = getattr(models, name)()
        write(nn.Sequential(*layers([model.generator()])), model.latent, folder / f"{name}.onnx")
    write(nn.Identity(), 784, folder / "identity.onnx")


if __name__ == "__main__":
    main()
