#!/usr/bin/env python3
"""Lossless compression of MNIST by bits-back coding with a VAE: tables 1 and 2 of Townsend, Bird & Barber 2019.

    compression.py                    binary and gray pixels, 20 epochs as in the authors' program, one seed
    compression.py --dataset fashion
    compression.py --table

`mnist_compress` trains on the training images, and compresses all test images; bz2 and xz compress the very bytes that it gives to
gzip, where the folder of results still has them. What has ended is kept there: started again, it goes on.
"""
import argparse
import bz2
import lzma
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support.markdown import table
from reproductions.runs import SUCCESS, Run, add_options, mean_and_error, reproduce, text_of

PIXELS = 784
# Of MNIST, for each kind of pixels by its number of levels.
PAPER = {2: {"negative_elbo": 0.19, "rate": 0.19, "gzip": 0.33, "bz2": 0.25, "png": 0.78},
         256: {"negative_elbo": 1.39, "rate": 1.41, "gzip": 1.64, "bz2": 1.42, "png": 2.79}}
COLUMNS = {"negative ELBO": "negative_elbo", "bits-back coding": "rate", "with initial bits": "rate_with_initial_bits",
           "gzip": "gzip", "bz2": "bz2", "xz": "xz", "PNG": "png"}
PACKERS = {"bz2": lambda raw: bz2.compress(raw, 9), "xz": lambda raw: lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME)}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="mnist", choices=("mnist", "fashion"), help="default: mnist")
    parser.add_argument("--epochs", type=int, default=20, help="default: 20")
    parser.add_argument("--seeds", type=int, default=1, help="default: 1")
    add_options(parser, "mnist_compress", "compression")
    return parser.parse_args()


def runs_of(options, program):
    for seed in range(options.seeds):
        for pixels, flags in (("binary", ()), ("gray", ("--gray",))):
            command = (str(program), "--dataset", options.dataset, *flags, "--epochs", str(options.epochs), "--seed", str(seed),
                       "--threads", "1", "--quiet")
            yield Run((pixels, options.dataset, f"{options.epochs}epochs", seed), command)


def value(options, result, measure):
    """Bits for a pixel; None where there is no such figure."""
    raw = options.out / result.run.name() / "images.raw"
    if measure not in PACKERS:
        return result.value(measure)
    return 8 * len(PACKERS[measure](raw.read_bytes())) / (PIXELS * result.value("images")) if raw.exists() else None


def report(options, runs):
    results = [result for result in runs.results() if result.status == SUCCESS]
    rows = []
    for pixels, levels in (("binary", 2), ("gray", 256)):
        own = [result for result in results if result.run.key[0] == pixels]
        cells = []
        for measure in COLUMNS.values():
            values = [found for found in (value(options, result, measure) for result in own) if found is not None]
            cells.append(text_of(mean_and_error(values), 4) if values else "–")
        rows.append([pixels, *cells])
        if options.dataset == "mnist":
            rows.append([f"{pixels}, the paper", *(f"{PAPER[levels][m]:.2f}" if m in PAPER[levels] else "" for m in COLUMNS.values())])
    return table(["bits for a pixel", *COLUMNS], rows)


if __name__ == "__main__":
    reproduce(parse(), "mnist_compress", runs_of, report)
