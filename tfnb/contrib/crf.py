"""tf.contrib.crf: tags of a sequence that depend on one another: a linear chain.

    loss = -tf.reduce_mean(crf_log_likelihood(scores, tags, lengths)[0])      scores [batch, time, tags]
    tags, score = crf_decode(scores, transitions, lengths)

Lafferty, McCallum and Pereira, Conditional random fields (2001).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.ops import arrays, reduce
from tfnb.ops.compare import select
from tfnb.ops.elementwise import cast
from tfnb.ops.functional import foldl, scan
from tfnb.ops.grids import sequence_mask
from tfnb.ops.indexing import gather, reverse
from tfnb.ops.movement import one_hot, tile
from tfnb.ops.movement import range as numbers
from tfnb.variable_scopes import get_variable

__all__ = ["crf_binary_score", "crf_decode", "crf_log_likelihood", "crf_log_norm", "crf_sequence_score", "crf_unary_score", "viterbi_decode"]


def _there(lengths: Any, x: Tensor) -> Tensor:
    """1 within a sequence's length, else 0: [batch, time]."""
    return sequence_mask(lengths, maxlen=arrays.shape(x)[1], dtype="float32")


def crf_unary_score(tag_indices: Any, sequence_lengths: Any, inputs: Any) -> Tensor:
    """The sum of the scores of these tags: [batch].

    >>> print(tf.contrib.crf.crf_unary_score([[0, 1]], [2], tf.constant([[[1.0, 0.0], [0.0, 2.0]]])).eval())
    [3.]
    """
    inputs = convert_to_tensor(inputs)
    chosen = one_hot(tag_indices, inputs.shape.as_list()[-1], dtype=inputs.dtype)
    return reduce.reduce_sum(reduce.reduce_sum(inputs * chosen, axis=2) * _there(sequence_lengths, inputs), axis=1)


def crf_binary_score(tag_indices: Any, sequence_lengths: Any, transition_params: Any) -> Tensor:
    """The sum of the scores of going from each tag to the next: [batch].

    >>> print(tf.contrib.crf.crf_binary_score([[0, 1, 1]], [3], tf.constant([[0.0, 5.0], [0.0, 1.0]])).eval())
    [6.]
    """
    tags, transitions = convert_to_tensor(tag_indices), convert_to_tensor(transition_params)
    n = transitions.shape.as_list()[0]
    found = gather(arrays.reshape(transitions, [-1]), tags[:, :-1] * n + tags[:, 1:])
    return reduce.reduce_sum(found * _there(sequence_lengths, tags)[:, 1:], axis=1)


def crf_sequence_score(inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any) -> Tensor:
    """The score of these tags: [batch].

    >>> print(tf.contrib.crf.crf_sequence_score(tf.ones([1, 3, 2]), [[0, 1, 1]], [3], tf.constant([[0.0, 5.0], [0.0, 1.0]])).eval())
    [9.]
    """
    return crf_unary_score(tag_indices, sequence_lengths, inputs) + crf_binary_score(tag_indices, sequence_lengths, transition_params)


def _turned(x: Tensor) -> Tensor:
    return arrays.transpose(x, [1, 0, *range(2, x.shape.ndims or 2)])


def crf_log_norm(inputs: Any, sequence_lengths: Any, transition_params: Any) -> Tensor:
    """log of the sum of exp(score) over all sequences of tags: [batch].

    >>> print(tf.contrib.crf.crf_log_norm(tf.zeros([1, 3, 2]), [3], tf.zeros([2, 2])).eval())
    [2.0794]
    """
    inputs, transitions = convert_to_tensor(inputs), arrays.expand_dims(convert_to_tensor(transition_params), 0)
    steps, there = _turned(inputs), cast(_turned(_there(sequence_lengths, inputs)), "bool")

    def step(alpha: Tensor, now: Any) -> Tensor:
        scores, valid = now
        new = scores + reduce.reduce_logsumexp(arrays.expand_dims(alpha, 2) + transitions, axis=1)
        return select(valid, new, alpha)

    last = foldl(step, (steps[1:], there[1:]), initializer=steps[0])
    return select(convert_to_tensor(sequence_lengths) <= 0, arrays.zeros_like(last[:, 0]), reduce.reduce_logsumexp(last, axis=1))


