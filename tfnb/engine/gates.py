"""Control edges that a run need not wait for: the gates that optimizers put behind gradients.

An op with several gradients passes them through `tuple`, so that none is used before all are there. TensorFlow does it
to bound the memory of a parallel executor. A step that runs line by line gains nothing from it, and values do not
change: the edges stay in the graph, and no plan follows them.
"""

from __future__ import annotations

from collections.abc import Sequence

from tfnb.core.graph import Operation

__all__ = ["awaited", "is_gate"]


def is_gate(node: Operation) -> bool:
    """One of several gradients that wait for each other (tf.tuple of pure ops): the wait changes no value."""
    if node.type != "Identity" or len(node.control_inputs) != 1 or node.control_inputs[0].type != "NoOp":
        return False
    waits = node.control_inputs[0].control_inputs
    return node.inputs[0].op in waits and all(_is_pure(w) for w in waits)


def _is_pure(node: Operation) -> bool:
    d = node.definition
    return not (d.state or d.effect or d.host or d.writes or d.ready)


def awaited(node: Operation) -> Sequence[Operation]:
    """The operations that a run must have done before this one, by its control edges."""
    return () if is_gate(node) else node.control_inputs
