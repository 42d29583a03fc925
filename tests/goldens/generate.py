#!/usr/bin/python3
"""Generates the golden files of the tests: `/usr/bin/python3 tests/goldens/generate.py [section]...`

Needs PyTorch and, for the measures, SciPy, for pictures PIL (Debian: python3-torch, python3-scipy, python3-pil; made with
1.13, 1.10 and 9.4). Without arguments every section runs. The files are committed, so the tests need neither Python nor PyTorch. Running this again
leaves them unchanged, but for last digits on another CPU or version.
"""

import importlib
import sys

sys.dont_write_bytecode = True  # no __pycache__ in the source tree

SECTIONS = ["activations", "adversarial", "composites", "compression", "conditions", "convolutions", "datasets",
            "discriminators", "disentanglement", "distributions", "ladder", "latent_parts", "latent_space",
            "latent_terms", "losses", "measures", "models", "networks", "normalizations", "optimizers", "own_data",
            "pooling", "quantizers", "semi_supervised", "weights"]


def main(sections):
    unknown = [name for name in sections if name not in SECTIONS]
    if unknown:
        sys.exit(f"no section named {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    for name in sections or SECTIONS:
        importlib.import_module(name).write()


if __name__ == "__main__":
    main(sys.argv[1:])
