#!/usr/bin/python3
"""Whether PyTorch understands a weight file: `check_weights.py network|vae WEIGHTS PASSES`

Loads the safetensors file WEIGHTS, which `save_weights` wrote, into the equivalent modules (strictly: every name and
shape must be theirs) and compares what they compute with the passes in the safetensors file PASSES: for each module an
input `<module>.x` and the library's output `<module>.y`. tests/io/weights.cpp runs it. Exits with 1 where anything
differs, with 77 where there is no PyTorch.
"""

import pathlib
import sys

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit(77)

sys.dont_write_bytecode = True

import weights


def vae():
    return nn.ModuleDict({
        "encoder": nn.Sequential(nn.Conv2d(1, 3, (4, 2), stride=2), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(36, 6)),
        "decoder": nn.Sequential(nn.Linear(3, 24), nn.Unflatten(1, (2, 3, 4)),
                                 nn.ConvTranspose2d(2, 1, (4, 2), stride=2)),
    })


def main(kind, weights_path, passes_path):
    module = {"network": weights.network, "vae": vae}[kind]().to(torch.float64).eval()
    state, metadata = weights.load(pathlib.Path(weights_path))
    passes, _ = weights.load(pathlib.Path(passes_path))
    scalar = passes["x" if kind == "network" else "encoder.x"].dtype
    if metadata.get("format") != "pt" or "eigenerate" not in metadata.get("producer", ""):
        sys.exit(f"metadata: {metadata}")
    for key, value in state.items():
        if value.dtype != (torch.int64 if key.endswith("num_batches_tracked") else scalar):
            sys.exit(f"{key} is {value.dtype}")
    module.load_state_dict(state, strict=True)

    # A float network computes in float: some hundred roundings of 2^-24 each, most of which cancel.
    tolerance = 1e-12 if scalar == torch.float64 else 5e-6
    for prefix, part in {"": module}.items() if kind == "network" else {f"{k}.": m for k, m in module.items()}.items():
        x, y = passes[f"{prefix}x"].double(), passes[f"{prefix}y"].double()
        error = ((part(x) - y).norm() / y.norm()).item()
        if not error <= tolerance:
            sys.exit(f"{prefix}y differs by {error}")
        print(f"{prefix}y: {len(part.state_dict())} tensors, within {error:.1e}")


if __name__ == "__main__":
    with torch.no_grad():
        main(*sys.argv[1:])
