"""Goldens of what changes datasets: PyTorch's resampling, which Pillow's agrees with."""

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

import golden

PILLOW = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC, "area": Image.Resampling.BOX}


def resize():
    cases = {}
    for how, height, width, to in [
        ("bilinear", 5, 7, [3, 4]), ("bilinear", 3, 2, [6, 7]), ("bicubic", 8, 12, [4, 3]), ("bicubic", 5, 7, [3, 2]),
        ("bicubic", 3, 4, [6, 12]), ("bicubic", 4, 3, [4, 9]), ("area", 6, 8, [2, 4]), ("area", 3, 2, [3, 1]),
    ]:
        name = f"{how}, {height}×{width} to {to[0]}×{to[1]}"
        images = (golden.random(f"resize/{name}", 2, 2, height, width) * 256).round() / 256
        antialias = {} if how == "area" else {"antialias": True, "align_corners": False}
        resized = functional.interpolate(images, to, mode=how, **antialias)
        for image, expected in zip(images.flatten(0, 1), resized.flatten(0, 1)):
            pillow = Image.fromarray(image.numpy().astype(np.float32)).resize((to[1], to[0]), PILLOW[how])
            assert np.allclose(np.array(pillow), expected, rtol=0, atol=1e-6), name
        cases[name] = {"images": images, "resized": resized, "how": list(PILLOW).index(how)}
    golden.write("data/resize", cases)


def write():
    resize()
