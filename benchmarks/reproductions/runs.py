"""A list of runs that goes on where it was stopped: programs side by side, each with a folder for its results.

A run that has ended is not started again; one that was interrupted goes on from its own checkpoint, because its command has
`--resume`, or gets its `resume` where there is a checkpoint. Ctrl-C, or a SIGTERM, interrupts all of them, and lets them save.

A record is a file with a line for each run that has ended. It outlives the folder of results, and the machine: what it holds is
not run again, and is in the table.
"""
import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUCCESS, DIVERGED = 0, 3  # exit codes of the programs that are results, and not accidents
RECORDED = ("options", "status", "seconds", "measures")  # of a run, in a record


class RunError(Exception):
    pass


@dataclass(frozen=True)
class Run:
    """`key` says what it is of, as (method, data, trial); `command` is complete but for its `--out`."""
    key: tuple
    command: tuple
    resume: tuple = ()  # of programs that refuse to go on from nothing

    def name(self):
        return "-".join(str(part) for part in self.key)


@dataclass(frozen=True)
class Result:
    run: Run
    status: int
    seconds: float  # of all attempts
    measures: dict = field(default_factory=dict)  # empty where it diverged

    def value(self, name):
        """None where there is none; a measure with a standard error of its own is given without it."""
        found = self.measures.get(name)
        return found[0] if isinstance(found, list) else found


class Runs:
    def __init__(self, runs, folder, record=None):
        self.runs, self.folder, self.record = list(runs), Path(folder), record and Path(record)
        self._recorded = self._read_record()
        self._processes, self._lock, self._stopped = set(), threading.Lock(), False
        names = [run.name() for run in self.runs]
        if len(set(names)) < len(names):
            raise RunError("two runs have one name")

    def result(self, run):
        """None where it has not ended yet."""
        if line := self._recorded.get(run.name()):
            if line["options"] != list(run.command[1:]):
                raise RunError(f"{self.record} holds another {run.name()}: {' '.join(line['options'])}; take its line out")
            return Result(run, line["status"], line["seconds"], line["measures"])
        record = self._record(run)
        if record.get("status") not in (SUCCESS, DIVERGED):
            return None
        measures = {}
        if record["status"] == SUCCESS:
            measures = json.loads((self._folder(run) / "measures.json").read_text())
        return Result(run, record["status"], record["seconds"], measures)

    def results(self):
        return [result for result in map(self.result, self.runs) if result]

    def perform(self, jobs=1, tell=lambda line: print(line, file=sys.stderr, flush=True)):
        """Starts what has not ended; raises RunError, once the others have ended, where a program failed."""
        waiting = [run for run in self.runs if not self.result(run)]
        tell(f"{len(self.runs) - len(waiting)} of {len(self.runs)} runs have ended already")
        for run in self.runs:  # those that ended before there was a record
            if self.record and run not in waiting and run.name() not in self._recorded:
                self._add_to_record(run)
        failures = []

        def work():
            while True:
                with self._lock:
                    if self._stopped or not waiting:
                        return
                    run = waiting.pop(0)
                try:
                    tell(self._perform(run))
                except (OSError, RunError) as error:
                    failures.append(f"{run.name()}: {error}")
                    tell(failures[-1])

        threads = [threading.Thread(target=work) for _ in range(max(1, jobs))]
        # Said outright: a shell's background jobs begin with SIGINT ignored.
        usual = {name: signal.signal(name, signal.default_int_handler) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            self._interrupt()
            for thread in threads:
                thread.join()
            raise
        finally:
            for name, handler in usual.items():
                signal.signal(name, handler)
        if failures:
            raise RunError("\n".join(failures))

    def _read_record(self):
        if not self.record or not self.record.exists():
            return {}
        try:
            lines = [json.loads(line) for line in self.record.read_text().splitlines()]
            return {line["run"]: {key: line[key] for key in RECORDED} for line in lines}
        except (ValueError, TypeError, KeyError) as error:
            raise RunError(f"{self.record} is no record of runs: {error!r}") from error

    def _add_to_record(self, run):
        """A line of what the run's folder holds."""
        result = self.result(run)
        line = {"run": run.name(), "options": list(run.command[1:]), "status": result.status, "seconds": round(result.seconds),
                "measures": result.measures}
        with self._lock, open(self.record, "a") as record:
            record.write(json.dumps(line) + "\n")
            self._recorded[run.name()] = {key: line[key] for key in RECORDED}

    def _folder(self, run):
        return self.folder / run.name()

    def _record(self, run):
        path = self._folder(run) / "run.json"
        record = json.loads(path.read_text()) if path.exists() else {}
        if record and record["options"] != list(run.command[1:]):
            raise RunError(f"{path.parent} holds another run: {' '.join(record['options'])}; remove it, or choose another folder")
        return record

    def _write(self, run, **record):
        path = self._folder(run) / "run.json"
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps({"options": list(run.command[1:]), **record}) + "\n")
        partial.replace(path)

    def _perform(self, run):
        folder = self._folder(run)
        folder.mkdir(parents=True, exist_ok=True)
        before = self._record(run).get("seconds", 0)
        self._write(run, status=None, seconds=before)
        resume = run.resume if (folder / "checkpoint_last.safetensors").exists() else ()
        begin = time.monotonic()
        with open(folder / "log", "a") as log:
            process = subprocess.Popen([*run.command, *resume, "--out", str(folder)], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                       start_new_session=True)  # a terminal's Ctrl-C reaches it through us alone
            with self._lock:
                self._processes.add(process)
                if self._stopped:
                    process.send_signal(signal.SIGINT)
            status = process.wait()
            with self._lock:
                self._processes.remove(process)
        seconds = before + time.monotonic() - begin
        self._write(run, status=status, seconds=seconds)
        if status not in (SUCCESS, DIVERGED):
            if self._stopped:
                return f"{run.name()}: interrupted"
            raise RunError(f"exit status {status}; see {folder / 'log'}")
        if self.record:
            self._add_to_record(run)
        return f"{run.name()}: {'diverged' if status == DIVERGED else 'ended'} after {seconds:.0f} s"

    def _interrupt(self):
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.send_signal(signal.SIGINT)


