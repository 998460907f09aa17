"""tf.distributions: probabilities, means and samples of the usual distributions, made of ops.

normal = Normal(loc=0.0, scale=[1.0, 2.0])
normal.log_prob(x)      normal.sample([100])  (100, 2)      kl_divergence(p, q)
"""

from __future__ import annotations

from tfnb.core.graph import Tensor
from tfnb.core.scopes import name_scope
from tfnb.distributions.base import Distribution
from tfnb.distributions.continuous import (
    Beta,
    Dirichlet,
    Exponential,
    Gamma,
    Laplace,
    MultivariateNormalDiag,
    Normal,
    StudentT,
    Uniform,
)
from tfnb.distributions.discrete import Bernoulli, Categorical
from tfnb.ops import powers, reduce, special
from tfnb.ops.activations import log_softmax, softmax, softplus

__all__ = [
    "Bernoulli", "Beta", "Categorical", "Dirichlet", "Distribution", "Exponential", "Gamma", "Laplace",
    "MultivariateNormalDiag", "Normal", "StudentT", "Uniform", "kl_divergence",
]  # fmt: skip


def kl_divergence(
    distribution_a: Distribution,
    distribution_b: Distribution,
    allow_nan_stats: bool = True,
    name: str | None = None,
) -> Tensor:
    """The Kullback-Leibler divergence: the mean of log p(x) - log q(x) for x drawn from p, the first one.

    >>> a, b = tf.distributions.Normal(0.0, 1.0), tf.distributions.Normal(1.0, 1.0)
    >>> print(tf.distributions.kl_divergence(a, b).eval())
    0.5
    """
    p, q = distribution_a, distribution_b
    with name_scope(name, "KullbackLeibler"):
        if isinstance(p, Normal) and isinstance(q, Normal):
            ratio = powers.square(p.scale / q.scale)
            out = powers.square((p.loc - q.loc) / q.scale) / 2 + 0.5 * (ratio - 1 - special.log(ratio))
            return reduce.reduce_sum(out, -1) if p.event_axes else out
        if isinstance(p, Bernoulli) and isinstance(q, Bernoulli):
            up = softplus(-q.logits) - softplus(-p.logits)
            down = softplus(q.logits) - softplus(p.logits)
            return p.probs * up + (1 - p.probs) * down
        if isinstance(p, Categorical) and isinstance(q, Categorical):
            return reduce.reduce_sum(softmax(p.logits) * (log_softmax(p.logits) - log_softmax(q.logits)), -1)
        kinds = f"distribution_a type {type(p).__name__} and distribution_b type {type(q).__name__}"
        raise NotImplementedError(f"No KL(distribution_a || distribution_b) registered for {kinds}")
