"""One step of each optimizer, as TensorFlow's Apply ops: the formulas, and nothing else.

Sources: Polyak 1964 (momentum), Nesterov 1983, Duchi et al. 2011 (Adagrad), Hinton's lecture 6e (RMSProp),
Zeiler 2012 (Adadelta), Kingma and Ba 2015 (Adam), McMahan et al. 2013 (Ftrl).
"""

from __future__ import annotations

from typing import Any

from tfnb.core.op import op
from tfnb.core.rules import F, I, Ref

__all__: list[str] = []


@op("ApplyGradientDescent", writes=True, effect=True, differentiable=False)
def apply_gradient_descent(xp: Any, var: Ref(F), alpha: F, delta: F, *, use_locking: bool = False) -> Ref(F):  # type: ignore[valid-type]
    """A step down the gradient."""
    return var - alpha * delta


@op("ApplyMomentum", writes=("var", "accum"), effect=True, differentiable=False)
def apply_momentum(
    xp: Any,
    var: Ref(F),
    accum: Ref(F),
    lr: F,
    grad: F,
    momentum: F,
    *,
    use_locking: bool = False,
    use_nesterov: bool = False,
) -> Ref(F):  # type: ignore[valid-type]
    """A step with a moving direction."""
    accum = accum * momentum + grad
    return var - lr * (grad + momentum * accum if use_nesterov else accum), accum


@op("ApplyAdagrad", writes=("var", "accum"), effect=True, differentiable=False)
def apply_adagrad(
    xp: Any,
    var: Ref(F),
    accum: Ref(F),
    lr: F,
    grad: F,
    *,
    use_locking: bool = False,
    update_slots: bool = True,
) -> Ref(F):  # type: ignore[valid-type]
    """A step scaled by the root of all squared gradients so far."""
    accum = accum + grad * grad
    return var - lr * grad / xp.sqrt(accum), accum


@op("ApplyAdadelta", writes=("var", "accum", "accum_update"), effect=True, differentiable=False)
def apply_adadelta(
    xp: Any,
    var: Ref(F),
    accum: Ref(F),
    accum_update: Ref(F),
    lr: F,
    rho: F,
    epsilon: F,
    grad: F,
    *,
    use_locking: bool = False,
) -> Ref(F):  # type: ignore[valid-type]
    """A step scaled by the ratio of recent steps to recent gradients."""
    accum = accum * rho + grad * grad * (1 - rho)
    update = xp.sqrt(accum_update + epsilon) / xp.sqrt(accum + epsilon) * grad
    return var - update * lr, accum, accum_update * rho + update * update * (1 - rho)


@op("ApplyRMSProp", writes=("var", "ms", "mom"), effect=True, differentiable=False)
def apply_rms_prop(
    xp: Any,
    var: Ref(F),
    ms: Ref(F),
    mom: Ref(F),
    lr: F,
    rho: F,
    momentum: F,
    epsilon: F,
    grad: F,
    *,
    use_locking: bool = False,
) -> Ref(F):  # type: ignore[valid-type]
    """A step scaled by the root of recent squared gradients."""
    ms = ms + (grad * grad - ms) * (1 - rho)
    mom = mom * momentum + grad * lr / xp.sqrt(ms + epsilon)
    return var - mom, ms, mom


@op("ApplyCenteredRMSProp", writes=("var", "mg", "ms", "mom"), effect=True, differentiable=False)
def apply_centered_rms_prop(
    xp: Any,
    var: Ref(F),
    mg: Ref(F),
    ms: Ref(F),
    mom: Ref(F),
    lr: F,
    rho: F,
    momentum: F,
    epsilon: F,
    grad: F,
    *,
    use_locking: bool = False,
) -> Ref(F):  # type: ignore[valid-type]
    """As RMSProp, by the variance of recent gradients."""
    ms = ms + (grad * grad - ms) * (1 - rho)
    mg = mg + (grad - mg) * (1 - rho)
    mom = mom * momentum + grad * lr / xp.sqrt(ms - mg * mg + epsilon)
    return var - mom, mg, ms, mom


