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


def random_affine():
    """Forward maps composed by hand, inverted by NumPy, in the normalized coordinates of PyTorch's grids."""
    cases = {}
    for name, (turn, slant, scale, shift, mirrored) in {
        "turned": (25, 0, 1, 0, 0), "slanted": (0, -20, 1, 0, 0), "smaller": (0, 0, 0.7, 0, 0),
        "shifted": (0, 0, 1, 0.15, 0), "mirrored": (0, 0, 1, 0.1, 1), "all": (-40, 15, 1.3, -0.1, 1),
    }.items():
        height, width = 7, 6
        images = golden.random(f"random_affine/{name}", 2, 2, height, width, low=0, high=1)
        c, s, lean = np.cos(np.radians(turn)), np.sin(np.radians(turn)), np.tan(np.radians(slant))
        # Of (x, y) from the middle, y downwards: mirror, then slant, scale, turn, shift.
        matrix = (np.array([[c, -s], [s, c]]) * scale) @ np.array([[1, -lean], [0, 1]]) @ np.diag([1 - 2 * mirrored, 1])
        forward = np.eye(3)
        forward[:2, :2] = matrix
        forward[:2, 2] = shift * width, shift * height
        to_pixels = np.diag([width / 2, height / 2, 1])  # from [-1, 1], the outer edges of the border's pixels
        back = np.linalg.inv(to_pixels) @ np.linalg.inv(forward) @ to_pixels
        theta = torch.tensor(back[:2]).expand(2, 2, 3)
        grid = functional.affine_grid(theta, images.shape, align_corners=False)
        cases[name] = {"images": images, "turn": turn, "slant": slant, "scale": scale, "down": shift,
                       "mirrored": mirrored, "moved": functional.grid_sample(images, grid, align_corners=False)}
    golden.write("data/random_affine", cases)


def write():
    resize()
    random_affine()
