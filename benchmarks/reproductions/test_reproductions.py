#!/usr/bin/env python3
"""The reproductions with next to no work in each run: test_reproductions.py TOY_GAN FOLDER

Do they go on where they were stopped, does nothing run twice, and do the tables say what the runs said?
"""
import json
import shutil
import signal
import subprocess
import sys
import time
from math import isclose, sqrt
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from reproductions.runs import DIVERGED, Result, Run, RunError, Runs, mean_and_error, text_of
from reproductions import compression, disentanglement, likelihoods, one_class, semi_supervised
from reproductions.stability import failure, row

MODE_COVERAGE = Path(__file__).resolve().parent / "mode_coverage.py"

# Stands in for a program: leaves a note of every start and a checkpoint, takes until `--count` starts to end. Started with
# `--resume yes` it needs the checkpoint.
PROGRAM = """
import json, pathlib, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
out = pathlib.Path(options["--out"])
checkpoint = out / "checkpoint_last.safetensors"
if "--resume" in options and not checkpoint.exists():
    sys.exit(1)
if "--resume" not in options and checkpoint.exists() and options["--checked"] == "yes":
    sys.exit(1)
checkpoint.touch()
starts = out / "starts"
starts.write_text(starts.read_text() + "x" if starts.exists() else "x")
if len(starts.read_text()) < int(options["--count"]):
    sys.exit(int(options["--code"]))
(out / "measures.json").write_text(json.dumps({"modes": [int(options["--modes"]), 0]}))
sys.exit(int(options["--end"]))
"""


def stand_in(name, modes=1, count=1, code=130, end=0, resume=()):
    return Run((name,), (sys.executable, "-c", PROGRAM, "--modes", str(modes), "--count", str(count), "--code", str(code), "--end",
                         str(end), "--checked", "yes" if resume else "no"), resume=resume)


def starts(folder, run):
    return len((folder / run.name() / "starts").read_text())


def quiet(line):
    pass


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def test_statistics():
    assert mean_and_error([]) is None and text_of(None, 1) == "–"
    assert mean_and_error([3]) == (3, None) and text_of((3, None), 1) == "3.0"
    mean, error = mean_and_error([1, 2, 3, 6])
    assert mean == 3 and isclose(error, sqrt(14 / 3 / 4))
    assert text_of((0.9361, 0.0062), 1, 100, " %") == "93.6 ± 0.6 %"


def test_nothing_runs_twice(folder):
    runs = [stand_in("a", modes=5), stand_in("b", modes=7), stand_in("c", end=DIVERGED)]
    for _ in range(2):
        Runs(runs, folder).perform(jobs=2, tell=quiet)
    assert [starts(folder, run) for run in runs] == [1, 1, 1]
    results = Runs(runs, folder).results()
    assert [result.value("modes") for result in results] == [5, 7, None]
    assert [result.status for result in results] == [0, 0, DIVERGED]


def test_goes_on_after_an_interruption(folder):
    run, other = stand_in("slow", modes=4, count=2), stand_in("other")
    runs = Runs([run, other], folder)
    try:
        runs.perform(tell=quiet)
        raise AssertionError("a run that did not end was taken for one that did")
    except RunError as error:
        assert "slow: exit status 130" in str(error), error
    assert runs.result(run) is None and runs.result(other), "one run's failure has stopped another one"
    runs.perform(tell=quiet)
    assert runs.result(run).value("modes") == 4 and starts(folder, run) == 2 and starts(folder, other) == 1


def test_resumes_where_there_is_a_checkpoint(folder):
    run = stand_in("strict", modes=4, count=2, resume=("--resume", "yes"))
    for _ in range(2):
        try:
            Runs([run], folder).perform(tell=quiet)
        except RunError as error:
            assert "exit status 130" in str(error), error
    assert Runs([run], folder).result(run).value("modes") == 4


def test_refuses_results_of_other_options(folder):
    Runs([stand_in("a", modes=1)], folder).perform(tell=quiet)
    try:
        Runs([stand_in("a", modes=2)], folder).results()
        raise AssertionError("results of other options were taken")
    except RunError as error:
        assert "holds another run" in str(error)


def test_a_record_outlives_the_folder(folder):
    run, other, record = stand_in("a", modes=5), stand_in("c", end=DIVERGED), folder / "record.jsonl"
    Runs([run], folder / "one", record).perform(tell=quiet)
    runs = Runs([run, other], folder / "another", record)
    runs.perform(tell=quiet)
    assert not (folder / "another/a").exists(), "what is on record ran again"
    for results in (runs.results(), Runs([run, other], folder / "none", record).results()):
        assert [(result.value("modes"), result.status) for result in results] == [(5, 0), (None, DIVERGED)]
    late = folder / "late.jsonl"  # a record that begins after a run has ended
    for _ in range(2):
        Runs([run], folder / "one", late).perform(tell=quiet)
    assert len(late.read_text().splitlines()) == 1 and starts(folder / "one", run) == 1
    assert Runs([run], folder / "none", late).result(run).value("modes") == 5
    for broken in ("{", "[]", '{"run": "a"}'):
        late.write_text(broken + "\n")
        try:
            Runs([run], folder / "none", late)
            raise AssertionError("a broken record was taken")
        except RunError as error:
            assert "is no record" in str(error)
    try:
        Runs([stand_in("a", modes=2)], folder / "none", record).results()
        raise AssertionError("a record of other options was taken")
    except RunError as error:
        assert "holds another a" in str(error)


