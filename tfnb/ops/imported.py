"""Ops that only graphs made by TensorFlow hold, so that those can be run and trained on here.

    tf.import_graph_def(graph_def)        ConcatOffset, SoftplusGrad, ResourceApplyAdam ...

tfnb itself says the same with other ops. A kernel that is another op's calls that op's kernel.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.dtypes import DType
from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import MM, F, Host, I, OfAttr, Ref, S, T, Types, int32
from tfnb.ops import linear, updates
from tfnb.ops.powers import ROOT, reciprocal_grad
from tfnb.ops.special import sigmoid

__all__: list[str] = []

Sizes = Types("Sizes", (int32,))


# -- in gradients --------------------------------------------------------------------------------------------
@op("ConcatOffset", shape=lambda call: list(call.shapes[1:]), differentiable=False)
def concat_offset(xp: Any, concat_dim: Host, *shape: Sizes, N: int) -> tuple[Sizes, ...]:
    """Where each of the arrays that are joined along an axis begins in the result."""
    shapes = [np.asarray(s) for s in shape]
    starts = np.cumsum([0, *(s[concat_dim] for s in shapes[:-1])])
    return tuple(np.where(np.arange(len(s)) == concat_dim % len(s), start, 0).astype(np.int32) for s, start in zip(shapes, starts, strict=True))


@op("SoftplusGrad")
def softplus_grad(xp: Any, gradients: F, features: F) -> F:
    """Softplus' slope is the sigmoid."""
    return gradients * sigmoid.kernel(xp, features)


@op("OnesLike")
def ones_like_op(xp: Any, x: T) -> T:
    """Ones in the shape of the input."""
    return xp.ones_like(x)


@op("Inv")
def inverse(xp: Any, x: ROOT) -> ROOT:
    """1 / x, as it was called first."""
    return 1 / x


@inverse.gradient
def inverse_gradient(node: Operation, dy: Tensor) -> Tensor:
    return reciprocal_grad(node.outputs[0], dy)  # type: ignore[no-any-return]


@op("InvGrad")
def inverse_grad(xp: Any, y: ROOT, dy: ROOT) -> ROOT:
    """Gradient of 1/x from its result: -dy y^2."""
    return -dy * y * y


@op("BatchMatMul", shape=linear.batch_matmul.infer)
def batch_matmul_v1(xp: Any, x: MM, y: MM, *, adj_x: bool = False, adj_y: bool = False) -> MM:
    """The matrix products of two stacks of matrices, one for each pair."""
    return linear.batch_matmul.kernel(xp, x, y, adj_x=adj_x, adj_y=adj_y)


batch_matmul_v1.gradient(linear.batch_matmul.gradient_rule)  # type: ignore[arg-type]


# -- on resource variables -----------------------------------------------------------------------------------
@op("ResourceGather", shape="unknown")
def resource_gather(xp: Any, resource: Ref(T), indices: I, *, dtype: DType, batch_dims: int = 0,
                    validate_indices: bool = True) -> OfAttr("dtype"):  # type: ignore[valid-type]  # fmt: skip
    """Rows of a variable."""
    return xp.take(resource, xp.within(indices, resource.shape[0]), 0)


@op("ResourceScatterAdd", writes=("resource",), effect=True, differentiable=False)
def resource_scatter_add(xp: Any, resource: Ref(T), indices: I, updates: S, *, dtype: DType) -> None:  # type: ignore[valid-type]
    """Adds to rows of a variable; equal indices add up."""
    return (xp.scatter_add(resource, xp.within(indices, resource.shape[0]), updates),)  # type: ignore[return-value]


@op("ResourceScatterSub", writes=("resource",), effect=True, differentiable=False)
def resource_scatter_sub(xp: Any, resource: Ref(T), indices: I, updates: S, *, dtype: DType) -> None:  # type: ignore[valid-type]
    """Takes away from rows of a variable."""
    return (xp.scatter_add(resource, xp.within(indices, resource.shape[0]), -updates),)  # type: ignore[return-value]


@op("ResourceScatterUpdate", writes=("resource",), effect=True, differentiable=False)
def resource_scatter_update(xp: Any, resource: Ref(T), indices: I, updates: S, *, dtype: DType) -> None:  # type: ignore[valid-type]
    """Replaces rows of a variable."""
    return (xp.scatter_set(resource, xp.within(indices, resource.shape[0]), updates),)  # type: ignore[return-value]


@op("ResourceApplyGradientDescent", writes=("var",), effect=True, differentiable=False)
def resource_apply_gradient_descent(xp: Any, var: Ref(T), alpha: F, delta: F, *, use_locking: bool = False) -> None:  # type: ignore[valid-type]
    """A step down the gradient."""
    return (updates.apply_gradient_descent.kernel(xp, var, alpha, delta),)  # type: ignore[return-value]


@op("ResourceApplyMomentum", writes=("var", "accum"), effect=True, differentiable=False)
def resource_apply_momentum(xp: Any, var: Ref(T), accum: Ref(T), lr: F, grad: F, momentum: F, *, use_locking: bool = False,
                            use_nesterov: bool = False) -> None:  # type: ignore[valid-type]  # fmt: skip
    """A step with a moving direction."""
    return updates.apply_momentum.kernel(xp, var, accum, lr, grad, momentum, use_nesterov=use_nesterov)  # type: ignore[no-any-return]


@op("ResourceApplyAdagrad", writes=("var", "accum"), effect=True, differentiable=False)
def resource_apply_adagrad(xp: Any, var: Ref(T), accum: Ref(T), lr: F, grad: F, *, use_locking: bool = False,
                           update_slots: bool = True) -> None:  # type: ignore[valid-type]  # fmt: skip
    """A step scaled by the root of all squared gradients so far."""
    return updates.apply_adagrad.kernel(xp, var, accum, lr, grad)  # type: ignore[no-any-return]


@op("ResourceApplyRMSProp", writes=("var", "ms", "mom"), effect=True, differentiable=False)
def resource_apply_rms_prop(xp: Any, var: Ref(T), ms: Ref(T), mom: Ref(T), lr: F, rho: F, momentum: F, epsilon: F, grad: F, *,
                            use_locking: bool = False) -> None:  # type: ignore[valid-type]  # fmt: skip
    """A step scaled by the root of recent squared gradients."""
    return updates.apply_rms_prop.kernel(xp, var, ms, mom, lr, rho, momentum, epsilon, grad)  # type: ignore[no-any-return]


@op("ResourceApplyAdam", writes=("var", "m", "v"), effect=True, differentiable=False)
def resource_apply_adam(xp: Any, var: Ref(T), m: Ref(T), v: Ref(T), beta1_power: F, beta2_power: F, lr: F, beta1: F, beta2: F, epsilon: F, grad: F, *,
                        use_locking: bool = False, use_nesterov: bool = False) -> None:  # type: ignore[valid-type]  # fmt: skip
    """A step by the first and second moments of the gradient, corrected for their start at zero."""
    return updates.apply_adam.kernel(xp, var, m, v, beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad, use_nesterov=use_nesterov)  # type: ignore[no-any-return]
