"""What the suite ran on, and what else that machine did meanwhile."""
import os
import platform
import re
import resource
import time
from pathlib import Path

CORES = len(os.sched_getaffinity(0))
FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


def processor():
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*:\s*(.*)", info)
    return model[1] if model else platform.machine()


def caches():
    found = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((index / f).read_text().strip() for f in ("level", "type", "size"))
        if kind != "Instruction":
            found.append(f"L{level} {size}iB".replace("KiB", " KiB").replace("MiB", " MiB"))
    return ", ".join(found) or "caches unknown"


def processor_times():
    """Seconds of all cores together since the start, by kind of use; empty where the system does not tell."""
    try:
        first = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    except OSError:
        return {}
    return {name: int(ticks) / os.sysconf("SC_CLK_TCK") for name, ticks in zip(FIELDS, first)}


def own_seconds():
    """Of this program and of those that it started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


class Load:
    """Between its construction and now: who had the processor."""

    def __init__(self):
        self.clock, self.times, self.own = time.monotonic(), processor_times(), own_seconds()

    def text(self):
        minutes = (time.monotonic() - self.clock) / 60
        now = processor_times()
        spent = {name: now[name] - self.times[name] for name in self.times if name in now}
        whole = sum(spent.values())
        if not whole:
            return f"the run took {minutes:.1f} minutes; what else the machine did is unknown"
        own = own_seconds() - self.own
        steal, idle = spent.get("steal", 0), spent["idle"] + spent.get("iowait", 0)
        others = max(0, whole - idle - steal - own)

        def share(seconds):
            return f"{100 * seconds / whole:.1f} %"

        return (f"the run took {minutes:.1f} minutes; of the processor time of all cores the suite had {share(own)}, other "
                f"programs {share(others)}, other guests of the host {share(steal)} (steal), and {share(idle)} was idle; "
                "nothing was pinned")
