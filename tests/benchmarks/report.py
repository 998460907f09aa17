"""The results of `python -m tests.benchmarks --write`: docs/performance.md between its two marks, and a plot."""

import os
import re
import statistics

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT, PLOT = (
    os.path.join(HERE, "docs", "performance.md"),
    os.path.join(HERE, "docs", "images", "performance.svg"),
)
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write(found, peers, imports, kernel, machine, command, line_of, labels):
    """Puts tables and plot into the document; what stands outside the marks stays."""
    head = f"| | {' | '.join(p.name for p in peers)} |\n|---|{'---|' * len(peers)}"
    rows = [line_of(work, found[work], peers) for work in found]
    start = ["| | seconds | MB |", "|---|---|---|"]
    start += [f"| `import {n}` | {c[0]:.2f} | {c[1]:.0f} |" for n, c in imports.items() if c]
    text = "\n".join([
        f"`{re.sub(r'/[^ ]*/', '', command)}`", "", machine, "",
        "A time, and in brackets what tfnb takes for each unit of it: below 1 tfnb is ahead.", "",
        head, *rows, "", *start, "",
        "A notebook's kernel: {:.0f} MB bare, {:.0f} MB with tfnb imported, {:.0f} MB after a run.".format(*kernel),
        "", "![Time of a step relative to tfnb](images/performance.svg)",
    ])  # fmt: skip
    with open(DOCUMENT, encoding="utf-8") as file:
        old = file.read()
    before, _, rest = old.partition(BEGIN)
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")
    plot(found, [p.name for p in peers], labels)


def plot(found, names, labels):
    """Each peer's time as a multiple of tfnb's, on a logarithmic axis."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "tfnb"
    import matplotlib.pyplot as plt

    works = [w for w in found if len(found[w]) > 1 and "tfnb" in found[w]]
    figure, axes = plt.subplots(figsize=(8, 0.45 * len(works) + 1.2))
    marks = dict(zip((n for n in names if n != "tfnb"), "osD^vPX", strict=False))
    colours = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
    for (name, mark), colour in zip(marks.items(), colours, strict=False):
        points = [
            (statistics.median(b / a for a, b in zip(found[w]["tfnb"], found[w][name], strict=False)), i)
            for i, w in enumerate(works)
            if name in found[w]
        ]
        axes.plot(*zip(*points, strict=False), mark, label=name, color=colour, alpha=0.85) if points else None
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(works)), [labels[w].replace("`", "") for w in works])
    axes.invert_yaxis()
    axes.set_xlabel("time of a step as a multiple of tfnb's: to the right of 1, tfnb is ahead")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    figure.savefig(PLOT, bbox_inches="tight", metadata={"Date": None})
