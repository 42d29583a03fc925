"""The ratios of a run, stored, and what became slower since."""
import json

from support.spread import Spread

# Quartiles of a handful of rounds lie apart by chance once in a few dozen ratios, so a difference counts from here on.
LEAST_DIFFERENCE = 0.05


def store(path, setting, ratios):
    """`ratios`: name → Spread, larger is better; `setting`: what is said of a run beside them."""
    text = {name: [r.median, r.low, r.high] for name, r in ratios.items() if r is not None}
    path.write_text(json.dumps({"setting": setting, "ratios": text}, indent=1, ensure_ascii=False) + "\n")


def load(path):
    stored = json.loads(path.read_text())
    return stored["setting"], {name: Spread(*values) for name, values in stored["ratios"].items()}


def slower(old, new):
    """(name, old, new) of what both have and is slower now: its quartiles lie below the old ones, and its median by more
    than LEAST_DIFFERENCE below the old one. The worst first."""
    both = [(name, old[name], r) for name, r in new.items() if r is not None and name in old]
    found = [(name, a, b) for name, a, b in both if b.high < a.low and b.median < (1 - LEAST_DIFFERENCE) * a.median]
    return sorted(found, key=lambda row: row[2].median / row[1].median)


def verdict(path, setting, ratios):
    """(lines that tell, whether something is slower)."""
    old_setting, old = load(path)
    lines = [f"other {key}: {setting[key]}, and {old_setting.get(key)} in the stored run" for key in setting
             if setting[key] != old_setting.get(key)]
    missing = [name for name in old if ratios.get(name) is None]
    if missing:
        lines.append(f"{len(missing)} of {len(old)} stored ratios were not measured now, {missing[0]} among them")
    found = slower(old, ratios)
    lines += [f"slower: {name}: {b.text()} now, {a.text()} in the stored run" for name, a, b in found]
    compared = len(old) - len(missing)
    lines.append(f"{compared} ratios compared with {path.name}: {len(found) or 'none'} slower beyond the spread")
    return lines, bool(found)