def crf_log_likelihood(inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any = None) -> tuple[Tensor, Any]:
    """How likely the tags are, its log [batch], and the transitions [tags, tags]: a variable where none are given.

    >>> scores, tags = tf.zeros([1, 3, 2]), tf.constant([[0, 1, 1]])
    >>> found, _ = tf.contrib.crf.crf_log_likelihood(scores, tags, [3], tf.zeros([2, 2]))
    >>> print(found.eval())          # log(1 / 2 ^ 3)
    [-2.0794]
    """
    inputs = convert_to_tensor(inputs)
    n = inputs.shape.as_list()[2]
    if transition_params is None:
        transition_params = get_variable("transitions", [n, n])
    score = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    return score - crf_log_norm(inputs, sequence_lengths, transition_params), transition_params


def crf_decode(potentials: Any, transition_params: Any, sequence_length: Any) -> tuple[Tensor, Tensor]:
    """The best tags [batch, time] (0 beyond a sequence's length) and their score [batch]. Viterbi (1967).

    >>> tags, score = tf.contrib.crf.crf_decode([[[1.0, 0.0], [0.0, 2.0]]], tf.zeros([2, 2]), [2])
    >>> print(tags.eval(), score.eval())
    [[0 1]] [3.]
    """
    x, transitions = convert_to_tensor(potentials), arrays.expand_dims(convert_to_tensor(transition_params), 0)
    steps, there = _turned(x), cast(_turned(_there(sequence_length, x)), "bool")
    n = x.shape.as_list()[2]
    same = tile(arrays.expand_dims(numbers(n), 0), arrays.stack([arrays.shape(x)[0], 1]))

    def step(held: Any, now: Any) -> Any:
        score, valid = now
        every = arrays.expand_dims(held[0], 2) + transitions
        best = score + reduce.reduce_max(every, axis=1)
        return select(valid, best, held[0]), select(valid, cast(reduce.argmax(every, axis=1), "int32"), same)

    scores, back = scan(step, (steps[1:], there[1:]), initializer=(steps[0], same))
    every = arrays.concat([steps[:1], scores], 0)[-1]
    last = cast(reduce.argmax(every, axis=1), "int32")

    def trace(tag: Tensor, pointers: Tensor) -> Tensor:
        return reduce.reduce_sum(pointers * one_hot(tag, n, dtype="int32"), axis=1)

    before = reverse(scan(trace, reverse(back, [0]), initializer=last), [0])
    tags = _turned(arrays.concat([before, arrays.expand_dims(last, 0)], 0)) * cast(_there(sequence_length, x), "int32")
    return tags, reduce.reduce_max(every, axis=1)


def viterbi_decode(score: Any, transition_params: Any) -> tuple[list[int], float]:
    """The best tags of one sequence [time, tags] of arrays, and their score.

    >>> tags, score = tf.contrib.crf.viterbi_decode(np.array([[1.0, 0.0], [0.0, 2.0]]), np.zeros((2, 2)))
    >>> list(map(int, tags)), float(score)
    ([0, 1], 3.0)
    """
    trellis, back = np.array(score, np.float64), np.zeros(np.shape(score), np.int32)
    for t in range(1, len(trellis)):
        every = trellis[t - 1][:, None] + transition_params
        trellis[t] += every.max(0)
        back[t] = every.argmax(0)
    tags = [int(trellis[-1].argmax())]
    for pointers in reversed(back[1:]):
        tags.append(int(pointers[tags[-1]]))
    return tags[::-1], trellis[-1].max()
