"""Runs a script and writes down what its sessions did, or does it again with what was written down.

    python recorder.py record RECORDING SCRIPT        under TensorFlow 1.15: feeds, initial values of variables, losses
    python recorder.py replay RECORDING SCRIPT        under tfnb: the same feeds and initial values; its own losses
    python recorder.py replay RECORDING SCRIPT --tf tensorflow      under TensorFlow again: how far its own runs agree

Must run on Python 3.7, TensorFlow 1.15's last one.
"""

import argparse
import contextlib
import json
import os
import sys
import threading
import types

import numpy as np

STEPS = 20  # runs that train, after which a script is stopped
RUNS = 400  # of any kind
SMALL = 1 << 20  # bytes of a feed that is written down as it is


class Stop(BaseException):
    """Ends a script that has run long enough."""


def scalar(value):
    """A number that a run has given, else None."""
    ok = isinstance(value, (float, np.floating, np.ndarray)) and np.size(value) == 1 and np.asarray(value).dtype.kind == "f"
    return float(np.ravel(value)[0]) if ok else None


def flat(value):
    """The leaves of what was fetched, in one order for both sides."""
    if isinstance(value, dict):
        return [leaf for k in sorted(value, key=str) for leaf in flat(value[k])]
    if isinstance(value, (list, tuple)):
        return [leaf for v in value for leaf in flat(v)]
    return [value]


def name_of(element):
    return element if isinstance(element, str) else str(getattr(element, "name", element))


def save(path, out):
    """Writes a recording as an .npz file: arrays by number, and a text that says which is which."""
    arrays, numbers = [], {}

    def number(array):
        if id(array) not in numbers:
            numbers[id(array)] = len(arrays)
            arrays.append(array)
        return numbers[id(array)]

    feeds = [{k: number(v) for k, v in run.items()} for run in out["feeds"]]
    values = {k: number(np.asarray(v)) for k, v in out["values"].items()}
    text = json.dumps({"feeds": feeds, "values": values, "losses": out["losses"], "scalars": out["scalars"]})
    with open(path, "wb") as f:
        np.savez_compressed(f, text=text, **{f"a{i}": a for i, a in enumerate(arrays)})


def load(path):
    """A recording from its file."""
    with np.load(path) as held:
        out = json.loads(str(held["text"]))
        arrays = {n: held[n] for n in held.files if n != "text"}
    out["feeds"] = [{k: arrays[f"a{i}"] for k, i in run.items()} for run in out["feeds"]]
    out["values"] = {k: arrays[f"a{i}"] for k, i in out["values"].items()}
    return out


class Watcher:
    """What both sides do around every run of a session on the main thread."""

    def __init__(self, tf, session_class, recording):
        self.tf, self.session_class, self.inner = tf, session_class, session_class.run
        self.recorded = recording  # None while recording
        self.out = {"feeds": [], "values": {}, "losses": [], "scalars": []}
        self.train_ops = {}
        self.steps = self.runs = 0
        self.busy = False

    def __enter__(self):
        """From here on runs, optimizers and new graphs are watched; `__exit__` leaves all as it was."""
        graph, optimizer = self.tf.Graph, self.tf.train.Optimizer
        self.before = [(self.session_class, "run"), (graph, "__init__"), (optimizer, "compute_gradients"), (optimizer, "apply_gradients")]
        self.before = [(owner, name, getattr(owner, name)) for owner, name in self.before]
        self.watch_runs()
        self.watch_optimizers(optimizer)
        self.seed_graphs(graph)
        return self

    def __exit__(self, *error):
        for owner, name, value in self.before:
            setattr(owner, name, value)

    def watch_runs(self):
        watcher = self

        def run(session, fetches, feed_dict=None, *args, **named):
            if watcher.busy or threading.current_thread() is not threading.main_thread():
                return watcher.inner(session, fetches, feed_dict, *args, **named)
            watcher.busy = True
            try:
                return watcher.watched(session, fetches, feed_dict, args, named)
            finally:
                watcher.busy = False

        self.session_class.run = run

    def seed_graphs(self, kind):
        """Every graph has a seed, so that in-graph randomness is the same on both sides."""
        init = kind.__init__

        def __init__(graph, *args, **named):
            init(graph, *args, **named)
            graph.seed = 1

        kind.__init__ = __init__
        self.tf.get_default_graph().seed = 1

    def watch_optimizers(self, kind):
        """Remembers which loss each training operation makes smaller."""
        compute, apply, watcher = kind.compute_gradients, kind.apply_gradients, self

        def compute_gradients(optimizer, loss, *args, **named):
            optimizer._watched_loss = loss
            return compute(optimizer, loss, *args, **named)

        def apply_gradients(optimizer, *args, **named):
            op = apply(optimizer, *args, **named)
            loss = getattr(optimizer, "_watched_loss", None)
            if loss is not None and hasattr(op, "name"):
                watcher.train_ops[op.name] = loss
            return op

        kind.compute_gradients, kind.apply_gradients = compute_gradients, apply_gradients

    def watched(self, session, fetches, feed_dict, args, named):
        feed_dict = self.fed(feed_dict)
        names = [name_of(f) for f in flat(fetches)]
        losses = list(dict.fromkeys(self.train_ops[n] for n in names if n in self.train_ops))
        if losses:  # a run of their own: in one run with the update they might see its result
            self.out["losses"].append([float(np.sum(v)) for v in self.inner(session, losses, feed_dict)])
        result = self.inner(session, fetches, feed_dict, *args, **named)
        found = [(n, scalar(v)) for n, v in zip(names, flat(result))]  # noqa: B905 - Python 3.7
        self.out["scalars"].append([(n, v) for n, v in found if v is not None])
        self.values(session)
        self.runs += 1
        self.steps += bool(losses)
        if self.steps >= STEPS or self.runs >= RUNS:
            raise Stop
        return result

    def fed(self, feed_dict):
        """While recording, writes down the feeds; else puts those that were written down in their places."""
        if self.recorded is None:
            plain = {name_of(k): np.asarray(v) for k, v in (feed_dict or {}).items() if not isinstance(v, tuple)}
            plain = {k: v for k, v in plain.items() if v.dtype.kind != "O"}
            kept = self.out["feeds"][-1] if self.out["feeds"] else {}
            same = {k: kept[k] for k, v in plain.items() if k in kept and v.nbytes > SMALL and np.array_equal(kept[k], v)}
            self.out["feeds"].append({**plain, **same})  # what is fed again and again is written once
            return feed_dict
        known = self.recorded["feeds"][self.runs] if self.runs < len(self.recorded["feeds"]) else {}
        return {k: known.get(name_of(k), v) for k, v in feed_dict.items()} if feed_dict else feed_dict

    def values(self, session):
        """The value that each variable has first: written down, or set to what was written down."""
        for v in self.tf.global_variables() + self.tf.local_variables():
            if v.name in self.out["values"] or v.graph is not session.graph:
                continue
            try:
                value = self.inner(session, v)
            except self.tf.errors.FailedPreconditionError:
                continue
            wanted = value if self.recorded is None else self.recorded["values"].get(v.name, value)
            self.out["values"][v.name] = wanted
            if self.recorded is not None:
                v.load(wanted, session)


