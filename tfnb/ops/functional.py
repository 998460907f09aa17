"""Functions of each row: map_fn, foldl, foldr, scan. Each is a while_loop over TensorArrays.

squares = tf.map_fn(lambda x: x * x, xs)
sums = tf.scan(lambda a, x: a + x, xs)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core import nest
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.shapes import TensorShape
from tfnb.ops.arrays import shape
from tfnb.ops.loops import while_loop
from tfnb.ops.sources import constant
from tfnb.ops.tensor_array import TensorArray

__all__ = ["foldl", "foldr", "map_fn", "scan"]


def map_fn(fn: Callable[..., Any], elems: Any, dtype: Any = None, parallel_iterations: int | None = None, back_prop: bool = True,
           swap_memory: bool = False, infer_shape: bool = True, name: str | None = None) -> Any:  # fmt: skip
    """`fn` of each row of `elems`, stacked; `dtype` has to be given where `fn` gives another dtype or structure.

    >>> import tfnb as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.map_fn(lambda x: x * x, tf.constant([1, 2, 3]))))
    [1 4 9]
    """
    _callable(fn)
    with name_scope(name, "map", _tensors(elems)):
        rows = _converted(elems)
        if rows[0].shape.ndims == 0:
            one = "elems must be a 1+ dimensional Tensor, not a scalar"
            raise ValueError(one if len(rows) == 1 else "elements in elems must be 1+ dimensional Tensors, not scalars")
        dtype = dtype or nest.pack_sequence_as(elems, [r.dtype.base_dtype for r in rows])
        n = rows[0].shape.as_list()[0] if rows[0].shape.ndims else None
        n = n or shape(rows[0])[0]
        arrays = [TensorArray(r.dtype, size=n, dynamic_size=False, infer_shape=True) for r in rows]
        arrays = [a.unstack(r) for a, r in zip(arrays, rows, strict=True)]
        start = constant(0)
        results = [TensorArray(d, size=n, dynamic_size=False, infer_shape=infer_shape) for d in nest.flatten(dtype)]

        def once(i: Tensor, done: list[TensorArray]) -> Any:
            given = fn(nest.pack_sequence_as(elems, [a.read(i) for a in arrays]))
            nest.assert_same_structure(dtype, given)
            return i + 1, [a.write(i, v) for a, v in zip(done, nest.flatten(given), strict=True)]

        _, results = while_loop(lambda i, _: i < n, once, (start, results), parallel_iterations=parallel_iterations or 10,
                                back_prop=back_prop, swap_memory=swap_memory, maximum_iterations=n)  # fmt: skip
        return nest.pack_sequence_as(dtype, _stacked(results, rows))


def foldl(fn: Callable[..., Any], elems: Any, initializer: Any = None, parallel_iterations: int = 10, back_prop: bool = True,
          swap_memory: bool = False, name: str | None = None) -> Any:  # fmt: skip
    """`fn(fn(fn(initializer, row 0), row 1), ...)`; without `initializer` it starts with row 0.

    >>> print(tf.foldl(lambda a, x: a * 10 + x, tf.constant([1, 2, 3])).eval())
    123
    """
    return _fold(fn, elems, initializer, (parallel_iterations, back_prop, swap_memory), name, "foldl", reverse=False)


def foldr(fn: Callable[..., Any], elems: Any, initializer: Any = None, parallel_iterations: int = 10, back_prop: bool = True,
          swap_memory: bool = False, name: str | None = None) -> Any:  # fmt: skip
    """Like `foldl`, from the last row to the first.

    >>> print(tf.foldr(lambda a, x: a * 10 + x, tf.constant([1, 2, 3])).eval())
    321
    """
    return _fold(fn, elems, initializer, (parallel_iterations, back_prop, swap_memory), name, "foldr", reverse=True)


def _fold(fn: Any, elems: Any, initializer: Any, options: Any, name: str | None, default: str, reverse: bool) -> Any:
    _callable(fn)
    with name_scope(name, default, _tensors(elems)):
        rows = _converted(elems)
        n = rows[0].shape.as_list()[0] or shape(rows[0])[0]
        arrays = [TensorArray(r.dtype, size=n, dynamic_size=False, infer_shape=True).unstack(r) for r in rows]

        def row(i: Any) -> Any:
            return nest.pack_sequence_as(elems, [a.read(i) for a in arrays])

        i: Any
        if reverse:
            i = n if initializer is not None else n - 1
            first = initializer if initializer is not None else row(i)
        else:
            first = initializer if initializer is not None else row(0)
            i = constant(0 if initializer is not None else 1)

        def once(i: Tensor, a: Any) -> Any:
            i = i - 1 if reverse else i
            given = fn(a, row(i))
            nest.assert_same_structure(first, given)
            return [i if reverse else i + 1, given]

        goes_on = (lambda i, a: i > 0) if reverse else (lambda i, a: i < n)
        return while_loop(goes_on, once, [i, first], parallel_iterations=options[0], back_prop=options[1], swap_memory=options[2],
                          maximum_iterations=n)[1]  # fmt: skip


def scan(fn: Callable[..., Any], elems: Any, initializer: Any = None, parallel_iterations: int = 10, back_prop: bool = True,
         swap_memory: bool = False, infer_shape: bool = True, reverse: bool = False, name: str | None = None) -> Any:  # fmt: skip
    """All the values that `foldl` passes through, stacked.

    >>> print(tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3])).eval())
    [1 3 6]
    """
    _callable(fn)
    with name_scope(name, "scan", _tensors(elems)):
        rows = _converted(elems)
        n = rows[0].shape.as_list()[0]
        n = shape(rows[0])[0] if n is None else n
        arrays = [TensorArray(r.dtype, size=n, dynamic_size=False, element_shape=r.shape[1:], infer_shape=True) for r in rows]
        arrays = [a.unstack(r) for a, r in zip(arrays, rows, strict=True)]
        structure = elems if initializer is None else initializer
        first = n - 1 if reverse else 0
        values = [a.read(first) for a in arrays] if initializer is None else [convert_to_tensor(v) for v in nest.flatten(initializer)]
        results = [TensorArray(v.dtype, size=n, element_shape=v.shape if infer_shape else None, dynamic_size=False, infer_shape=infer_shape) for v in values]
        if initializer is None:
            results = [a.write(first, v) for a, v in zip(results, values, strict=True)]

        def once(i: Tensor, flat: list[Tensor], done: list[TensorArray]) -> Any:
            row = nest.pack_sequence_as(elems, [a.read(i) for a in arrays])
            given = fn(nest.pack_sequence_as(structure, flat), row)
            nest.assert_same_structure(structure, given)
            flat = nest.flatten(given)
            done = [a.write(i, v) for a, v in zip(done, flat, strict=True)]
            return (i - 1 if reverse else i + 1), flat, done

        i = 1 if initializer is None else 0
        start = n - 1 - i if reverse else i
        goes_on = (lambda i, _1, _2: i >= 0) if reverse else (lambda i, _1, _2: i < n)
        _, _, results = while_loop(goes_on, once, (start, values, results), parallel_iterations=parallel_iterations, back_prop=back_prop,
                                   swap_memory=swap_memory, maximum_iterations=n)  # fmt: skip
        return nest.pack_sequence_as(structure, _stacked(results, rows))


def _callable(fn: Any) -> None:
    if not callable(fn):
        raise TypeError("fn must be callable.")


def _tensors(elems: Any) -> list[Tensor]:
    return [e for e in nest.flatten(elems) if isinstance(e, Tensor)] if not isinstance(elems, list) or _has_tensor(elems) else []


def _has_tensor(elems: Any) -> bool:
    return any(isinstance(e, Tensor) for e in nest.flatten(elems))


def _converted(elems: Any) -> list[Tensor]:
    return [convert_to_tensor(e, name="elem") for e in nest.flatten(elems)]


def _stacked(results: list[TensorArray], rows: list[Tensor]) -> list[Tensor]:
    """The arrays as tensors whose first size is that of the rows."""
    out = [a.stack() for a in results]
    known = next((r.shape.sizes[0] for r in rows if r.shape.sizes and r.shape.sizes[0] is not None), None)
    for t in out:
        if t.shape.sizes is not None:
            t.set_shape(TensorShape.of((known, *t.shape.sizes[1:])))
    return out
