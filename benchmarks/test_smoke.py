#!/usr/bin/env python3
"""The whole suite with next to no work in each measurement: test_smoke.py PROGRAMS FOLDER

Does every part still run, with everybody's own instructions and with AVX2 alone, and does a guard fail that was stored by
a run which no machine can match?
"""
import json
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from support import guard
from support.spread import Spread

REPORT = Path(__file__).resolve().parent / "report.py"
SECTIONS = ("Machine", "Targets", "Training steps", "Batch size", "Depth", "Size of the dataset", "Generation", "Kernels")
UNMATCHED = "training step, MLP VAE, of the peak"
EASY = "training step, DCGAN, of the peak"


def report(programs, out, *options):
    """(exit status, what it told, the report)."""
    out.unlink(missing_ok=True)
    run = subprocess.run([sys.executable, REPORT, "--smoke", "--programs", programs, "--out", out, *options],
                         stderr=subprocess.PIPE, text=True)
    sys.stderr.write(run.stderr)
    text = out.read_text() if out.exists() else ""
    for section in SECTIONS if text else ():
        assert f"\n## {section}\n" in text, f"no section {section}"
    return run.returncode, run.stderr, text


def test_guard_and_store(programs, folder):
    store, matchless = folder / "smoke.json", folder / "matchless.json"
    guard.store(matchless, {}, {UNMATCHED: Spread(1e6, 1e6, 1e6), EASY: Spread(1e-9, 1e-9, 1e-9)})
    store.unlink(missing_ok=True)
    status, told, text = report(programs, folder / "smoke.md", "--store", store, "--guard", matchless)
    assert status == 1, f"exit status {status} where the guard must fail with 1"
    slower = [line for line in told.splitlines() if line.startswith("slower: ")]
    assert len(slower) == 1 and UNMATCHED in slower[0], f"the guard told of {slower}"
    assert slower[0] in text
    ratios = json.loads(store.read_text())["ratios"]
    assert UNMATCHED in ratios and len(ratios) > 20, "the run was not stored"


def test_one_instruction_set(programs, folder):
    status, told, text = report(programs, folder / "smoke_avx2.md", "--isa", "avx2")
    if "no avx2: it has" in told:
        return
    assert status == 0, f"exit status {status}"
    assert "instruction set in use avx2;" in text and "| GFLOP/s, avx2 |" in text
    assert "avx512/" not in text, "a wider instruction set was measured"


def main():
    programs, folder = map(Path, sys.argv[1:])
    test_guard_and_store(programs, folder)
    test_one_instruction_set(programs, folder)


if __name__ == "__main__":
    main()
