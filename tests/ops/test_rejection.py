"""Gamma and Poisson numbers: their moments, and the very ones that TensorFlow 1.15.5 draws."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf

# tf.random_gamma([2], [2.5, 0.4], seed=3) and tf.random_poisson([0.5, 4.0, 300.0], [3], seed=3) in TensorFlow 1.15.5
GAMMA = [3.697889, 0.006739559, 2.085345, 2.039313]
POISSON = [1.0, 5.0, 301.0, 1.0, 5.0, 298.0, 0.0, 3.0, 296.0]
CANDIDATES = {
    "log_uniform": (
        [0, 10, 24, 21, 13, 3],
        [0.2931308, 0.02908328, 0.1655371],
        [0.6799254, 0.1247404, 0.05799281, 0.06550515, 0.1000673, 0.2931308],
    ),
    "uniform": ([35, 8, 16, 61, 0, 45], [0.06, 0.06, 0.06], [0.06, 0.06, 0.06, 0.06, 0.06, 0.06]),
}


def run(fetch):
    with tf.Session(graph=tf.get_default_graph()) as sess:
        return sess.run(fetch)


def test_the_numbers_of_tensorflow() -> None:
    with tf.Graph().as_default():
        gamma, poisson = run(
            [tf.random_gamma([2], [2.5, 0.4], seed=3), tf.random_poisson([0.5, 4.0, 300.0], [3], seed=3)]
        )
    np.testing.assert_allclose(gamma.ravel(), GAMMA, rtol=1e-5)
    assert poisson.ravel().tolist() == POISSON


@pytest.mark.parametrize("alpha", [0.3, 1.0, 4.0])
def test_moments_of_gamma(alpha: float) -> None:
    with tf.Graph().as_default():
        x = run(tf.random_gamma([20000], alpha, beta=2.0, seed=1))
    assert x.mean() == pytest.approx(alpha / 2, rel=0.05)
    assert x.var() == pytest.approx(alpha / 4, rel=0.1)


@pytest.mark.parametrize("rate", [0.5, 5.0, 40.0])
def test_moments_of_poisson(rate: float) -> None:
    with tf.Graph().as_default():
        x = run(tf.random_poisson(rate, [20000], seed=1))
    assert x.mean() == pytest.approx(rate, rel=0.05)
    assert x.var() == pytest.approx(rate, rel=0.1)


def test_each_run_draws_new_ones() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        r = tf.random_poisson(3.5, [50], seed=3)
        assert (sess.run(r) != sess.run(r)).any()
        with pytest.raises(
            LookupError, match="No gradient defined for operation 'random_poisson_1/RandomPoissonV2'"
        ):
            x = tf.constant([1.0])
            tf.gradients(tf.random_poisson(x, []), x)


def test_candidates_are_those_of_tensorflow() -> None:
    labels = np.array([[3], [50], [7]])
    with tf.Graph().as_default():
        found = {
            kind: run(list(getattr(tf.nn, f"{kind}_candidate_sampler")(labels, 1, 6, True, 100, seed=5)))
            for kind in CANDIDATES
        }
    for kind, (classes, true, sampled) in CANDIDATES.items():
        assert found[kind][0].tolist() == classes
        np.testing.assert_allclose(found[kind][1].ravel(), true, rtol=1e-5)
        np.testing.assert_allclose(found[kind][2], sampled, rtol=1e-5)


@pytest.mark.parametrize("loss", ["nce_loss", "sampled_softmax_loss"])
def test_losses_over_all_classes_are_the_plain_ones(loss: str) -> None:
    """With every class drawn once and its count known, the sampled loss is the whole one, but for the true class."""
    random = np.random.default_rng(1)
    w, b, x = random.normal(size=(6, 4)), random.normal(size=6), random.normal(size=(3, 4))
    labels = np.array([[1], [5], [0]])
    drawn = (np.arange(6), np.ones((3, 1)), np.ones(6))
    with tf.Graph().as_default():
        weights, biases, inputs = map(tf.constant, (w, b, x))
        sampled = tuple(map(tf.constant, drawn))
        found = getattr(tf.nn, loss)(
            weights, biases, labels, inputs, 6, 6, sampled_values=sampled, remove_accidental_hits=True
        )
        value = run(found)
    logits = x @ w.T + b
    if loss == "nce_loss":
        sign = np.where(np.arange(6) == labels, -1, 1)
        want = np.log1p(np.exp(sign * logits)).sum(1)
    else:
        want = np.log(np.exp(logits).sum(1)) - logits[range(3), labels[:, 0]]
    np.testing.assert_allclose(value, want)
