"""Distributions: densities integrate to one, samples have the moments, divergences are means of log ratios."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf

d = tf.distributions
LINE = {
    "normal": (lambda: d.Normal(0.5, 1.5), -12, 12), "uniform": (lambda: d.Uniform(-1.0, 2.0), -1.5, 2.5),
    "laplace": (lambda: d.Laplace(0.5, 0.7), -15, 15), "gamma": (lambda: d.Gamma(2.5, 2.0), 1e-6, 15),
    "exponential": (lambda: d.Exponential(2.0), 1e-6, 15), "beta": (lambda: d.Beta(2.0, 3.0), 1e-6, 1 - 1e-6),
    "student": (lambda: d.StudentT(5.0, 0.5, 1.0), -60, 60),
}  # fmt: skip


@pytest.mark.parametrize("name", LINE)
def test_density_and_samples(name: str) -> None:
    build, low, high = LINE[name]
    with tf.Graph().as_default(), tf.Session() as sess:
        dist = build()
        x = np.linspace(low, high, 20001, dtype=np.float32)
        p, mean, draws = sess.run([dist.prob(x), dist.mean(), dist.sample([20000], seed=1)])
    step = (high - low) / 20000
    assert p.sum() * step == pytest.approx(1, abs=2e-2)
    assert (p * x).sum() * step == pytest.approx(mean, abs=2e-2)
    assert draws.shape == (20000,) and draws.mean() == pytest.approx(mean, abs=0.05)


def test_choices() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        coin, die = d.Bernoulli(probs=[0.2, 0.7]), d.Categorical(probs=[[0.1, 0.6, 0.3], [0.5, 0.25, 0.25]])
        p, q, tosses, throws = sess.run([coin.prob([1, 0]), die.prob([1, 2]), coin.sample(5000, seed=2), die.sample(5000, seed=3)])
        assert str(coin.batch_shape) == "(2,)" and str(die.batch_shape) == "(2,)"
    np.testing.assert_allclose(p, [0.2, 0.3], rtol=1e-5)
    np.testing.assert_allclose(q, [0.6, 0.25], rtol=1e-5)
    np.testing.assert_allclose(tosses.mean(0), [0.2, 0.7], atol=0.03)
    np.testing.assert_allclose((throws == 1).mean(0), [0.6, 0.25], atol=0.03)


@pytest.mark.parametrize("pair", [
    lambda: (d.Normal(0.3, 0.8), d.Normal(-0.5, 1.2)), lambda: (d.Bernoulli(probs=0.3), d.Bernoulli(probs=0.6)),
    lambda: (d.Categorical(probs=[0.2, 0.8]), d.Categorical(probs=[0.5, 0.5])),
])  # fmt: skip
def test_divergence_is_the_mean_log_ratio(pair) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        p, q = pair()
        x = p.sample(40000, seed=4)
        want, found = sess.run([tf.reduce_mean(p.log_prob(x) - q.log_prob(x)), d.kl_divergence(p, q)])
    assert found == pytest.approx(want, abs=0.02)


def test_vectors_and_names() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.contrib.distributions.MultivariateNormalDiag([0.0, 1.0], [1.0, 2.0])
        assert sess.run(v.sample([3])).shape == (3, 2) and str(v.event_shape) == "(2,)"
        a, b = sess.run([v.log_prob([0.5, 0.5]), tf.reduce_sum(d.Normal([0.0, 1.0], [1.0, 2.0]).log_prob([0.5, 0.5]))])
        assert a == pytest.approx(b)
        assert d.Normal(0.0, 1.0, name="n").prob(0.0).op.name.startswith("n/prob/")
        with pytest.raises(NotImplementedError, match="No KL"):
            d.kl_divergence(d.Normal(0.0, 1.0), d.Uniform())
