#!/usr/bin/env python3
"""How many modes of a mixture GANs find: Tables 1 and 3 of Lin et al. 2018 (PacGAN), ours beside the paper's.

    mode_coverage.py                          3 trials of every method on ring and grid, 40 epochs each
    mode_coverage.py --full                   10 trials of 400 epochs, as the paper
    mode_coverage.py --data digits --epochs 20 --only GAN PacGAN2

What has ended is kept in the folder of results: started again, it goes on, and with everything there it prints the table.
A recipe is known there by its name: after a change to it, its folders are to be removed.
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support.markdown import table
from reproductions.runs import DIVERGED, Run, add_options, mean_and_error, reproduce, text_of

# In the order in which they run. Packs widen the batch, so that every method takes as many steps.
METHODS = {
    "best": ("--recipe", "best"),
    "GAN": ("--recipe", "gan"),
    "PacGAN2": ("--recipe", "gan", "--pac", "2"),
    "R1": ("--recipe", "r1"),
    "WGAN-GP": ("--recipe", "wgan-gp"),
    "PacGAN4": ("--recipe", "gan", "--pac", "4"),
    "PacGAN3": ("--recipe", "gan", "--pac", "3"),
}
# Of stacked digits: the paper draws new ones for each step, and there are a billion (10 epochs of these are 10,000 steps).
OF_DATA = {"digits": ("--samples", "128000")}
# And its methods have other rates of learning there.
DIGITS = ("--discriminator-pace", "2", "--beta1", "0.5", "--beta2", "0.99")
OF_METHOD = {("digits", method): DIGITS for method in ("GAN", "PacGAN2", "PacGAN3", "PacGAN4")}

# Of each data set the measures that the paper gives: (name, heading, digits, scale, unit).
MODES, QUALITY, KL = ("modes", "modes", 1, 1, ""), ("high_quality", "high quality", 1, 100, " %"), \
    ("reverse_kl", "reverse KL", 2, 1, "")
MEASURES = {"ring": (MODES, QUALITY, KL), "grid": (MODES, QUALITY, KL), "digits": (MODES, KL)}
PAPER = {
    "ring": {"GAN": ("6.3 ± 0.5", "98.2 ± 0.2 %", "0.45 ± 0.09"), "PacGAN2": ("7.9 ± 0.1", "95.6 ± 2.0 %", "0.07 ± 0.03"),
             "PacGAN3": ("7.8 ± 0.1", "97.7 ± 0.3 %", "0.10 ± 0.02"),
             "PacGAN4": ("7.8 ± 0.1", "95.9 ± 1.4 %", "0.07 ± 0.02")},
    "grid": {"GAN": ("17.3 ± 0.8", "94.8 ± 0.7 %", "0.70 ± 0.07"), "PacGAN2": ("23.8 ± 0.7", "91.3 ± 0.8 %", "0.13 ± 0.04"),
             "PacGAN3": ("24.6 ± 0.4", "94.2 ± 0.4 %", "0.06 ± 0.02"),
             "PacGAN4": ("24.8 ± 0.2", "93.6 ± 0.6 %", "0.04 ± 0.01")},
    "digits": {"GAN": ("78.5 ± 17.6", "5.21 ± 0.19"), "PacGAN2": ("484.5 ± 33.0", "2.61 ± 0.22"),
               "PacGAN3": ("601.3 ± 32.2", "2.00 ± 0.17"), "PacGAN4": ("667.4 ± 29.0", "1.81 ± 0.15")},
}
SMOKE = ("--samples", "200", "--batch-size", "20", "--judged", "100")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=["ring", "grid"], choices=PAPER, help="default: ring grid")
    parser.add_argument("--only", nargs="+", default=list(METHODS), choices=METHODS, metavar="METHOD", help=", ".join(METHODS))
    parser.add_argument("--trials", type=int, help="default: 3")
    parser.add_argument("--epochs", type=int, help="default: 40")
    parser.add_argument("--full", action="store_true", help="10 trials of 400 epochs")
    add_options(parser, "toy_gan", "mode_coverage")
    parser.add_argument("--smoke", action="store_true", help="next to no work, for a test of this program")
    options = parser.parse_args()
    options.trials = options.trials or (10 if options.full else 3)
    options.epochs = options.epochs or (400 if options.full else 40)
    return options


def runs_of(options, program):
    """One trial of everything first, so that an early table has a row of each method."""
    for trial in range(options.trials):
        for method in options.only:
            for data in options.data:
                command = [str(program), "--dataset", data, *METHODS[method], *OF_METHOD.get((data, method), ()), "--epochs",
                           str(options.epochs), "--seed", str(trial), "--threads", "1", "--checkpoint-epochs", "4", "--quiet",
                           "--resume", *(SMOKE if options.smoke else OF_DATA.get(data, ()))]
                yield Run((method, data, f"{options.epochs}epochs", trial), tuple(command))


def row(data, method, results):
    """Of the trials of a method that have ended; diverged ones are counted beside the means of the others."""
    good = [result for result in results if result.status != DIVERGED]
    trials = f"{len(results)}" if len(good) == len(results) else f"{len(results)}, {len(results) - len(good)} diverged"
    ours = [text_of(mean_and_error(result.value(name) for result in good), digits, scale, unit)
            for name, _, digits, scale, unit in MEASURES[data]]
    paper = PAPER[data].get(method, ("–",) * len(ours))
    minutes = sum(result.seconds for result in results) / len(results) / 60
    return [method, trials, *(cell for pair in zip(ours, paper) for cell in pair), f"{minutes:.1f}"]


def report(options, runs):
    parts = []
    for data in options.data:
        heading = ["", "trials", *(cell for _, name, *_ in MEASURES[data] for cell in (name, "paper")), "minutes each"]
        rows = []
        for method in options.only:
            found = [result for result in runs.results() if result.run.key[:2] == (method, data)]
            if found:
                rows.append(row(data, method, found))
        parts.append(f"{data}, {options.epochs} epochs\n\n{table(heading, rows)}")
    return "\n\n".join(parts)


if __name__ == "__main__":
    reproduce(parse(), "toy_gan", runs_of, report)
