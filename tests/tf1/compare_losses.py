"""Compares the losses of public training scripts under tfnb and under TensorFlow 1.15, step by step.

    python -m tests.tf1.compare_losses LIST.tsv --mirror FOLDER --tf1 PYTHON [--only REGEX] [--out TABLE.md]

LIST.tsv has the columns repo, commit, path; FOLDER a clone owner+name (or owner+name/repo) of each repository. A script runs
first under TensorFlow (PYTHON), where its feeds and its variables' first values are written down, then under tfnb with these.
The table says how many training steps were compared and the largest relative difference of a loss or of a fetched number.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.tf1.recorder import load

RECORDER = Path(__file__).with_name("recorder.py")
MAGIC = re.compile(r"^(\s*)(%|!|\?)")


class Outcome(NamedTuple):
    """What a comparison found; `problem` says why there was none."""

    script: str
    steps: int = 0
    numbers: int = 0
    difference: float = 0.0
    problem: str = ""


def source(path: str, data: bytes) -> str:
    """A script's text, or the code cells of a notebook without magics. Raises SyntaxError for what is not Python 3."""
    text = data.decode("utf-8", "replace").lstrip("\ufeff").replace("\r\n", "\n")
    if path.endswith(".ipynb"):
        cells = json.loads(text).get("cells", [])
        code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
        text = "\n".join(MAGIC.sub(r"\1pass  # \2", line) for cell in code if not cell.startswith("%%") for line in cell.splitlines())
    text = text.expandtabs(4)
    compile(text, path, "exec")
    return text


def repository(mirror: Path, repo: str) -> list[str]:
    """The git command for a clone. Raises FileNotFoundError where there is none."""
    for place in (mirror / repo.replace("/", "+") / "repo", mirror / repo.replace("/", "+")):
        for found in (place / ".git", place):
            if (found / "HEAD").exists():
                return ["git", f"--git-dir={found}"]
    raise FileNotFoundError(f"{repo} is not in {mirror}")


def unpack(mirror: Path, repo: str, commit: str, path: str, into: Path) -> Path:
    """A script's folder, with the files beside it; the path of the script, as Python 3, in it."""
    git = repository(mirror, repo)
    folder = os.path.dirname(path)
    listed = subprocess.run([*git, "ls-tree", "-r", "-z", commit, *([folder + "/"] if folder else [])], check=True, capture_output=True, text=True)
    for line in filter(None, listed.stdout.split("\0")):
        meta, name = line.split("\t", 1)
        blob = subprocess.run([*git, "cat-file", "blob", meta.split()[2]], capture_output=True)
        if blob.returncode == 0:  # a clone may lack its largest files
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_bytes(blob.stdout)
    script = (into / path).with_suffix(".compared.py")
    script.write_text(source(path, (into / path).read_bytes()), encoding="utf-8")
    return script


def digits_like_mnist(folder: Path) -> None:
    """MNIST's files, filled with the digits that tfnb reads where there is no MNIST, over and over."""
    from tfnb.examples.tutorials.mnist.input_data import FILES, arrays

    x, y, x_test, y_test = arrays("")
    many = [np.resize(a, (n, *a.shape[1:])) for a, n in ((x, 10000), (y, 10000), (x_test, 2000), (y_test, 2000))]
    for name, short, a in zip(FILES, ("train-x", "train-y", "test-x", "test-y"), many, strict=True):
        np.save(folder / f"{short}.npy", a)
        with gzip.open(folder / f"{name}.gz", "wb", 1) as f:
            f.write(struct.pack(f">{1 + a.ndim}I", 2048 + a.ndim, *a.shape) + a.astype(np.uint8).tobytes())


