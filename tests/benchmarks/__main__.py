"""All implementations side by side: python -m tests.benchmarks [--tf1 PYTHON] [--torch PYTHON] [--write]

Each runs in a process of its own; round by round every one is measured on the same workload, so that what else the
machine does falls on all. Printed are medians over the rounds, and the ratios of tfnb to each peer. `--write` puts the
table and the plot into docs/performance.md. No test asserts a time.
"""

import argparse
import datetime
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys

from tests.benchmarks.kernel import FIRST, RUN, weigh

WORKS = ("add", "feed", "ops10", "ops100", "ops1000", "neuron", "mlp_sgd", "mlp_adam", "cnn", "lstm")
ONCE = (
    "build_1000",
    "build_10000",
    "build_100000",
    "gradients_1000",
    "gradients_10000",
    "gradients_100000",
    "first_run_1000",
)
LABELS = {
    "add": "`run(a + b)`", "feed": "one placeholder fed", "ops10": "10 scalar ops", "ops100": "100 scalar ops",
    "ops1000": "1,000 scalar ops", "neuron": "one-neuron regression step", "mlp_sgd": "MLP 784-256-128-10, batch 128, SGD",
    "mlp_adam": "same, Adam", "cnn": "LeNet-like CNN, batch 64, SGD", "lstm": "LSTM 128 units, 28 steps, batch 128, SGD",
}  # fmt: skip
for _n in (1000, 10000, 100000):
    LABELS[f"build_{_n}"], LABELS[f"gradients_{_n}"] = (
        f"graph building, a node of {_n:,}",
        f"`tf.gradients`, a node of {_n:,}",
    )
LABELS["first_run_1000"] = "first run of 1,000 ops"


