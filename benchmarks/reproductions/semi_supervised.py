#!/usr/bin/env python3
"""Digits of which 100 have labels: models M1 and M1+M2 of Kingma, Rezende, Mohamed & Welling 2014 (table 1 there).

    semi_supervised.py                         three seeds, 100 labels
    semi_supervised.py --labels 60 --seeds 5   600 labels
    semi_supervised.py --table

The paper trains M1+M2 for 3000 epochs of 100 steps, of 50 latent dimensions those that M1 uses, and classifies M1's codes by a TSVM;
here it is as many epochs as the table says, of 500 steps at three times the rate, 20 dimensions, and a logistic regression. A seed
draws the labels, too, and the paper's spread is over such draws. What has ended is kept in the folder of results: started again, it
goes on.
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from support.markdown import table
from reproductions.runs import SUCCESS, Run, add_options, mean_and_error, reproduce, text_of

PAPER = {100: ("11.82 ± 0.25", "3.33 ± 0.14"), 600: ("5.72 ± 0.05", "2.59 ± 0.05"), 1000: ("4.24 ± 0.07", "2.40 ± 0.02"),
         3000: ("3.49 ± 0.04", "2.18 ± 0.04")}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=10, help="of each class (default: 10)")
    parser.add_argument("--seeds", type=int, default=3, help="default: 3")
    parser.add_argument("--epochs", type=int, default=60, help="of M2 (default: 60)")
    parser.add_argument("--m1-epochs", type=int, default=40, help="default: 40")
    add_options(parser, "mnist_semi_supervised", "semi_supervised")
    return parser.parse_args()


def runs_of(options, program):
    for seed in range(options.seeds):
        command = (str(program), "--labels", str(options.labels), "--epochs", str(options.epochs), "--m1-epochs",
                   str(options.m1_epochs), "--images", "50000", "--seed", str(seed), "--threads", "1", "--quiet")
        yield Run((f"{10 * options.labels}labels", f"{options.m1_epochs}and{options.epochs}epochs", seed), command, resume=("--resume",))


def report(options, runs):
    results = [result for result in runs.results() if result.status == SUCCESS]
    published = PAPER.get(10 * options.labels, ("", ""))
    minutes = sum(result.seconds for result in results) / max(len(results), 1) / 60
    rows = []
    for model, measure, paper, epochs in (("M1, logistic regression (paper: TSVM)", "m1_error", published[0], options.m1_epochs),
                                          ("M1+M2", "error", published[1], options.epochs)):
        ours = text_of(mean_and_error(result.value(measure) for result in results), 2, 100)
        rows.append([model, str(10 * options.labels), str(epochs), str(len(results)), ours, paper])
    return f"{table(['', 'labels', 'epochs', 'seeds', 'test error, %', 'paper'], rows)}\n\n{minutes:.1f} minutes of a core for each seed."


if __name__ == "__main__":
    reproduce(parse(), "mnist_semi_supervised", runs_of, report)
