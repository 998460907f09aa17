"""CTC: the loss against a sum over all alignments, its gradient against differences, decoders."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check

LABELS = tf.SparseTensorValue([[0, 0], [0, 1], [1, 0], [1, 1]], [1, 2, 0, 0], [2, 2])


def collapsed(path) -> list[int]:
    return [v for v, _ in itertools.groupby(path) if v != 3]


def test_the_loss_sums_over_all_alignments() -> None:
    x = np.random.default_rng(1).normal(size=(4, 2, 4))
    p = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    want = []
    for n, (labels, time) in enumerate((([1, 2], 4), ([0, 0], 3))):
        paths = (path for path in itertools.product(range(4), repeat=time) if collapsed(path) == labels)
        want.append(-np.log(sum(np.prod(p[range(time), n, path]) for path in paths)))
    with tf.Graph().as_default(), tf.Session() as sess:
        found = sess.run(tf.nn.ctc_loss(tf.SparseTensor(*LABELS), x, [4, 3]))
    np.testing.assert_allclose(found, want)


def test_gradient() -> None:
    check(lambda x: tf.nn.ctc_loss(tf.SparseTensor(*LABELS), x, [5, 4]), (5, 2, 4))


def test_too_short() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.zeros([5, 2, 4])
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="Not enough time for target transition sequence"
        ):
            sess.run(tf.nn.ctc_loss(tf.SparseTensor(*LABELS), x, [5, 2]))
        assert (
            sess.run(
                tf.nn.ctc_loss(tf.SparseTensor(*LABELS), x, [5, 2], ignore_longer_outputs_than_inputs=True)
            )[1]
            == 0
        )


def test_decoders() -> None:
    best = [0, 0, 3, 0, 2, 2]
    x = 5.0 * np.eye(4)[best][:, None]
    with tf.Graph().as_default(), tf.Session() as sess:
        (greedy,), score = tf.nn.ctc_greedy_decoder(x, [6])
        (single,), _ = tf.nn.ctc_greedy_decoder(x, [6], merge_repeated=False)
        beams, logs = tf.nn.ctc_beam_search_decoder(x, [6], top_paths=2, merge_repeated=False)
        a, b, c, s, p = sess.run([greedy.values, single.values, beams[0].values, score, logs])
    assert a.tolist() == [0, 0, 2] and b.tolist() == [0, 0, 0, 2, 2] and c.tolist() == [0, 0, 2]
    assert s.tolist() == [[-30.0]] and p[0, 0] > p[0, 1]
