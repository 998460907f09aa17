"""Connectionist temporal classification: texts from longer sequences, whose alignment is not known (Graves, 2006).

    ctc_loss(labels, logits, lengths)              labels a SparseTensor, logits (time, batch, classes), the last one blank
    (words,), score = ctc_greedy_decoder(logits, lengths)

All alignments are summed over at once: from left to right (forward) and from right to left (backward).
"""

from __future__ import annotations

import heapq
import math
from typing import Any

import numpy as np

from tfnb.core.errors import InvalidArgumentError
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import Call, F, int32, int64
from tfnb.core.shapes import TensorShape
from tfnb.core.sparse import SparseTensor
from tfnb.ops import arrays
from tfnb.ops.elementwise import multiply

__all__: list[str] = []


def _log_softmax(x: np.ndarray) -> np.ndarray:
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def _forward(steps: np.ndarray, skips: np.ndarray) -> np.ndarray:
    """log of the sum over all ways to each (time, place); `skips` tells where a blank may be left out."""
    out = np.full(steps.shape, -np.inf)
    out[0, :2] = steps[0, :2]
    for t in range(1, len(steps)):
        stay, step, jump = (
            out[t - 1],
            np.r_[-np.inf, out[t - 1][:-1]],
            np.r_[-np.inf, -np.inf, out[t - 1][:-2]][: steps.shape[1]],
        )
        out[t] = steps[t] + np.logaddexp(np.logaddexp(stay, step), np.where(skips, jump, -np.inf))
    return out


def _one(logits: np.ndarray, labels: list[int], blank: int) -> tuple[float, np.ndarray]:
    """The loss of one sequence and its gradient for the logits (time, classes)."""
    path = [blank, *(v for label in labels for v in (label, blank))]
    logs = _log_softmax(logits.astype(np.float64))
    steps = logs[:, path]
    skips = np.array([i > 1 and path[i] != blank and path[i] != path[i - 2] for i in range(len(path))])
    back_skips = np.array(
        [i < len(path) - 2 and path[i] != blank and path[i] != path[i + 2] for i in range(len(path))]
    )
    ahead = _forward(steps, skips)
    behind = _forward(steps[::-1, ::-1], back_skips[::-1])[::-1, ::-1]
    total = np.logaddexp.reduce(ahead[-1, -2:])
    shares = np.full(logits.shape, -np.inf)
    for i, label in enumerate(path):  # how probable it is to be at this label at each time
        shares[:, label] = np.logaddexp(shares[:, label], ahead[:, i] + behind[:, i] - steps[:, i])
    if not np.isfinite(total):
        return math.inf, np.zeros(logits.shape)
    return -total, np.exp(logs) - np.exp(shares - total)


def _losses(call: Call) -> list[TensorShape]:
    x = call.shapes[0].sizes
    return [TensorShape.of((x[1] if x else None,)), call.shapes[0]]


@op("CTCLoss", shape=_losses, host=True)
def ctc_loss_op(
    xp: Any,
    inputs: F,
    labels_indices: int64,
    labels_values: int32,
    sequence_length: int32,
    *,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
) -> tuple[F, F]:
    """The loss of each sequence, and its gradient for the inputs."""
    x, blank = np.asarray(inputs), inputs.shape[-1] - 1
    loss, gradient = np.zeros(x.shape[1], x.dtype), np.zeros_like(x)
    rows: dict[int, list[int]] = {}
    for (row, _), value in zip(
        np.asarray(labels_indices).tolist(), np.asarray(labels_values).tolist(), strict=True
    ):
        rows.setdefault(row, []).append(value)
    for n in range(x.shape[1]):
        labels, time = rows.get(n, []), int(sequence_length[n])
        if preprocess_collapse_repeated:
            labels = [v for i, v in enumerate(labels) if not i or v != labels[i - 1]]
        if any(not 0 <= v < blank for v in labels):
            raise InvalidArgumentError(
                None,
                None,
                "Saw a non-null label (index >= num_classes - 1) following a null label, "
                f"batch: {n} num_classes: {blank + 1} labels: {','.join(map(str, labels))}",
            )
        needed = len(labels) + sum(a == b for a, b in zip(labels, labels[1:], strict=False))
        if needed > time:
            if ignore_longer_outputs_than_inputs:
                continue
            raise InvalidArgumentError(
                None,
                None,
                f"Not enough time for target transition sequence (required: {needed}, available: {time})"
                f"{n}You can turn this error into a warning by using the flag ignore_longer_outputs_than_inputs",
            )
        loss[n], gradient[:time, n] = _one(x[:time, n], labels, blank)
    return loss, gradient


