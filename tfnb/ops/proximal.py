"""Steps that pull weights to exactly zero: a step down the gradient, then the proximal operator of L1 and L2.

Sources: Duchi and Singer 2009 (forward-backward splitting), Duchi et al. 2011 (dual averaging).
"""

from __future__ import annotations

from typing import Any

from tfnb.core.op import op
from tfnb.core.rules import F, Ref, int64

__all__: list[str] = []


@op("ApplyProximalGradientDescent", writes=True, effect=True, differentiable=False)
def apply_proximal_gradient_descent(
    xp: Any, var: Ref(F), alpha: F, l1: F, l2: F, delta: F, *, use_locking: bool = False
) -> Ref(F):  # type: ignore[valid-type]
    """A step down the gradient, shrunk towards zero."""
    step = var - alpha * delta
    return xp.sign(step) * xp.maximum(xp.abs(step) - alpha * l1, 0) / (1 + l2 * alpha)


@op("ApplyProximalAdagrad", writes=("var", "accum"), effect=True, differentiable=False)
def apply_proximal_adagrad(
    xp: Any, var: Ref(F), accum: Ref(F), lr: F, l1: F, l2: F, grad: F, *, use_locking: bool = False
) -> Ref(F):  # type: ignore[valid-type]
    """An Adagrad step, shrunk towards zero."""
    accum = accum + grad * grad
    rate = lr / xp.sqrt(accum)
    step = var - rate * grad
    return xp.sign(step) * xp.maximum(xp.abs(step) - rate * l1, 0) / (1 + l2 * rate), accum


@op(
    "ApplyAdagradDA",
    writes=("var", "gradient_accumulator", "gradient_squared_accumulator"),
    effect=True,
    differentiable=False,
)
def apply_adagrad_da(
    xp: Any,
    var: Ref(F),
    gradient_accumulator: Ref(F),
    gradient_squared_accumulator: Ref(F),
    grad: F,
    lr: F,
    l1: F,
    l2: F,
    global_step: int64,
    *,
    use_locking: bool = False,
) -> Ref(F):  # type: ignore[valid-type]
    """The weights that the sum of all gradients so far would choose."""
    steps = global_step.astype(var.dtype)
    total = gradient_accumulator + grad
    squares = gradient_squared_accumulator + grad * grad
    kept = xp.sign(total) * xp.maximum(xp.abs(total) - l1 * steps, 0)
    return -lr * kept / (l2 * steps * lr + xp.sqrt(squares)), total, squares
