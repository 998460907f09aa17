"""What all layers share: a scope for their variables, found once and used again by every further call."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Graph, GraphKeys, Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.core.tracking import attributes, grown
from tfnb.variable_scopes import get_variable, variable_scope

__all__ = ["Layer", "keyword_layer", "padding_of", "pair"]


class Layer:
    """A layer: `build` makes its variables at the first call, `call` its ops at each.

    >>> layer = tf.layers.Dense(4)
    >>> y = layer(tf.ones([2, 3]))
    >>> print([v.name for v in layer.trainable_variables])
    ['dense/kernel:0', 'dense/bias:0']
    """

    activity_regularizer: Any = None
    ndim: int | None = None  # the rank that inputs must have, or
    min_ndim: int | None = None  # have at least

    def __init__(
        self,
        base: str = "layer",
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
        _scope: Any = None,
        _reuse: Any = None,
    ) -> None:
        self.trainable, self.built, self._reuse = trainable, False, _reuse
        self._base, self._scope = name or base, None
        self._name = name or _unique_name(base)
        self._axes: dict[int, int | None] = {}  # sizes that the variables were made for, by axis
        self._dtype = None if dtype is None else as_dtype(dtype)
        self.weights: list[Any] = []
        self._names: dict[int, str] = {}
        self.updates: list[Any] = []
        if _scope is not None:
            with variable_scope(_scope) as captured:
                self._scope = captured

    # -- for subclasses --------------------------------------------------------------------------------------
    def build(self, shape: TensorShape) -> None:
        """Makes the variables for inputs of this shape."""

    def call(self, x: Any, **named: Any) -> Any:
        raise NotImplementedError

    def variable(
        self,
        name: str,
        shape: list[int],
        initializer: Any = None,
        regularizer: Any = None,
        constraint: Any = None,
        trainable: bool = True,
    ) -> Any:
        v = get_variable(
            name,
            shape,
            dtype=self._dtype,
            initializer=initializer,
            regularizer=regularizer,
            constraint=constraint,
            trainable=trainable and self.trainable,
        )
        self.weights.append(v)
        self._names[id(v)] = name
        return v

    def add_weight(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool = True,
        **_: Any,
    ) -> Any:
        return self.variable(name, list(shape), initializer, regularizer, None, trainable)

    # -- what a caller sees ----------------------------------------------------------------------------------
    @property
    def name(self) -> str:
        return self._name

    @property
    def scope_name(self) -> str:
        if self._scope is None:
            raise ValueError(
                f'No name available for layer scope because the layer "{self._base}" has not been used yet.'
            )
        return self._scope.name  # type: ignore[no-any-return]

    @property
    def variables(self) -> list[Any]:
        return self.weights

    @property
    def trainable_weights(self) -> list[Any]:
        return [v for v in self.weights if v.trainable]

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self) -> list[Any]:
        return [v for v in self.weights if not v.trainable]

    non_trainable_variables = non_trainable_weights

    def __call__(self, inputs: Any, *args: Any, **named: Any) -> Any:
        x = inputs if isinstance(inputs, (list, tuple)) else convert_to_tensor(inputs, name="inputs")
        if isinstance(x, Tensor):
            self._check(x.shape)
        self._find_scope(named.pop("scope", None))
        with variable_scope(
            self._scope, reuse=self.built or self._reuse, auxiliary_name_scope=False
        ) as scope:
            with name_scope(scope.original_name_scope):
                if not self.built:
                    if self._dtype is None and isinstance(x, Tensor):
                        self._dtype = x.dtype.base_dtype
                    self.build(x.shape if isinstance(x, Tensor) else [t.shape for t in x])  # type: ignore[arg-type]
                    self.built = True
                    grown()
                outputs = self.call(x, *args, **named)
                if self.activity_regularizer is not None:
                    get_default_graph().add_to_collection(
                        GraphKeys.REGULARIZATION_LOSSES, self.activity_regularizer(outputs)
                    )
        return outputs

    apply = __call__

    def _children(self) -> list[tuple[str, Any]]:
        """The weights by the names that the layer gave them, then what are attributes."""
        return [(self._names.get(id(v), v.op.name), v) for v in self.weights] + attributes(self, ("weights", "updates"))

    def _check(self, shape: TensorShape) -> None:
        """Raises ValueError for inputs of another shape than the layer is for."""
        before = f"Input 0 of layer {self.name} is incompatible with the layer: "
        if self.ndim is None and self.min_ndim is None and not self._axes:
            return
        n = shape.ndims
        if n is None:
            raise ValueError(before + "its rank is undefined, but the layer requires a defined rank.")
        if self.ndim is not None and n != self.ndim:
            raise ValueError(f"{before}expected ndim={self.ndim}, found ndim={n}. Full shape received: {shape.as_list()}")
        if self.min_ndim is not None and n < self.min_ndim:
            raise ValueError(f"{before}: expected min_ndim={self.min_ndim}, found ndim={n}. Full shape received: {shape.as_list()}")
        sizes = shape.as_list()
        for axis, want in self._axes.items():
            if want is not None and sizes[axis] not in (None, want):
                raise ValueError(f"{before}expected axis {axis} of input shape to have value {want} but received input with shape {sizes}")

    def _find_scope(self, scope: Any) -> None:
        if self._scope is not None:
            return
        given = (
            variable_scope(scope or self._base)
            if self._reuse
            else variable_scope(scope, default_name=self._base)
        )
        with given as captured:
            self._scope = captured


_names: weakref.WeakKeyDictionary[Graph, Counter[str]] = weakref.WeakKeyDictionary()


def _unique_name(base: str) -> str:
    """dense_1, dense_2 ... for the layers of a graph; their variables are named otherwise, by scope."""
    used = _names.setdefault(get_default_graph(), Counter())
    used[base] += 1
    return f"{base}_{used[base]}"


def pair(value: Any, n: int = 2, name: str = "argument") -> tuple[int, ...]:
    """A size for each axis of space, from one number or several."""
    found = (value,) * n if isinstance(value, int) else tuple(int(v) for v in value)
    if len(found) != n:
        raise ValueError(f"The `{name}` argument must be a tuple of {n} integers. Received: {value}")
    return found


def padding_of(given: Any) -> str:
    """The name of a padding as the ops take it: SAME or VALID."""
    if not isinstance(given, str) or given.lower() not in ("valid", "same"):
        raise ValueError(f'The `padding` argument must be a list/tuple or one of "valid", "same" (or "causal", only for `Conv1D). Received: {given}')
    return given.upper()


_CALL_ARGUMENTS = ("training",)


def keyword_layer(layer: Callable[..., Any], _count: int) -> Callable[..., Any]:
    """The function that makes a layer and calls it at once."""

    def function(inputs: Any, *args: Any, name: str | None = None, reuse: Any = None, **named: Any) -> Any:
        call = {k: named.pop(k) for k in _CALL_ARGUMENTS if k in named}
        return layer(*args, name=name, _scope=name, _reuse=reuse, **named)(inputs, **call)

    function.__doc__ = layer.__doc__
    function.layer = layer  # type: ignore[attr-defined]
    return function
