"""Goldens of people's own data: files that NumPy and PIL wrote, and what they and PyTorch make of them."""

import numpy
import torch
from PIL import Image, ImageOps
from torch.nn import functional as F

import golden

FOLDER = golden.FOLDER / "data"


def arrays():
    """One file for each version of the format, element type and byte order that is of interest."""
    def save(name, array, version=(1, 0)):
        with open(FOLDER / f"{name}.npy", "wb") as file:
            numpy.lib.format.write_array(file, array, version)

    numbers = golden.random("npy", 3, 4).numpy()
    save("float", numbers.astype("<f4"))
    save("double_v2", numbers.astype("<f8"), (2, 0))
    save("big_endian_v3", numbers.astype(">f8"), (3, 0))
    save("bytes", numpy.arange(2 * 2 * 3 * 3, dtype="u1").reshape(2, 3, 2, 3))  # n, C, H, W
    save("labels", numpy.array([2, 0, 1], dtype="i8"))
    save("short_labels", numpy.array([2, 0, 1], dtype=">i4"))
    save("fortran", numpy.asfortranarray(numbers))
    save("half", numbers.astype("f2"))
    save("objects", numpy.array([{}, None], dtype=object))
    golden.write("data/load_numpy", {"numbers": {"x": torch.tensor(numbers)}})


def resample():
    """F.interpolate with antialias weighs as our triangles do."""
    cases = {}
    for name, (height, width), size in [("smaller", (13, 17), (5, 4)), ("larger", (4, 3), (9, 7)),
                                        ("one pixel", (6, 5), (1, 1)), ("one way each", (5, 12), (11, 6)),
                                        ("the same", (4, 6), (4, 6))]:
        x = golden.random(f"resample/{name}", 1, 3, height, width, low=0, high=255).round()
        y = F.interpolate(x, size, mode="bilinear", antialias=True)
        cases[name] = {"x": x, "y": y}
    golden.write("data/resample", cases)


def pictures():
    """A photograph's kind of file, read, turned gray, cut and shrunk by PIL."""
    rows = numpy.linspace(0, 1, 30)[:, None]
    columns = numpy.linspace(0, 1, 44)[None, :]
    planes = [200 * rows + 30 * columns, 60 + 120 * columns + 0 * rows, 128 + 100 * numpy.sin(5 * (rows + columns))]
    image = Image.fromarray(numpy.stack(planes, 2).astype("u1"))
    image.save(FOLDER / "picture.jpg", quality=90)
    image = Image.open(FOLDER / "picture.jpg")

    def tensor(picture):
        values = numpy.array(picture)
        return torch.tensor(values if values.ndim == 3 else values[:, :, None]).permute(2, 0, 1)[None].double()

    golden.write("data/load_images", {
        "crop": {"y": tensor(ImageOps.fit(image, (8, 12), Image.BILINEAR))},
        "stretch": {"y": tensor(image.resize((8, 12), Image.BILINEAR))},
        "gray": {"y": tensor(ImageOps.fit(image.convert("L"), (8, 12), Image.BILINEAR))},
    })


def write():
    arrays()
    resample()
    pictures()