@op("ApplyAdam", writes=("var", "m", "v"), effect=True, differentiable=False)
def apply_adam(
    xp: Any,
    var: Ref(F),
    m: Ref(F),
    v: Ref(F),
    beta1_power: F,
    beta2_power: F,
    lr: F,
    beta1: F,
    beta2: F,
    epsilon: F,
    grad: F,
    *,
    use_locking: bool = False,
    use_nesterov: bool = False,
) -> Ref(F):  # type: ignore[valid-type]
    """A step by the first and second moments of the gradient, corrected for their start at zero."""
    alpha = lr * xp.sqrt(1 - beta2_power) / (1 - beta1_power)
    m = m + (grad - m) * (1 - beta1)
    v = v + (grad * grad - v) * (1 - beta2)
    return (
        var - alpha * (m * beta1 + (1 - beta1) * grad if use_nesterov else m) / (xp.sqrt(v) + epsilon),
        m,
        v,
    )


@op("ApplyFtrl", writes=("var", "accum", "linear"), effect=True, differentiable=False)
def apply_ftrl(
    xp: Any,
    var: Ref(F),
    accum: Ref(F),
    linear: Ref(F),
    grad: F,
    lr: F,
    l1: F,
    l2: F,
    lr_power: F,
    *,
    use_locking: bool = False,
) -> Ref(F):  # type: ignore[valid-type]
    """Follow the regularised leader."""
    new = accum + grad * grad
    linear = linear + grad - (new ** (-lr_power) - accum ** (-lr_power)) / lr * var
    quadratic = new ** (-lr_power) / lr + 2 * l2
    return (
        xp.where(xp.abs(linear) > l1, (xp.sign(linear) * l1 - linear) / quadratic, xp.zeros_like(var)),
        new,
        linear,
    )


@op("ApplyFtrlV2", writes=("var", "accum", "linear"), effect=True, differentiable=False)
def apply_ftrl_v2(
    xp: Any,
    var: Ref(F),
    accum: Ref(F),
    linear: Ref(F),
    grad: F,
    lr: F,
    l1: F,
    l2: F,
    l2_shrinkage: F,
    lr_power: F,
    *,
    use_locking: bool = False,
) -> Ref(F):  # type: ignore[valid-type]
    """Follow the regularised leader, whose gradients also pull the variable to 0."""
    new = accum + grad * grad
    linear = linear + grad + 2 * l2_shrinkage * var - (new ** (-lr_power) - accum ** (-lr_power)) / lr * var
    quadratic = new ** (-lr_power) / lr + 2 * l2
    return (
        xp.where(xp.abs(linear) > l1, (xp.sign(linear) * l1 - linear) / quadratic, xp.zeros_like(var)),
        new,
        linear,
    )


@op("SparseApplyMomentum", writes=("var", "accum"), effect=True, differentiable=False)
def sparse_apply_momentum(
    xp: Any,
    var: Ref(F),
    accum: Ref(F),
    lr: F,
    grad: F,
    indices: I,
    momentum: F,
    *,
    use_locking: bool = False,
    use_nesterov: bool = False,
) -> Ref(F):  # type: ignore[valid-type]
    """Momentum on the rows looked up alone."""
    rows = accum[indices] * momentum + grad
    step = lr * (grad + momentum * rows if use_nesterov else rows)
    return xp.scatter_set(var, indices, var[indices] - step), xp.scatter_set(accum, indices, rows)


@op("SparseApplyAdagrad", writes=("var", "accum"), effect=True, differentiable=False)
def sparse_apply_adagrad(
    xp: Any,
    var: Ref(F),
    accum: Ref(F),
    lr: F,
    grad: F,
    indices: I,
    *,
    use_locking: bool = False,
    update_slots: bool = True,
) -> Ref(F):  # type: ignore[valid-type]
    """Adagrad on the rows looked up alone."""
    rows = accum[indices] + grad * grad
    return xp.scatter_set(var, indices, var[indices] - lr * grad / xp.sqrt(rows)), xp.scatter_set(
        accum, indices, rows
    )
