"""Weights of losses and metrics: one number, or one for each value, with sizes of one repeated."""

from __future__ import annotations

from typing import Any

from tfnb.core.dtypes import float32
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import control_dependencies, name_scope
from tfnb.ops import arrays
from tfnb.ops.elementwise import multiply
from tfnb.ops.sources import no_op

__all__: list[str] = []


def assert_broadcastable(weights: Any, values: Tensor) -> Any:
    """An op that stands for the check that weights are one number, or as large as values or 1."""
    with name_scope(None, "assert_broadcastable", [weights, values]):
        weights = convert_to_tensor(
            weights, float32 if isinstance(weights, (int, float)) else None, name="weights"
        )
        for t, label in ((weights, "weights"), (values, "values")):
            arrays.shape(t, name=f"{label}/shape")
            arrays.rank(t, name=f"{label}/rank")
        have, want = weights.shape, values.shape
        if have.ndims == 0:
            return no_op(name="static_scalar_check_success")
        if None in (have.ndims, want.ndims):
            return no_op(name="checked_when_run")
        text = (
            f"weights can not be broadcast to values. values.rank={want.ndims}. weights.rank={have.ndims}. "
            f"values.shape={want}. weights.shape={have}."
        )
        if have.ndims != want.ndims:
            raise ValueError(text)
        if any(
            None not in (a, b) and a not in (1, b)
            for a, b in zip(have.as_list(), want.as_list(), strict=True)
        ):
            raise ValueError(text)
        return no_op(name="static_dims_check_success")


def broadcast_weights(weights: Tensor, values: Tensor) -> Tensor:
    """Weights as large as values."""
    with name_scope(None, "broadcast_weights", [weights, values]) as scope:
        if (
            weights.shape.is_fully_defined()
            and values.shape.is_fully_defined()
            and weights.shape == values.shape
        ):
            return weights
        with control_dependencies([assert_broadcastable(weights, values)]):
            return multiply(weights, arrays.ones_like(values), name=scope)  # type: ignore[no-any-return]