@ctc_loss_op.gradient
def ctc_loss_gradient(node: Operation, dy: Tensor, _: Any) -> Any:
    return multiply(arrays.reshape(dy, [1, -1, 1]), node.outputs[1]), None, None, None


def ctc_loss(
    labels: SparseTensor,
    inputs: Any = None,
    sequence_length: Any = None,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    time_major: bool = True,
    logits: Any = None,
) -> Tensor:
    """Minus the log of the probability of each row of `labels`; shape (batch). Classes are 0 ... n - 2, and n - 1 is the blank.

    >>> labels = tf.SparseTensor([[0, 0]], [1], [1, 1])
    >>> print(round(float(tf.nn.ctc_loss(labels, tf.zeros([2, 1, 3]), [2])[0].eval()), 3))
    1.099
    """
    if not isinstance(labels, SparseTensor):
        raise TypeError("Expected labels (first argument) to be a SparseTensor")
    x = convert_to_tensor(inputs if logits is None else logits)
    x = x if time_major else arrays.transpose(x, [1, 0, 2])
    return ctc_loss_op(
        x, labels.indices, labels.values, sequence_length, preprocess_collapse_repeated=preprocess_collapse_repeated,
        ctc_merge_repeated=ctc_merge_repeated, ignore_longer_outputs_than_inputs=ignore_longer_outputs_than_inputs,
    )[0]  # fmt: skip


