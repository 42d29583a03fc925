"""Goldens of weight files: safetensors files of state dicts, and what their modules compute."""

import json
import struct

import torch
from torch import nn

import golden

DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
          "U8": torch.uint8, "BOOL": torch.bool}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def save(path, tensors, metadata=None):
    """Writes a safetensors file: the header's length in eight bytes, the header in JSON, the tensors' bytes."""
    header = {"__metadata__": metadata} if metadata else {}
    data = b""
    for name, tensor in tensors.items():
        raw = bytes(tensor.detach().contiguous().flatten().view(torch.uint8).tolist())
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes")


def load(path):
    """The tensors of a safetensors file, and its metadata."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + length])
    metadata = header.pop("__metadata__", {})
    data, tensors = content[8 + length:], {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        raw = torch.tensor(list(data[begin:end]), dtype=torch.uint8)
        tensors[name] = raw.view(DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata


def network():
    """Every layer whose weights stand differently in the library's memory; no two extents are equal by accident. The
    test's network in tests/io/weights.cpp is its equal."""
    return nn.Sequential(
        nn.Conv2d(2, 3, (2, 3), stride=(1, 2), padding=(0, 1)), nn.BatchNorm2d(3), nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(3, 2, (3, 2), stride=(2, 1), padding=(1, 0), output_padding=(1, 0)), nn.Flatten(),
        nn.Linear(48, 5))


def one_pixel():
    """Ends in an image of one pixel, which PyTorch's layer norm calls (4, 1, 1)."""
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.LayerNorm([4, 1, 1]))


def write():
    module = golden.randomize(network(), "weights")
    for step in range(3):  # running statistics of three batches
        module(golden.random(f"weights/batch {step}", 4, 2, 5, 4))
    module.eval()
    x = golden.random("weights/x", 3, 2, 5, 4)
    cases = {}
    for name, dtype in [("double", torch.float64), ("float", torch.float32), ("half", torch.float16),
                        ("bfloat16", torch.bfloat16)]:
        state = {key: value.to(dtype) if value.is_floating_point() else value.clone()
                 for key, value in module.state_dict().items()}
        save(golden.FOLDER / "io" / f"weights_{name}.safetensors", state, {"format": "pt"})
        rounded = network().eval()
        rounded.load_state_dict(state)
        cases[name] = {"x": x, "y": rounded(x)}
    golden.write("io/weights", cases)

    # All of a state dict converted at once, the count of batches too, and a layer norm over the one pixel that is left.
    module = golden.randomize(one_pixel(), "weights/one pixel")
    module(golden.random("weights/one pixel/batch", 4, 2, 3, 3))
    save(golden.FOLDER / "io" / "weights_one_pixel.safetensors",
         {key: value.half() for key, value in module.state_dict().items()}, {"format": "pt"})
    rounded = one_pixel().eval()
    rounded.load_state_dict({key: value.half() for key, value in module.state_dict().items()})
    x = golden.random("weights/one pixel/x", 3, 2, 3, 3)
    golden.write("io/weights_one_pixel", {"one_pixel": {"x": x, "y": rounded(x).flatten(1)}})
