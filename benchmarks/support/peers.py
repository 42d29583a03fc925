"""The programs of the suite as peers that take turns."""
import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

BENCHMARKS = Path(__file__).resolve().parent.parent


def progress(text):
    print(text, file=sys.stderr, flush=True)


class Program:
    """A running program that answers requests (support/serve.hpp)."""

    def __init__(self, command, threads):
        names = ("EIGENERATE_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        self.threads = threads
        self.command = command
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=os.environ | {name: str(threads) for name in names})
        self.setting = self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.command[-1]} ended with exit code {self.process.wait()}")
        return json.loads(line)

    def measure(self, **request):
        self.process.stdin.write(" ".join(f"{k}={v}" for k, v in request.items()) + "\n")
        self.process.stdin.flush()
        answer = self.read()
        answer["time"] = answer["cpu" if self.threads == 1 else "wall"]
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


@dataclass
class Contender:
    label: str
    program: Program
    request: dict


class Result:
    """What a competition measured: for each label one answer per round."""

    def __init__(self):
        self.answers = defaultdict(list)

    def __contains__(self, label):
        return label in self.answers

    def seconds(self, label):
        return median(a["time"] for a in self.answers[label])

    def memory(self, label):
        return self.answers[label][0]["memory_mib"]

    def ratio(self, label, *others):
        """How many times faster `label` is than the best of `others`; None where one is missing."""
        if label not in self or not all(o in self for o in others):
            return None
        rounds = zip(self.answers[label], *(self.answers[o] for o in others))
        return median(min(o["time"] for o in rest) / own["time"] for own, *rest in rounds)


class Suite:
    def __init__(self, programs, python, effort):
        self.programs, self.python, self.effort = programs, python, effort
        self.idle = []  # of one-thread measurements: processor time / time on the clock
        self.settings = {}
        self.missing = []
        for name in ("training_native",):
            if not self.path(name).exists():
                self.missing.append(f"benchmark_{name} was not built: no comparison with -march=native")
        if not python:
            self.missing.append("no python3 that imports torch was found (Debian: python3-torch; "
                                "EIGENERATE_BENCHMARK_PYTHON names another): the PyTorch columns are absent")

    def path(self, name):
        return self.programs / f"benchmark_{name}"

    def machine_is_free(self):
        return not self.idle or median(self.idle) > 0.95

    def start(self, name, threads=1):
        """The program of that name, or None where it is missing."""
        if name == "training_pytorch":
            command = [self.python, BENCHMARKS / "training_pytorch.py"] if self.python else None
        else:
            command = [self.path(name)] if self.path(name).exists() else None
        if not command:
            return None
        program = Program(command, threads)
        self.settings.setdefault(name, program.setting)
        return program

    def compete(self, contenders, **request):
        """Rounds in which every contender is measured once, in turn."""
        result = Result()
        for _ in range(self.effort.rounds):
            for c in contenders:
                answer = c.program.measure(**{"seconds": self.effort.seconds} | request | c.request)
                result.answers[c.label].append(answer)
                if c.program.threads == 1 and answer["wall"] > 0:
                    self.idle.append(answer["cpu"] / answer["wall"])
        return result

    def contenders(self, threads, *, native=False, eigen=False):
        """Everybody that trains, on so many threads; to be closed by `close`."""
        ours = self.start("training", threads)
        found = [Contender("highest", ours, {"precision": "highest"})]
        if ours.setting["bf16"]:
            found += [Contender(p, ours, {"precision": p}) for p in ("high", "medium")]
        if native and (program := self.start("training_native", threads)):
            found.append(Contender("native", program, {}))
        if eigen and (program := self.start("training_eigen", threads)):
            found.append(Contender("Eigen", program, {}))
        if program := self.start("training_pytorch", threads):
            found += [Contender("PyTorch float32", program, {"precision": "float32"}),
                      Contender("PyTorch bf16", program, {"precision": "bf16"})]
        return found


def close(contenders):
    for program in {id(c.program): c.program for c in contenders}.values():
        program.__exit__()


