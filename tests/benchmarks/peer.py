"""One implementation in a process of its own: reads names of workloads, writes what one step takes.

    echo mlp_sgd 1.0 | python -m tests.benchmarks.peer numpy      {"work": "mlp_sgd", "us": 1234.5, "value": 2.31}

Runs on Python 3.7, too, for TensorFlow 1.15. Each step's workload is made once and stepped three times before the first
measurement, whose value all implementations must share.
"""

import importlib
import json
import os
import sys
import time


def implementation(name):
    """Its workloads, and what it measures once."""
    if name in ("tf1", "tf1-in-caller"):
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import warnings

        warnings.filterwarnings("ignore")
        import tensorflow.compat.v1 as tf

        tf.disable_v2_behavior() if not tf.__version__.startswith("1.") else None
        tf.logging.set_verbosity(tf.logging.ERROR)
        from . import tf_works

        # its best setting: ops run in the thread that calls
        config = (
            tf.ConfigProto(inter_op_parallelism_threads=-1, intra_op_parallelism_threads=1)
            if "caller" in name
            else None
        )
        return tf_works.works(tf, config=config), tf_works.once(tf)
    if name.startswith("tfnb"):
        import tfnb as tf

        from . import tf_works

        device = name.partition("-")[2] or "cpu:numpy"
        return tf_works.works(tf, device=device), tf_works.once(tf)
    return importlib.import_module("." + name + "_works", __package__).works(), {}


def seconds_of(step, least):
    """Seconds a step takes: the least of many short blocks' means, because whatever disturbs only adds.

    A block is shorter than the time that the system gives a process at once, or one step.
    """
    start = time.perf_counter()
    step()
    one = max(time.perf_counter() - start, 1e-7)
    count = max(1, int(5e-4 / one))
    best, end = one, time.perf_counter() + least
    while time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(count):
            step()
        best = min(best, (time.perf_counter() - start) / count)
    return best


def main():
    works, once = implementation(sys.argv[1])
    made, values = {}, {}
    print(json.dumps({"ready": sys.argv[1]}), flush=True)
    for line in sys.stdin:
        name, least = line.split()
        try:
            if name in once:
                print(json.dumps({"work": name, "us": once[name]()}), flush=True)
                continue
            if name not in works:
                print(json.dumps({"work": name}), flush=True)
                continue
            if name not in made:
                made.clear()  # one workload's memory at a time
                made[name] = works[name]()
                values.setdefault(name, float([made[name]() for _ in range(3)][-1]))
            print(
                json.dumps(
                    {"work": name, "us": seconds_of(made[name], float(least)) * 1e6, "value": values[name]}
                ),
                flush=True,
            )
        except Exception as e:
            print(json.dumps({"work": name, "error": f"{type(e).__name__}: {e}"}), flush=True)


if __name__ == "__main__":
    main()