def run(python: str, mode: str, script: Path, recording: Path, data: Path, limit: float, *more: str) -> str:
    """Runs the recorder; what went wrong, or nothing."""
    env = {**os.environ, "MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [python, str(RECORDER), mode, str(recording), script.name, "--data", str(data), *more]
    try:
        done = subprocess.run(command, cwd=script.parent, env=env, capture_output=True, text=True, timeout=limit, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return f"more than {limit:.0f} s"
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no message"])[-1]


def pairs(a: dict[str, Any], b: dict[str, Any]) -> Iterator[tuple[float, float]]:
    """The numbers of both sides that belong together."""
    for ours, theirs in zip(a["losses"], b["losses"], strict=False):
        yield from zip(ours, theirs, strict=True)
    for ours, theirs in zip(a["scalars"], b["scalars"], strict=False):
        for (n, x), (m, y) in zip(ours, theirs, strict=False):
            if n == m:
                yield x, y


def difference(x: float, y: float) -> float:
    """Relative to the larger; numbers below a millionth count as a millionth."""
    if x == y or np.isnan(x) and np.isnan(y):
        return 0.0
    return float(abs(x - y) / max(abs(x), abs(y), 1e-6))


def compare(row: dict[str, str], mirror: Path, tf1: str, data: Path, limit: float) -> Outcome:
    """One script under both."""
    name = f"{row['repo']}/{row['path']}"
    with tempfile.TemporaryDirectory() as work:
        try:
            script = unpack(mirror, row["repo"], row["commit"], row["path"], Path(work))
        except (SyntaxError, OSError, subprocess.CalledProcessError, KeyError) as e:
            return Outcome(name, problem=f"cannot be read: {type(e).__name__}")
        theirs, ours = Path(work, "theirs.npz"), Path(work, "ours.npz")
        if problem := run(tf1, "record", script, theirs, data, limit):
            return Outcome(name, problem=f"TensorFlow: {problem}")
        if problem := run(sys.executable, "replay", script, theirs, data, limit, "--out", str(ours)):
            return Outcome(name, problem=f"tfnb: {problem}")
        a, b = load(ours), load(theirs)
    found = [difference(x, y) for x, y in pairs(a, b)]
    short = "" if len(a["losses"]) == len(b["losses"]) else f"{len(a['losses'])} steps instead of {len(b['losses'])}"
    return Outcome(name, len(b["losses"]), len(found), max(found, default=0.0), short)


def table(outcomes: list[Outcome]) -> str:
    """What was compared, as Markdown."""
    lines = ["| script | steps | numbers | largest relative difference |", "|---|---|---|---|"]
    lines += [f"| {o.script} | {o.steps} | {o.numbers} | {o.difference:.1e} |" for o in outcomes if o.numbers and not o.problem]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", help="a table with the columns repo, commit and path, separated by tabs")
    parser.add_argument("--mirror", type=Path, required=True, help="the folder of the clones")
    parser.add_argument("--tf1", default=os.environ.get("TF1_PYTHON"), help="a Python with TensorFlow 1.15 ($TF1_PYTHON)")
    parser.add_argument("--only", default="", help="a regular expression on repo/path")
    parser.add_argument("--limit", type=float, default=120, help="seconds for one run of a script")
    parser.add_argument("--out", type=Path, help="a file for the table")
    args = parser.parse_args()
    if not args.tf1:
        sys.exit("Say where TensorFlow 1.15 is: --tf1 PYTHON or TF1_PYTHON.")
    with open(args.list, encoding="utf-8") as f:
        rows = [r for r in csv.DictReader(f, delimiter="\t") if re.search(args.only, f"{r['repo']}/{r['path']}")]
    outcomes = []
    with tempfile.TemporaryDirectory() as data:
        digits_like_mnist(Path(data))
        for row in rows:
            outcomes.append(compare(row, args.mirror, args.tf1, Path(data), args.limit))
            o = outcomes[-1]
            print(f"{o.difference:8.1e}  {o.steps:3} steps  {o.numbers:4} numbers  {o.script}  {o.problem}", flush=True)
    if args.out:
        args.out.write_text(table(outcomes), encoding="utf-8")


if __name__ == "__main__":
    main()
