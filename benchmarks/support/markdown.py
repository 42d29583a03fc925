"""Markdown of tables and ratios."""


def table(header, rows):
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def times(ratio):
    return "–" if ratio is None else f"{ratio:.2f}×"