def built(program):
    """An example program of a release build, brought up to date."""
    for command in (["cmake", "--preset", "release"], ["cmake", "--build", "build/release", "--target", program]):
        subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    return ROOT / "build/release/examples" / program


def add_options(parser, program, folder):
    """What every reproduction can be told."""
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side, of one thread each (default: 1)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / folder, help="folder of results")
    parser.add_argument("--program", type=Path, help=f"a {program} (default: build/release's, which is built)")
    parser.add_argument("--record", type=Path, help="file of runs that have ended: they are in the table and not run again, and it gets those that end")
    parser.add_argument("--table", action="store_true", help="print the table of what has ended, and run nothing")


def reproduce(options, program, runs_of, report):
    """Performs what `runs_of(options, program)` lists, or with `--table` nothing, and prints `report(options, runs)`."""
    path = options.program or (Path(program) if options.table else built(program))
    try:
        runs = Runs(runs_of(options, path), options.out, options.record)
        if not options.table:
            runs.perform(options.jobs)
        print(report(options, runs))
    except RunError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("interrupted; started again, it goes on", file=sys.stderr)
        sys.exit(130)


def mean_and_error(values):
    """The mean, and its standard error: the standard deviation by √n; None of one value. Of no values None."""
    values = list(values)
    if not values:
        return None
    mean = sum(values) / len(values)
    if len(values) < 2:
        return mean, None
    return mean, sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1) / len(values))


def text_of(estimate, digits, scale=1, unit=""):
    """"6.3 ± 0.5", of what `mean_and_error` gives."""
    if estimate is None:
        return "–"
    mean, error = estimate
    spread = "" if error is None else f" ± {error * scale:.{digits}f}"
    return f"{mean * scale:.{digits}f}{spread}{unit}"
