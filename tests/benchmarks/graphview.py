"""How long a reader waits for a drawing: `python -m tests.benchmarks.graphview [NODES]` prints a table; nothing is asserted.

Opening is from the graph to the notebook's data, with the layout by Graphviz; each expand is what the kernel does for one click.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import tfnb as tf
from tfnb.jupyter import explore

EXPANDS = 7


def nested(nodes: int) -> tf.Graph:
    """Eight stages of equal blocks of four units, as a deep network has them."""
    with tf.Graph().as_default() as graph:
        h = tf.placeholder(tf.float32, [None, 16], name="x")
        for stage in range(8):
            with tf.name_scope(f"stage_{stage}"):
                for block in range(nodes // (8 * 24)):
                    with tf.name_scope(f"block_{block}"):
                        for unit in range(4):
                            with tf.name_scope(f"unit_{unit}"):
                                h = tf.tanh(tf.add(tf.multiply(h, 2.0), h + 1.0))
    return graph


def layered(nodes: int) -> tf.Graph:
    """Layers that all differ, with a training step: nothing is equal to anything."""
    with tf.Graph().as_default() as graph:
        h = tf.placeholder(tf.float32, [None, 16], name="x")
        i = 0
        while len(graph.get_operations()) < nodes * 0.6:
            with tf.variable_scope(f"layer_{i}"):
                for k in range(1 + i % 7):
                    w = tf.get_variable(f"w{k}", [16, 16])
                    h = tf.nn.relu(tf.matmul(h, w)) if (i + k) % 3 else tf.tanh(tf.matmul(h, w) + h)
            i += 1
        tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_mean(h))
    return graph


def flat(nodes: int) -> tf.Graph:
    """No scope at all."""
    with tf.Graph().as_default() as graph:
        h = tf.placeholder(tf.float32, [None, 16], name="x")
        for _ in range(nodes // 5):
            h = tf.tanh(h * 2.0) + 1.0
    return graph


class Took(NamedTuple):
    """Seconds by the clock, and of the processor in this process and in Graphviz: the same on a machine that does nothing else."""

    wall: float
    cpu: float


def timed(work: Callable[[], Any]) -> tuple[Took, Any]:
    before, begun = os.times(), time.perf_counter()
    result = work()
    wall, after = time.perf_counter() - begun, os.times()
    return Took(wall, sum(after[:4]) - sum(before[:4])), result


def row(name: str, graph: tf.Graph) -> str:
    """Times of opening and of expanding the first closed boxes, one after the other."""
    opening, data = timed(lambda: explore.shown(graph, {}).data())
    size = len(json.dumps(data))
    took = []
    for _ in range(EXPANDS):
        closed = next((box for box, node in data["nodes"].items() if node["closed"]), None)
        if closed is None:
            break
        view = data["view"] | {"opened": [*data["view"]["opened"], closed]}
        seconds, data = timed(lambda view=view: explore.answer({"do": "draw", "of": explore.key_of(graph), "view": view}))
        took.append(seconds)
    middle = sorted(took)[len(took) // 2]
    return (f"{name:10} {len(graph.get_operations()):7,} {ms(opening):>13} {ms(middle):>16} {ms(max(took)):>16} "
            f"{len(data['nodes']):6} {size / 1e3:7.0f}")  # fmt: skip


def ms(took: Took) -> str:
    return f"{1000 * took.wall:.0f} / {1000 * took.cpu:.0f}"


def main() -> None:
    nodes = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("milliseconds by the clock / of the processor")
    print(f"{'graph':10} {'nodes':>7} {'open':>13} {'expand, median':>16} {'expand, longest':>16} {'boxes':>6} {'kB':>7}")
    for name, make in (("nested", nested), ("layered", layered), ("flat", flat)):
        print(row(name, make(nodes)), flush=True)


if __name__ == "__main__":
    main()