# -- from logits to labels -----------------------------------------------------------------------------------
def _sparse(rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    places = [[n, i] for n, row in enumerate(rows) for i in range(len(row))]
    values = np.array([v for row in rows for v in row], np.int64)
    return (
        np.array(places, np.int64).reshape(-1, 2),
        values,
        np.array([len(rows), max(map(len, rows), default=0)], np.int64),
    )


def _decoded(call: Call) -> list[TensorShape]:
    n = call.attrs.get("top_paths", 1)
    x = call.shapes[0].sizes
    return [TensorShape.of(s) for s in [(None, 2)] * n + [(None,)] * n + [(2,)] * n] + [
        TensorShape.of((x[1] if x else None, n))
    ]


@op("CTCGreedyDecoder", shape=_decoded, host=True, differentiable=False)
def ctc_greedy_op(
    xp: Any, inputs: F, sequence_length: int32, *, merge_repeated: bool = False
) -> tuple[int64, int64, int64, F]:
    """The most probable class at each time, without blanks, and repetitions as one; minus the sum of their logits."""
    x, blank = np.asarray(inputs), inputs.shape[-1] - 1
    best = x.argmax(-1)
    rows, scores = [], np.zeros((x.shape[1], 1), x.dtype)
    for n, time in enumerate(np.asarray(sequence_length).tolist()):
        path = best[:time, n].tolist()
        scores[n] = -x[range(time), n, path].sum()
        rows.append(
            [v for t, v in enumerate(path) if v != blank and not (merge_repeated and t and path[t - 1] == v)]
        )
    return *_sparse(rows), scores


def ctc_greedy_decoder(
    inputs: Any, sequence_length: Any, merge_repeated: bool = True
) -> tuple[list[SparseTensor], Tensor]:
    """The labels of the most probable alignment, as a list with one SparseTensor, and minus the sum of its logits.

    >>> (decoded,), score = tf.nn.ctc_greedy_decoder(tf.constant([[[0.0, 5.0, 0.0]], [[0.0, 0.0, 5.0]]]), [2])
    >>> print(decoded.values.eval())
    [1]
    """
    *parts, score = ctc_greedy_op(inputs, sequence_length, merge_repeated=merge_repeated)
    return [SparseTensor(*parts)], score


def _beam(logs: np.ndarray, width: int, blank: int, merge: bool) -> list[tuple[float, tuple[int, ...]]]:
    """The most probable label sequences, each summed over its alignments: (log probability, labels), best first."""
    none = -math.inf
    beams: dict[tuple[int, ...], tuple[float, float]] = {
        (): (0.0, none)
    }  # ending in a blank; ending in the last label
    for step in logs:
        new: dict[tuple[int, ...], list[float]] = {}
        for labels, (by_blank, by_label) in beams.items():
            total = float(np.logaddexp(by_blank, by_label))
            here = new.setdefault(labels, [none, none])
            here[0] = float(np.logaddexp(here[0], total + step[blank]))
            if labels:
                here[1] = float(np.logaddexp(here[1], by_label + step[labels[-1]]))
            for k in range(blank):
                came = by_blank if labels and labels[-1] == k else total
                there = new.setdefault((*labels, k), [none, none])
                there[1] = float(np.logaddexp(there[1], came + step[k]))
        kept = heapq.nlargest(width, new.items(), key=lambda item: float(np.logaddexp(*item[1])))
        beams = {labels: (a, b) for labels, (a, b) in kept}
    found = [
        (float(np.logaddexp(a, b)), _merged(labels) if merge else labels) for labels, (a, b) in beams.items()
    ]
    return sorted(found, reverse=True)


def _merged(labels: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(v for i, v in enumerate(labels) if not i or labels[i - 1] != v)


@op("CTCBeamSearchDecoder", shape=_decoded, host=True, differentiable=False)
def ctc_beam_op(
    xp: Any,
    inputs: F,
    sequence_length: int32,
    *,
    beam_width: int,
    top_paths: int,
    merge_repeated: bool = True,
    Tout: Any,
) -> tuple[Any, ...]:
    """The most probable label sequences, found by keeping the `beam_width` best beginnings, and their log probabilities."""
    x = np.asarray(inputs)
    logs = _log_softmax(x.astype(np.float64))
    per_row = [
        _beam(logs[:time, n], beam_width, x.shape[-1] - 1, merge_repeated)
        for n, time in enumerate(np.asarray(sequence_length).tolist())
    ]
    parts = [_sparse([list(row[k][1]) for row in per_row]) for k in range(top_paths)]
    scores = np.array([[row[k][0] for k in range(top_paths)] for row in per_row], x.dtype)
    return *(p[0] for p in parts), *(p[1] for p in parts), *(p[2] for p in parts), scores


def ctc_beam_search_decoder(
    inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1, merge_repeated: bool = True
) -> tuple[list[SparseTensor], Tensor]:
    """The `top_paths` most probable label sequences as SparseTensors, and the logs of their probabilities (batch, top_paths).

    >>> (decoded,), score = tf.nn.ctc_beam_search_decoder(tf.constant([[[0.0, 5.0, 0.0]], [[0.0, 0.0, 5.0]]]), [2], beam_width=2)
    >>> print(decoded.values.eval())
    [1]
    """
    from tfnb.core.dtypes import int64 as int64_type

    x = convert_to_tensor(inputs)
    given = {"beam_width": beam_width, "top_paths": top_paths, "merge_repeated": merge_repeated,
             "Tout": [int64_type] * 3 * top_paths + [x.dtype.base_dtype]}  # fmt: skip
    *parts, scores = ctc_beam_op.node((x, sequence_length), given, None).outputs
    lists = [parts[i * top_paths : (i + 1) * top_paths] for i in range(3)]
    return [SparseTensor(*triple) for triple in zip(*lists, strict=True)], scores
