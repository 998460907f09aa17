"""optimize_loss: a training step by the name of its optimizer."""

from __future__ import annotations

from typing import Any

from tfnb import summary, train
from tfnb.core.graph import GraphKeys, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import control_dependencies
from tfnb.initializers import Constant
from tfnb.ops import clip
from tfnb.ops.elementwise import identity
from tfnb.variable_scopes import get_variable, variable_scope
from tfnb.variables import trainable_variables

__all__ = ["OPTIMIZER_CLS_NAMES", "OPTIMIZER_SUMMARIES", "optimize_loss"]

OPTIMIZER_CLS_NAMES = {
    "Adagrad": train.AdagradOptimizer,
    "Adam": train.AdamOptimizer,
    "Ftrl": train.FtrlOptimizer,
    "Momentum": lambda learning_rate: train.MomentumOptimizer(learning_rate, momentum=0.9),
    "RMSProp": train.RMSPropOptimizer,
    "SGD": train.GradientDescentOptimizer,
}
OPTIMIZER_SUMMARIES = ["learning_rate", "loss", "gradients", "gradient_norm", "global_gradient_norm"]


def optimize_loss(loss: Any, global_step: Any, learning_rate: Any, optimizer: Any, gradient_noise_scale: float | None = None,
                  gradient_multipliers: Any = None, clip_gradients: Any = None, learning_rate_decay_fn: Any = None,
                  update_ops: Any = None, variables: Any = None, name: str | None = None, summaries: Any = None,
                  colocate_gradients_with_ops: bool = False, increment_global_step: bool = True) -> Tensor:  # fmt: skip
    """The loss, as it is once a step of training is done. The optimizer is a name, a class, a function or an object.

    Raises ValueError for an unknown optimizer or a loss that is no scalar.

    >>> v, count = tf.Variable(3.0), tf.train.create_global_step()
    >>> step = tf.contrib.layers.optimize_loss(v * v, count, learning_rate=0.1, optimizer="SGD")
    >>> sess.run(tf.global_variables_initializer())
    >>> print(sess.run(step))
    9.0
    """
    loss = convert_to_tensor(loss)
    graph = get_default_graph()
    step = train.get_global_step() if global_step is None else global_step
    with variable_scope(name, "OptimizeLoss", [loss, step]):
        updates = set(graph.get_collection(GraphKeys.UPDATE_OPS) if update_ops is None else update_ops)
        if updates:
            with control_dependencies(list(updates)):
                loss = identity(loss)
        rate = _rate(learning_rate, learning_rate_decay_fn, step)
        found = trainable_variables() if variables is None else variables
        trainer = _optimizer(optimizer, rate)
        pairs = trainer.compute_gradients(loss, found, colocate_gradients_with_ops=colocate_gradients_with_ops)
        pairs = _scaled(pairs, gradient_multipliers)
        pairs = _clipped(pairs, clip_gradients)
        _summarize(["loss", "learning_rate", "global_gradient_norm"] if summaries is None else summaries, loss, rate, pairs)
        done = trainer.apply_gradients(pairs, global_step=step if increment_global_step else None, name="train")
        with control_dependencies([done]):
            return identity(loss)


def _rate(learning_rate: Any, decay: Any, step: Any) -> Any:
    if learning_rate is None:
        return None
    if isinstance(learning_rate, (int, float)):
        if learning_rate < 0.0:
            raise ValueError("Invalid learning_rate %s.", learning_rate)
        learning_rate = get_variable("learning_rate", [], trainable=False, initializer=Constant(float(learning_rate)))
    if decay is None:
        return learning_rate
    if step is None:
        raise ValueError("global_step is required for learning_rate_decay_fn.")
    return decay(learning_rate, step)


def _optimizer(optimizer: Any, rate: Any) -> Any:
    if isinstance(optimizer, str):
        if rate is None:
            raise ValueError(f"Learning rate is None, but should be specified if optimizer is string ({optimizer}).")
        if optimizer not in OPTIMIZER_CLS_NAMES:
            raise ValueError(f"Optimizer name should be one of [{', '.join(OPTIMIZER_CLS_NAMES)}], you provided {optimizer}.")
        return OPTIMIZER_CLS_NAMES[optimizer](learning_rate=rate)  # type: ignore[operator]
    if isinstance(optimizer, train.Optimizer):
        return optimizer
    if callable(optimizer):
        return optimizer() if rate is None else optimizer(rate)
    raise ValueError("Unrecognized optimizer: should be string, subclass of Optimizer, instance of subclass of Optimizer or function "
                     f"with one argument. Got {optimizer!s}.")  # fmt: skip


def _scaled(pairs: Any, multipliers: Any) -> Any:
    if not multipliers:
        return pairs
    factors = [(multipliers.get(v, multipliers.get(v.op.name)), g, v) for g, v in pairs]
    return [(g if g is None or factor is None else g * factor, v) for factor, g, v in factors]


def _clipped(pairs: Any, limit: Any) -> Any:
    """Gradients clipped by their global norm, or by a function of the pairs."""
    if limit is None:
        return pairs
    if callable(limit):
        return limit(pairs)
    gradients, found = zip(*pairs, strict=True)
    return list(zip(clip.clip_by_global_norm(gradients, limit)[0], found, strict=True))


def _summarize(wanted: Any, loss: Tensor, rate: Any, pairs: Any) -> None:
    unknown = [w for w in wanted if w not in OPTIMIZER_SUMMARIES]
    if unknown:
        raise ValueError(f"Summaries should be one of [{', '.join(OPTIMIZER_SUMMARIES)}], you provided {unknown[0]}.")
    if "loss" in wanted:
        summary.scalar("loss", loss)
    if "learning_rate" in wanted and rate is not None:
        summary.scalar("learning_rate", rate)
    if "global_gradient_norm" in wanted:
        summary.scalar("global_norm/gradient_norm", clip.global_norm([g for g, _ in pairs if g is not None]))