class Peer:
    """A process that measures one implementation."""

    def __init__(self, name, python):
        self.name = name
        self.process = subprocess.Popen(
            [python, "-m", "tests.benchmarks.peer", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": os.getcwd()},
        )  # fmt: skip
        self.read()

    def read(self):
        while True:
            line = self.process.stdout.readline()
            if not line:
                return {"error": "the process ended"}
            if line.startswith("{"):
                return json.loads(line)

    def ask(self, work, seconds):
        try:
            print(work, seconds, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            return {"error": "the process ended"}
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


def asked(peer, work, largest):
    """Whether a peer is measured on a workload: TensorFlow builds graphs alike in both settings, and large ones for minutes."""
    if work not in ONCE or not peer.name.startswith("tf1"):
        return True
    nodes = int(work.rpartition("_")[2])
    return nodes <= largest and (peer.name == "tf1" or work.startswith("first_run"))


def measured(peers, works, rounds, seconds, largest):
    """Microseconds by workload and peer, a list over the rounds; checks that all compute the same."""
    found = {}
    for work in works:
        values = {}
        for _ in range(1 if work in ONCE else rounds):
            for p in (p for p in peers if asked(p, work, largest)):
                answer = p.ask(work, seconds)
                if "error" in answer:
                    print(f"{work}: {p.name}: {answer['error']}", file=sys.stderr)
                if "us" in answer:
                    found.setdefault(work, {}).setdefault(p.name, []).append(answer["us"])
                if "value" in answer:
                    values[p.name] = answer["value"]
        if values and max(values.values()) - min(values.values()) > 1e-3 * abs(max(values.values())):
            print(f"{work}: the implementations differ: {values}", file=sys.stderr)
        print(line_of(work, found.get(work, {}), peers), flush=True)
    return found


def number(us):
    return (
        f"{us:.1f} us"
        if us < 100
        else f"{us:.0f} us"
        if us < 1000
        else f"{us / 1000:.2f} ms"
        if us < 100_000
        else f"{us / 1000:.0f} ms"
    )


def line_of(work, times, peers):
    cells = []
    for p in peers:
        if p.name not in times:
            cells.append("")
        elif p.name == "tfnb":
            cells.append(number(statistics.median(times["tfnb"])))
        else:
            ratio = (
                statistics.median(a / b for a, b in zip(times.get("tfnb", ()), times[p.name], strict=False))
                if "tfnb" in times
                else 0
            )
            cells.append(f"{number(statistics.median(times[p.name]))} ({ratio:.2g})")
    return f"| {LABELS[work]} | " + " | ".join(cells) + " |"


def start_up(python, code):
    """Seconds and MB that importing costs a fresh process."""
    text = (
        "import resource, time; b = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; t = time.perf_counter()\n"
        f"{code}\nprint(time.perf_counter() - t, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - b) / 1024)"
    )
    runs = []
    for _ in range(3):
        done = subprocess.run(
            [python, "-W", "ignore", "-c", text], capture_output=True, text=True, cwd=os.getcwd()
        )
        if done.returncode:
            return None
        runs.append(tuple(map(float, done.stdout.split()[-2:])))
    return min(r[0] for r in runs), min(r[1] for r in runs)


def machine():
    cpu = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as file:
            cpu = next((s.split(":")[1].strip() for s in file if s.startswith("model name")), cpu)
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {datetime.date.today()}"


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--tf1", metavar="PYTHON", help="a Python that has TensorFlow 1.15 (or 2, for compat.v1)"
    )
    parser.add_argument(
        "--torch", metavar="PYTHON", help="a Python that has torch (default: this one, where it has)"
    )
    parser.add_argument(
        "--only", nargs="*", default=[*WORKS, *ONCE], help="workloads: " + " ".join((*WORKS, *ONCE))
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--largest", type=int, default=100_000, help="nodes of the largest graph that TensorFlow is to build")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each measurement")
    parser.add_argument("--devices", nargs="*", default=[], help="tfnb's other devices, such as cpu:jax")
    parser.add_argument("--write", action="store_true", help="put the results into docs/performance.md")
    options = parser.parse_args()
    wanted = [
        ("tfnb", sys.executable),
        *((f"tfnb-{d}", sys.executable) for d in options.devices),
        ("numpy", sys.executable),
    ]
    wanted += [("jax", sys.executable)] if importlib.util.find_spec("jax") else []
    wanted += (
        [("torch", options.torch or sys.executable)]
        if options.torch or importlib.util.find_spec("torch")
        else []
    )
    wanted += [("tf1", options.tf1), ("tf1-in-caller", options.tf1)] if options.tf1 else []
    peers = [Peer(*w) for w in wanted]
    head = f"| | {' | '.join(p.name for p in peers)} |\n|---|{'---|' * len(peers)}"
    print(machine(), head, sep="\n\n")
    found = measured(peers, [w for w in options.only if w in LABELS], options.rounds, options.seconds, options.largest)
    for p in peers:
        p.close()
    imports = {"tfnb": start_up(sys.executable, "import tfnb"), "jax": start_up(sys.executable, "import jax, jax.numpy"),
               "numpy": start_up(sys.executable, "import numpy")}  # fmt: skip
    imports["torch"] = start_up(options.torch, "import torch") if options.torch else None
    imports["tf1"] = start_up(options.tf1, "import tensorflow") if options.tf1 else None
    for name, cost in imports.items():
        print(f"import {name}: {cost[0]:.2f} s, {cost[1]:.0f} MB" if cost else "", end="\n" if cost else "")
    kernel = weigh(["pass", FIRST, RUN])
    print("a kernel: {:.0f} MB bare, {:.0f} MB with tfnb imported, {:.0f} MB after a run".format(*kernel))
    if options.write:
        from tests.benchmarks.report import write

        write(
            found,
            peers,
            imports,
            kernel,
            machine(),
            " ".join(["python -m tests.benchmarks", *sys.argv[1:]]),
            line_of,
            LABELS,
        )


if __name__ == "__main__":
    main()
