"""The programs of the suite as peers that take turns."""
import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from support.spread import spread

RESTLESS = 0.05  # a competition in which somebody's times are spread wider than this goes on, up to twice the rounds

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

    def spread(self, label):
        """Of the seconds."""
        return spread(a["time"] for a in self.answers[label])

    def ratio(self, label, *others):
        """A Spread of how many times faster `label` is than the best of those `others` that took part; None without any."""
        rivals = [self.answers[o] for o in others if o in self]
        if label not in self or not rivals:
            return None
        rounds = zip(self.answers[label], *rivals)
        return spread(min(o["time"] for o in rest) / own["time"] for own, *rest in rounds)

    def rate(self, label, work):
        """A Spread of `work` per second."""
        return spread(work / a["time"] for a in self.answers[label]) if label in self else None

    def is_restless(self):
        return any(self.spread(label).relative() > RESTLESS for label in self.answers)

    def add_difference(self, name, label, less):
        """The times of `label` without those of `less`, under a name of their own."""
        self.answers[name] = [a | {"time": max(a["time"] - b["time"], 1e-9)}
                              for a, b in zip(self.answers[label], self.answers[less])]


class Suite:
    """The programs; `isa` names the only instruction set of this run (the environment is restricted already), or is None."""

    def __init__(self, programs, effort, *, isa=None, python=None, onnxruntime=None):
        self.programs, self.effort, self.isa, self.python, self.onnxruntime = programs, effort, isa, python, onnxruntime
        self.idle = []  # of one-thread measurements: processor time / time on the clock
        self.settings = {}
        self.missing = []
        with self.start("training") as program:
            self.supported = program.setting["supported"]
            if isa and program.setting["isa"] != isa:
                sys.exit(f"this machine or this build has no {isa}: it has {self.supported.replace(' ', ', ')}")
        if isa:
            self.missing.append(f"everybody was restricted to {isa}: no comparison with -march=native")
        elif not self.path("training_native").exists():
            self.missing.append("benchmark_training_native was not built: no comparison with -march=native")
        if not python:
            self.missing.append("no python3 that imports torch was found (Debian: python3-torch; "
                                "EIGENERATE_BENCHMARK_PYTHON names another): the PyTorch columns are absent")
        if not onnxruntime:
            self.missing.append("no onnxruntime for Node was found, or no PyTorch that writes its models (npm install "
                                "--ignore-scripts onnxruntime-node in any folder; EIGENERATE_BENCHMARK_ONNXRUNTIME names "
                                "it): its rows are absent")
        elif self.is_beyond_isa():
            self.missing.append(f"onnxruntime cannot be restricted and had every instruction of the machine, not {isa} alone")

    def is_beyond_isa(self):
        """Whether the machine has more than this run is restricted to: who cannot be restricted is no peer then."""
        return bool(self.isa) and self.supported.split()[-1] != self.isa

    def path(self, name):
        """Plain Eigen and what links it is built for one instruction set."""
        for_isa = self.programs / f"benchmark_{name}_{self.isa}"
        return for_isa if self.isa and for_isa.exists() else self.programs / f"benchmark_{name}"

    def machine_is_free(self):
        return not self.idle or median(self.idle) > 0.95

    def start(self, name, threads=1):
        """The program of that name, or None where it is missing."""
        if name == "training_pytorch":
            command = [self.python, BENCHMARKS / "training_pytorch.py"] if self.python else None
        elif name == "generation_onnxruntime":
            command = self.onnxruntime
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
        rounds = self.effort.rounds
        for round_ in range(2 * rounds if rounds > 1 else rounds):
            if round_ >= rounds and not result.is_restless():
                break
            for c in contenders:
                answer = c.program.measure(**{"seconds": self.effort.seconds} | request | c.request)
                result.answers[c.label].append(answer)
                if c.program.threads == 1 and answer["wall"] > 0 and c.program.command != self.onnxruntime:
                    self.idle.append(answer["cpu"] / answer["wall"])
        return result

    def contenders(self, threads, *, native=False, eigen=False):
        """Everybody that trains, on so many threads; to be closed by `close`."""
        ours = self.start("training", threads)
        found = [Contender("highest", ours, {"precision": "highest"})]
        if ours.setting["bf16"]:
            found += [Contender(p, ours, {"precision": p}) for p in ("high", "medium")]
        if native and not self.isa and (program := self.start("training_native", threads)):
            found.append(Contender("native", program, {}))
        if eigen and (program := self.start("training_eigen", threads)):
            found.append(Contender("Eigen", program, {}))
        return found + self.pytorch(threads)

    def pytorch(self, threads, **request):
        """On so many threads; empty where it is missing. Its bf16 fails where oneDNN is kept from AVX-512."""
        program = self.start("training_pytorch", threads)
        precisions = ("float32",) if self.isa == "avx2" else ("float32", "bf16")
        return [Contender(f"PyTorch {p}", program, request | {"precision": p}) for p in precisions] if program else []


def close(contenders):
    for program in {id(c.program): c.program for c in contenders}.values():
        program.__exit__()


