"""A measured figure: the median of the rounds and their quartiles."""
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    median: float
    low: float
    high: float

    def __truediv__(self, scale):
        return Spread(self.median / scale, self.low / scale, self.high / scale)

    def relative(self):
        """The distance between the quartiles, as a part of the median."""
        return (self.high - self.low) / self.median

    def text(self, digits=2, unit=""):
        if self.low == self.high:  # of a single round
            return f"{self.median:.{digits}f}{unit}"
        return f"{self.median:.{digits}f}{unit} ({self.low:.{digits}f}–{self.high:.{digits}f})"


def quantile(values, part):
    """Of sorted values; between two of them in proportion."""
    position = part * (len(values) - 1)
    below = int(position)
    above = min(below + 1, len(values) - 1)
    return values[below] + (position - below) * (values[above] - values[below])


def spread(values):
    ordered = sorted(values)
    return Spread(median(ordered), quantile(ordered, 0.25), quantile(ordered, 0.75))


def spread_or_none(values):
    values = list(values)
    return spread(values) if values else None