@contextlib.contextmanager
def module(name):
    """tfnb under TensorFlow's name, or TensorFlow itself; and the class whose `run` all its sessions use."""
    if name == "tfnb":
        import tfnb

        tfnb.install_alias()
        try:
            yield tfnb, tfnb.Session
        finally:
            tfnb.remove_alias()
    else:
        import tensorflow as tf
        from tensorflow.python.client import session

        yield tf, session.BaseSession


def offline(tf, folder):
    """The tutorials' digits are read from `folder` instead of from the network."""
    if not folder:
        return
    if "tfnb" in tf.__name__:
        from tfnb.examples.tutorials.mnist import input_data

        own = input_data._own_files
        input_data._own_files = lambda _: own(folder)
    else:
        from tensorflow.contrib.learn.python.learn.datasets import base

        base.maybe_download = lambda filename, *_: os.path.join(folder, filename)
    files = [np.load(os.path.join(folder, n + ".npy")) for n in ("train-x", "train-y", "test-x", "test-y")]
    tf.keras.datasets.mnist.load_data = lambda *_: ((files[0], files[1]), (files[2], files[3]))


def execute(path):
    """The script as the main program."""
    main = types.ModuleType("__main__")
    main.__file__ = os.path.abspath(path)
    with open(path, encoding="utf-8") as f:
        code = compile(f.read(), path, "exec")
    before = sys.modules["__main__"], sys.argv, sys.path
    sys.modules["__main__"], sys.argv, sys.path = main, [path], [os.getcwd(), *sys.path]
    try:
        exec(code, main.__dict__)
    except (Stop, SystemExit):
        pass
    finally:
        sys.modules["__main__"], sys.argv, sys.path = before


def go(mode, recording, script, name, data=None):
    """Records or replays a script; gives what was seen."""
    held = load(recording) if mode == "replay" else None
    with module(name) as (tf, session_class):
        offline(tf, data)
        with Watcher(tf, session_class, held) as watcher:
            execute(script)
    return watcher.out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["record", "replay"])
    parser.add_argument("recording")
    parser.add_argument("script")
    parser.add_argument("--tf", default=None, help="the module to run on: tensorflow or tfnb")
    parser.add_argument("--data", help="a folder with MNIST's four files")
    parser.add_argument("--out", help="where a replay is written")
    args = parser.parse_args()
    name = args.tf or ("tensorflow" if args.mode == "record" else "tfnb")
    out = go(args.mode, args.recording, args.script, name, args.data)
    if args.mode == "replay":  # feeds are in the recording
        out["feeds"] = []
    save(args.out or args.recording, out)


if __name__ == "__main__":
    main()
