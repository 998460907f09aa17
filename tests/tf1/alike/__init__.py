"""Programs that tfnb and TensorFlow 1.15 run alike: each `case_...(tf)` returns numbers, names and shapes.

    python -m tests.tf1.alike [file]    with TensorFlow 1.15's Python: writes what it answers to tests/tf1/data/alike.json
"""

import importlib
import json
import os
import pkgutil
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ANSWERS = os.path.join(HERE, os.pardir, "data", "alike.json")


def cases():
    """(name, function) of every case."""
    out = []
    for file in sorted(m.name for m in pkgutil.iter_modules([HERE]) if m.name != "__main__"):
        module = importlib.import_module("tests.tf1.alike." + file)
        out += [(file + "." + k[5:], v) for k, v in vars(module).items() if k.startswith("case_")]
    return out


def plain(value):
    """An answer as JSON holds it: numbers to five digits."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in sorted(value.items())}
    if isinstance(value, (bytes, str)) or value is None:
        return value.decode() if isinstance(value, bytes) else value
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return int(value) if isinstance(value, (bool, int, np.integer, np.bool_)) else float("%.5g" % float(value))


def ramp(shape, offset=0):
    """Numbers that look like weights and are the same everywhere."""
    n = int(np.prod(shape))
    return (np.sin(np.arange(n) + offset) * 0.3).reshape(shape).astype(np.float32)


def give_ramps(tf, sess, variables):
    """Puts such numbers into variables, in their order; those of variances are positive."""
    for i, v in enumerate(variables):
        v.load(ramp(v.shape.as_list(), i) + (1.0 if "variance" in v.name else 0.0), sess)


def record(tf, files):
    """Writes TensorFlow's answers, a case a line; with names of files, anew for those alone."""
    with open(ANSWERS) as f:
        found = json.load(f) if files else {}
    os.chdir(tempfile.mkdtemp())  # cases write files
    for name, case in cases():
        if files and name.split(".")[0] not in files:
            continue
        tf.compat.v1.reset_default_graph()
        tf.keras.backend.clear_session()
        np.random.seed(0)
        found[name] = plain(case(tf))
    with open(ANSWERS, "w") as f:
        f.write("{\n" + ",\n".join(json.dumps(k) + ": " + json.dumps(v) for k, v in found.items()) + "\n}\n")
    return len(found)