def mode_coverage(program, folder, *options):
    command = [sys.executable, str(MODE_COVERAGE), "--program", str(program), "--out", str(folder), "--smoke", *options]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout, run.stderr


def test_mode_coverage(program, folder):
    options = ("--trials", "2", "--epochs", "1", "--only", "GAN", "PacGAN2", "best", "--jobs", "2")
    text, told = mode_coverage(program, folder, *options)
    assert "0 of 12 runs have ended already" in told
    again, told = mode_coverage(program, folder, *options)
    assert "12 of 12 runs have ended already" in told and again == text
    row = [line.split(" | ") for line in text.splitlines() if line.startswith("| GAN |")][1]  # of the grid
    modes = [json.loads(path.read_text())["modes"][0] for path in sorted(folder.glob("GAN-grid-*/measures.json"))]
    assert len(modes) == 2
    assert row[1:4] == ["2", text_of(mean_and_error(modes), 1), "17.3 ± 0.8"], row


def test_interrupted_mode_coverage(program, folder):
    """Ctrl-C: the program saves, and a second start ends with the bits of an undisturbed run."""
    options = ("--trials", "1", "--epochs", "300", "--only", "GAN", "--data", "ring")
    command = [sys.executable, str(MODE_COVERAGE), "--program", str(program), "--out", str(folder / "stopped"), "--smoke", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    metrics = folder / "stopped/GAN-ring-300epochs-0/metrics.jsonl"
    while process.poll() is None and not (metrics.exists() and metrics.read_text().count("\n") > 2):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told = process.communicate()[1]
    assert process.returncode == 130 and "interrupted" in told, (process.returncode, told)
    mode_coverage(program, folder / "stopped", *options)
    mode_coverage(program, folder / "straight", *options)
    measured = [(folder / name / "GAN-ring-300epochs-0/measures.json").read_text() for name in ("stopped", "straight")]
    assert measured[0] == measured[1], measured
    assert json.loads(measured[0])["epochs"] == 300


def test_stability():
    """What counts as a failure, and what the table makes of it."""
    def result(seed, status=0, coverage=0.8, smallest=0.05, frechet=2.0):
        names = ("precision", "recall", "density", "recognized", "real_precision", "real_recall", "real_density", "real_recognized",
                 "real_frechet_distance")
        measures = {name: [0.5, 0.1] for name in names}
        measures.update(coverage=[coverage, 0.01], real_coverage=[0.98, 0.01], frechet_distance=[frechet, 0.1],
                        smallest_class=smallest)
        return Result(Run(("stable", "mnist", "20epochs", seed), ()), status, 10, {} if status else measures)
    results = [result(0), result(1, coverage=0.48), result(2, smallest=0.01, frechet=9.0), result(3, status=DIVERGED)]
    assert [failure(r) for r in results] == [None, "coverage", "class lost", "not finite"]
    assert row("stable", results)[1:5] == ["3 of 4 (class lost 1, coverage 1, not finite 1)", "2.00", "9.00", "0.50"]
    assert row("stable", results[:1])[1] == "0 of 1" and row("stable", results[3:])[2] == "–"


def test_likelihoods():
    assert [likelihoods.epochs_of(stages) for stages in (1, 2, 6, 8)] == [1, 4, 364, 3280]
    result = Result(Run(("IWAE-5", "6stages", 0), ()), 0, 1200, {"nll": [86.123, 0.271]})
    assert likelihoods.row("IWAE, 5", result) == ["IWAE, 5", "0", "86.12 ± 0.27", "85.59 to 86.65", "85.54", "20"]
    diverged = Result(Run(("IWAE-5", "6stages", 1), ()), DIVERGED, 60)
    assert likelihoods.row("IWAE, 5", diverged)[2:4] == ["–", "–"]


def test_disentanglement():
    """Differences are of one seed, and their interval is Student's."""
    def result(name, seed, mig):
        measures = {measure: [0.5, 0.1] for measure, _, _ in disentanglement.MEASURES}
        return Result(Run((name, "usualepochs", seed), ()), 0, 90, {**measures, "mig": mig})
    runs = SimpleNamespace(results=lambda: [result("vae", 0, 0.1), result("vae", 1, 0.2), result("vae", 2, 0.1),
                                            result("tcvae6", 0, 0.3), result("tcvae6", 1, 0.3), result("tcvae6", 3, 0.9)])
    lines = disentanglement.report(SimpleNamespace(only=["VAE", "β-TCVAE"]), runs).splitlines()
    assert lines[2].startswith("| VAE | 3 | 0.133 ± 0.033 | 0.500 ± 0.000 |") and lines[2].endswith("| 1.5 |"), lines[2]
    assert lines[4].startswith("| β-TCVAE less VAE, 95 % | 2 | 0.150 ± 0.635 | 0.000 ± 0.000 |"), lines[4]
    assert lines[6] == "The gap of the β-TCVAE is larger than the VAE's in 2 of 2 seeds."
    assert disentanglement.interval_of([1]) is None and disentanglement.interval_of([1] * 18)[1] == 0
    options = SimpleNamespace(first_seed=3, seeds=2, only=["VAE", "β-TCVAE"], beta=4, epochs=None, smoke=False)
    names = [run.name() for run in disentanglement.runs_of(options, "p")]
    assert names == ["vae-usualepochs-3", "tcvae4-usualepochs-3", "vae-usualepochs-4", "tcvae4-usualepochs-4"]
    options.beta, options.seeds = 0, 1
    assert [run.name() for run in disentanglement.runs_of(options, "p")] == ["vae-usualepochs-3", "tcvae0-usualepochs-3"]


def test_semi_supervised():
    options = SimpleNamespace(labels=10, seeds=2, epochs=7, m1_epochs=5)
    runs = list(semi_supervised.runs_of(options, "p"))
    assert [run.name() for run in runs] == ["100labels-5and7epochs-0", "100labels-5and7epochs-1"]
    results = [Result(run, 0, 120, {"m1_error": [m1, 0.01], "error": [m2, 0.01]}) for run, m1, m2 in zip(runs, (0.1, 0.12), (0.03, 0.05))]
    lines = semi_supervised.report(options, SimpleNamespace(results=lambda: results)).splitlines()
    assert lines[2].endswith("| 100 | 5 | 2 | 11.00 ± 1.00 | 11.82 ± 0.25 |"), lines[2]
    assert lines[3] == "| M1+M2 | 100 | 7 | 2 | 4.00 ± 1.00 | 3.33 ± 0.14 |", lines[3]
    assert lines[5] == "2.0 minutes of a core for each seed."


def test_one_class():
    options = SimpleNamespace(seeds=2, epochs=3, architecture="mlp", latent=20)
    runs = list(one_class.runs_of(options, "p"))
    assert len(runs) == 20 and runs[13].name() == "mlp20-3epochs-3-1"
    results = [Result(run, 0, 60, {measure: [0.9 + 0.01 * run.key[3], 0.01] for measure in one_class.SCORES.values()}) for run in runs]
    lines = one_class.report(options, SimpleNamespace(results=lambda: results)).splitlines()
    assert lines[2] == "| unexplained |" + " 90.5 |" * 11, lines[2]
    assert lines[7].endswith("60 ± 0 seconds of a core for each digit.")
    some = one_class.report(options, SimpleNamespace(results=lambda: results[:9])).splitlines()
    assert some[2].endswith("| 90.0 | – | – |"), some[2]


def test_compression(folder):
    options = SimpleNamespace(dataset="mnist", seeds=1, epochs=3, out=folder)
    binary, gray = compression.runs_of(options, "p")
    assert [binary.name(), gray.name()] == ["binary-mnist-3epochs-0", "gray-mnist-3epochs-0"]
    assert "--gray" in gray.command and "--gray" not in binary.command
    (folder / binary.name()).mkdir()
    (folder / binary.name() / "images.raw").write_bytes(bytes(98 * 1000))
    results = [Result(binary, 0, 60, {"images": 1000, "rate": 0.25, "gzip": 0.5})]
    lines = compression.report(options, SimpleNamespace(results=lambda: results)).splitlines()
    cells = [cell.strip() for cell in lines[2].strip("|").split("|")]
    assert cells[:5] == ["binary", "–", "0.2500", "–", "0.5000"] and cells[7] == "–", cells
    assert 0 < float(cells[5]) < 0.01 and 0 < float(cells[6]) < 0.01, cells  # of zeros
    assert lines[3].startswith("| binary, the paper | 0.19 | 0.19 |  | 0.33 | 0.25 |  | 0.78"), lines[3]
    assert lines[4] == "| gray |" + " – |" * 7, lines[4]


def main():
    program, folder = map(Path, sys.argv[1:])
    test_statistics()
    test_stability()
    test_likelihoods()
    test_disentanglement()
    test_semi_supervised()
    test_one_class()
    for test in (test_nothing_runs_twice, test_goes_on_after_an_interruption, test_resumes_where_there_is_a_checkpoint,
                 test_refuses_results_of_other_options, test_a_record_outlives_the_folder, test_compression):
        test(fresh(folder / "reproductions" / test.__name__))
    for test in (test_mode_coverage, test_interrupted_mode_coverage):
        test(program, fresh(folder / "reproductions" / test.__name__))


if __name__ == "__main__":
    main()
