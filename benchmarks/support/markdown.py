"""Markdown of tables and ratios."""


def table(header, rows):
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def times(ratio):
    """Of a Spread, or None: "1.54× (1.50–1.58)"."""
    return "–" if ratio is None else ratio.text(2, "×")


def percent(share):
    """Of a Spread, or None: "92 % (91–92)"."""
    return "–" if share is None else (share / 0.01).text(0, " %")
