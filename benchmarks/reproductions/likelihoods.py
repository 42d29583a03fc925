#!/usr/bin/env python3
"""What binarized digits cost: Table 1 of Burda et al. 2016 (IWAE), ours beside the paper's.

    likelihoods.py                        VAE and IWAE of 5 samples through stage 6 of training, 364 epochs
    likelihoods.py --stages 8             through the last stage, 3,280 epochs, as the paper
    likelihoods.py --only "IWAE, 50" "2 levels, VAE"

Needs all 60,000 digits: examples/fetch_mnist.sh fetches them. What has ended is kept in the folder of results: started again, it
goes on. -log p(x) is a mean over the test images, binarized once, by 5,000 importance samples each; its error is that of other
test images.
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support.markdown import table
from reproductions.runs import ROOT, SUCCESS, Run, add_options, reproduce, text_of

BOUNDS = {
    "VAE": ("--importance-samples", "1"),
    "IWAE, 5": ("--importance-samples", "5"),
    "IWAE, 50": ("--importance-samples", "50"),
    "VAE, 5": ("--objective", "sampled-elbo", "--importance-samples", "5"),
    "VAE, 50": ("--objective", "sampled-elbo", "--importance-samples", "50"),
    "IWAE, 5, DReG": ("--objective", "iwae-dreg", "--importance-samples", "5"),
    # Rainforth et al. 2018: 64 samples in 8 groups, or half of each bound.
    "IWAE, 64": ("--importance-samples", "64"),
    "MIWAE, 8 of 8": ("--objective", "miwae", "--importance-samples", "64", "--groups", "8"),
    "PIWAE, 8 of 8": ("--objective", "piwae", "--importance-samples", "64", "--groups", "8"),
    "CIWAE, 64": ("--objective", "ciwae", "--importance-samples", "64"),
}
# Of one level of latent vectors, and of two; these have no gradient that doubly reparameterized ones need.
METHODS = {name: ("--recipe", "burda", *bound) for name, bound in BOUNDS.items()} | \
    {f"2 levels, {name}": ("--recipe", "burda-2", *bound) for name, bound in BOUNDS.items() if "DReG" not in name} | \
    {"VAE, VampPrior": ("--recipe", "burda", "--objective", "sampled-elbo", "--prior", "vamp",  # Tomczak & Welling 2018
                        "--pseudo-inputs", "500")}
PAPER = {"VAE": "86.76", "VAE, 5": "86.47", "VAE, 50": "86.35", "IWAE, 5": "85.54", "IWAE, 50": "84.78",
         "2 levels, VAE": "85.33", "2 levels, IWAE, 5": "83.89", "2 levels, IWAE, 50": "82.90"}


def epochs_of(stages):
    """Stage i has 3^i epochs, i from 0."""
    return (3 ** stages - 1) // 2


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=["VAE", "IWAE, 5"], choices=METHODS, metavar="METHOD", help="; ".join(METHODS))
    parser.add_argument("--stages", type=int, default=6, choices=range(1, 9), help="of eight; default: 6")
    parser.add_argument("--seeds", type=int, default=1, help="default: 1")
    parser.add_argument("--samples", type=int, default=5000, help="for each test image; default: 5000")
    parser.add_argument("--data", type=Path, default=ROOT / "data/mnist", help="folder of the images (default: data/mnist)")
    add_options(parser, "mnist_vae", "likelihoods")
    return parser.parse_args()


def folder_of(method):
    return method.replace(", ", "-").replace(" ", "_")


def runs_of(options, program):
    for seed in range(options.seeds):
        for method in options.only:
            command = (str(program), *METHODS[method], "--data", str(options.data), "--epochs",
                       str(epochs_of(options.stages)), "--likelihood-samples", str(options.samples), "--seed", str(seed), "--threads",
                       "1", "--quiet")
            yield Run((folder_of(method), f"{options.stages}stages", seed), command, resume=("--resume",))


def row(method, result):
    measured = tuple(result.measures["nll"]) if result.status == SUCCESS else None
    return [method, str(result.run.key[2]), text_of(measured, 2), interval(measured), PAPER.get(method, "–"),
            f"{result.seconds / 60:.0f}"]


def interval(measured):
    """Where other test images would put it, in 95 of 100 cases."""
    if measured is None:
        return "–"
    value, error = measured
    return f"{value - 1.96 * error:.2f} to {value + 1.96 * error:.2f}"


def report(options, runs):
    rows = [row(method, result) for method in options.only for result in runs.results()
            if result.run.key[0] == folder_of(method)]
    heading = ["", "seed", "-log p(x), nats", "95 %", "paper, 3,280 epochs", "minutes"]
    return f"{epochs_of(options.stages)} epochs, {options.samples} importance samples\n\n{table(heading, rows)}"


if __name__ == "__main__":
    reproduce(parse(), "mnist_vae", runs_of, report)
