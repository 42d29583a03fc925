#!/usr/bin/env python3
"""One-class anomaly detection on MNIST: a VAE learns one digit and tells the test images of the others by four scores, ten times.

    one_class.py                  every digit, one seed
    one_class.py --jobs 2 --seeds 3 --architecture conv
    one_class.py --table

The papers' figures are means over the ten digits of the area under the receiver operating characteristic, on the same split. What
has ended is kept in the folder of results: started again, it goes on.
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support.markdown import table
from reproductions.runs import SUCCESS, Run, add_options, mean_and_error, reproduce, text_of

SCORES = {"unexplained": "auc_unexplained", "reconstruction": "auc_reconstruction", "ELBO": "auc_elbo", "likelihood": "auc_likelihood"}
# Means over the digits, in %: Ruff et al. 2018, table 1.
PAPER = "DCAE 89.7, AnoGAN 91.3, Deep SVDD 94.8 (Ruff et al. 2018, table 1)"


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1, help="default: 1")
    parser.add_argument("--epochs", type=int, default=60, help="default: 60")
    parser.add_argument("--architecture", default="mlp", help="of mnist_one_class (default: mlp)")
    parser.add_argument("--latent", type=int, default=20, help="default: 20")
    add_options(parser, "mnist_one_class", "one_class")
    return parser.parse_args()


def runs_of(options, program):
    for seed in range(options.seeds):
        for digit in range(10):
            command = (str(program), "--class", str(digit), "--architecture", options.architecture, "--latent", str(options.latent),
                       "--epochs", str(options.epochs), "--seed", str(seed), "--threads", "1", "--quiet")
            yield Run((f"{options.architecture}{options.latent}", f"{options.epochs}epochs", digit, seed), command, resume=("--resume",))


def report(options, runs):
    results = [result for result in runs.results() if result.status == SUCCESS]
    rows = []
    for name, measure in SCORES.items():
        of_digits = []
        for digit in range(10):
            values = [r.value(measure) for r in results if r.run.key[2] == digit]
            of_digits.append(sum(values) / len(values) if values else None)
        mean = None if None in of_digits else sum(of_digits) / 10
        rows.append([name, *("–" if value is None else f"{100 * value:.1f}" for value in (*of_digits, mean))])
    heads = ["area under ROC, %", *map(str, range(10)), "mean"]
    seconds = mean_and_error(r.seconds for r in results)
    return f"{table(heads, rows)}\n\nPapers, means: {PAPER}. {text_of(seconds, 0)} seconds of a core for each digit."


if __name__ == "__main__":
    reproduce(parse(), "mnist_one_class", runs_of, report)
