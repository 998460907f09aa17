"""tf.test: a TestCase that knows tensors.

    class SquareTest(tf.test.TestCase):
        def testSquare(self):
            with self.test_session():
                self.assertAllClose(tf.square([2.0, 3.0]).eval(), [4.0, 9.0])
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import tempfile
import unittest
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np

from tfnb.core.errors import OpError
from tfnb.core.graph import Graph, Tensor, get_default_graph, reset_default_graph

__all__ = [
    "TestCase", "compute_gradient", "compute_gradient_error", "get_temp_dir", "gpu_device_name", "is_built_with_cuda",
    "is_built_with_gpu_support", "is_built_with_rocm", "is_gpu_available", "main", "mock", "test_src_dir_path",
]  # fmt: skip

_temporary: list[tempfile.TemporaryDirectory[str]] = []


class TestCase(unittest.TestCase):
    """A test with a fresh default graph and fixed seeds, and comparisons of arrays, lists and dicts of them.

    >>> class Test(tf.test.TestCase):
    ...     def test_sum(self):
    ...         with self.session():
    ...             self.assertAllClose((tf.constant([1.0]) + 1.0).eval(), [2.0])
    >>> print(Test("test_sum").run().wasSuccessful())
    True
    """

    def setUp(self) -> None:
        super().setUp()
        random.seed(87654321)
        np.random.seed(87654321)
        with contextlib.suppress(AssertionError):
            reset_default_graph()
        get_default_graph().seed = 87654321
        self._cached: Any = None

    def get_temp_dir(self) -> str:
        """A folder that is deleted when the tests end."""
        return get_temp_dir()

    @contextlib.contextmanager
    def session(self, graph: Graph | None = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False) -> Iterator[Any]:
        """A session that is the default inside the block."""
        from tfnb.engine.session import Session

        with Session(graph=graph, config=config) as sess:
            yield sess

    @contextlib.contextmanager
    def cached_session(self, graph: Graph | None = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False) -> Iterator[Any]:
        """The one session of this test, which keeps its variables from one block to the next."""
        from tfnb.engine.session import Session

        self._cached = getattr(self, "_cached", None) or Session(graph=graph, config=config)
        with self._cached.graph.as_default(), self._cached.as_default():
            yield self._cached

    def test_session(self, graph: Graph | None = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False) -> Any:
        """As `cached_session`; with a graph of its own as `session`."""
        if self._testMethodName == "test_session":
            self.skipTest("Not a test.")
        chosen = self.cached_session if graph is None else self.session
        return chosen(graph, config, use_gpu, force_gpu)

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors in the default session."""
        from tfnb.engine.session import get_default_session

        session = get_default_session()
        if session is not None:
            return session.run(tensors)
        with self.test_session() as sess:
            return sess.run(tensors)

    def _value(self, a: Any) -> Any:
        if isinstance(a, Tensor) or hasattr(a, "_ref_tensor"):
            a = a.numpy() if hasattr(a, "numpy") else self.evaluate(a)
        return np.asarray(a)

    def _walk(self, a: Any, b: Any, compare: Any, path: str = "") -> None:
        if isinstance(a, dict):
            self.assertEqual(sorted(a), sorted(b), f"{path} {a} vs {b}")
            for k in a:
                self._walk(a[k], b[k], compare, f"{path}[{k}]")
        elif isinstance(a, (list, tuple)) and any(isinstance(v, (dict, Tensor)) or np.ndim(v) for v in a) and _ragged(a):
            self.assertEqual(len(a), len(b))
            for i, (x, y) in enumerate(zip(a, b, strict=True)):
                self._walk(x, y, compare, f"{path}[{i}]")
        else:
            compare(self._value(a), self._value(b), path)

    def assertAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None) -> None:
        """Same structure, same shapes, and |a - b| <= atol + rtol * |b|."""

        def compare(x: Any, y: Any, path: str) -> None:
            self.assertEqual(x.shape, y.shape, f"Shape mismatch: expected {x.shape}, got {y.shape}.")
            np.testing.assert_allclose(x, y, rtol=rtol, atol=atol, err_msg=msg or path, equal_nan=True)

        self._walk(a, b, compare)

    def assertAllCloseAccordingToType(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, half_rtol: float = 1e-3,
                                      half_atol: float = 1e-3, **_: Any) -> None:  # fmt: skip
        """As assertAllClose, with more room for float16."""
        half = np.float16 in (self._value(a).dtype, self._value(b).dtype)
        self.assertAllClose(a, b, half_rtol if half else rtol, half_atol if half else atol)

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Same shape and the same values; nan equals nan."""
        x, y = self._value(a), self._value(b)
        self.assertEqual(x.shape, y.shape, f"Shape mismatch: expected {x.shape}, got {y.shape}.")
        np.testing.assert_array_equal(x, y, err_msg=msg or "")

    def assertNotAllClose(self, a: Any, b: Any, **options: Any) -> None:
        with contextlib.suppress(AssertionError):
            self.assertAllClose(a, b, **options)
            self.fail("The two values are close at all elements")

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        self.assertFalse(np.array_equal(self._value(a), self._value(b)), msg or "The two values are equal at all elements")

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        self.assertTrue(np.all(self._value(a) > comparison_target))

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        self.assertTrue(np.all(self._value(a) < comparison_target))

    def assertAllInRange(self, target: Any, lower_bound: Any, upper_bound: Any, **_: Any) -> None:
        value = self._value(target)
        self.assertTrue(np.all((value >= lower_bound) & (value <= upper_bound)))

    def assertNear(self, f1: float, f2: float, err: float, msg: str | None = None) -> None:
        """Two numbers are no further apart than `err`."""
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, f"{f1!r} != {f2!r} +/- {err!r}" + (f" ({msg})" if msg else ""))

    def assertArrayNear(self, farray1: Any, farray2: Any, err: float, msg: str | None = None) -> None:
        self.assertEqual(len(farray1), len(farray2), msg)
        for f1, f2 in zip(farray1, farray2, strict=True):
            self.assertNear(float(f1), float(f2), err, msg)

    def assertShapeEqual(self, np_array: Any, tf_tensor: Tensor, msg: str | None = None) -> None:
        self.assertEqual(list(np_array.shape), tf_tensor.get_shape().as_list(), msg)

    def assertStartsWith(self, actual: str, expected_start: str, msg: str | None = None) -> None:
        self.assertTrue(actual.startswith(expected_start), msg or f"{actual!r} does not start with {expected_start!r}")

    def assertDeviceEqual(self, device1: Any, device2: Any, msg: str | None = None) -> None:
        self.assertEqual(str(device1), str(device2), msg)

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(self, exception_type: Any, expected_err_re_or_predicate: Any) -> Iterator[None]:
        """The block raises this type, with a message that a pattern or a function accepts."""
        check = expected_err_re_or_predicate
        try:
            yield
        except exception_type as e:
            found = check(e) if callable(check) else re.search(check, e.message if isinstance(e, OpError) else str(e))
            self.assertTrue(found, f"Exception of type {type(e)}: {e}")
        else:
            self.fail(f"{exception_type.__name__} not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)


def _ragged(values: Any) -> bool:
    """Whether a list cannot be one array: it holds dicts, tensors or rows of different shapes."""
    if any(isinstance(v, (dict, Tensor)) for v in values):
        return True
    return len({np.shape(v) for v in values}) > 1


def get_temp_dir() -> str:
    """A folder that is deleted when Python ends.

    >>> print(isinstance(tf.test.get_temp_dir(), str))
    True
    """
    if not _temporary:
        _temporary.append(tempfile.TemporaryDirectory(prefix="tfnb-"))
    return _temporary[0].name


def test_src_dir_path(relative_path: str) -> str:
    """A path below the current folder.

    >>> print(tf.test.test_src_dir_path("data").endswith("data"))
    True
    """
    return os.path.join(os.getcwd(), relative_path)


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """Whether a session can run on a GPU here.

    >>> print(tf.test.is_gpu_available() in (True, False))
    True
    """
    from tfnb.engine.backends import devices

    return any(d.name.startswith("gpu:") for d in devices() if getattr(d, "available", True))


def gpu_device_name() -> str:
    """The first GPU's name, or an empty text.

    >>> print(isinstance(tf.test.gpu_device_name(), str))
    True
    """
    return "/device:GPU:0" if is_gpu_available() else ""


def is_built_with_cuda() -> bool:
    """Whether a GPU can be used.

    >>> print(tf.test.is_built_with_cuda())
    False
    """
    return is_gpu_available()


is_built_with_gpu_support = is_built_with_cuda


def is_built_with_rocm() -> bool:
    """No: tfnb uses NVIDIA's GPUs only.

    >>> print(tf.test.is_built_with_rocm())
    False
    """
    return False


def compute_gradient(x: Any, x_shape: Any, y: Any, y_shape: Any, x_init_value: Any = None, delta: float = 1e-3, init_targets: Any = None,
                     extra_feed_dict: Any = None) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """The Jacobian of y by x, from the graph's gradients and from differences: two matrices (size of x, size of y).

    >>> x = tf.constant([1.0, 2.0])
    >>> symbolic, measured = tf.test.compute_gradient(x, [2], x * x, [2])
    >>> print(np.allclose(symbolic, measured, atol=1e-2))
    True
    """
    from tfnb.engine.session import get_default_session
    from tfnb.gradients import gradients

    sess, feeds = get_default_session(), dict(extra_feed_dict or {})
    assert sess is not None, "compute_gradient() needs a default session"
    for target in [init_targets] if init_targets is not None and not isinstance(init_targets, (list, tuple)) else init_targets or ():
        sess.run(getattr(target, "initializer", target))
    point = np.random.random_sample(x_shape) if x_init_value is None else np.array(x_init_value, copy=True)
    point = point.astype(x.dtype.base_dtype.np)
    rows, columns = int(np.prod(x_shape)), int(np.prod(y_shape))
    by_graph, by_difference = np.zeros((rows, columns)), np.zeros((rows, columns))
    weights = np.zeros(y_shape, y.dtype.base_dtype.np)
    from tfnb.ops.sources import placeholder

    place = placeholder(y.dtype.base_dtype, y_shape)
    dx = gradients(y, x, place)[0]
    for j in range(columns):
        weights.flat[j] = 1
        by_graph[:, j] = np.ravel(sess.run(dx, {**feeds, x: point, place: weights})) if dx is not None else 0
        weights.flat[j] = 0
    for i in range(rows):
        up, down = point.copy(), point.copy()
        up.flat[i] += delta
        down.flat[i] -= delta
        by_difference[i] = np.ravel((sess.run(y, {**feeds, x: up}) - sess.run(y, {**feeds, x: down})) / (2 * delta))
    return by_graph, by_difference


def compute_gradient_error(*args: Any, **options: Any) -> float:
    """The largest difference between both Jacobians of `compute_gradient`.

    >>> x = tf.constant([1.0, 2.0])
    >>> print(tf.test.compute_gradient_error(x, [2], x * x, [2]) < 1e-2)
    True
    """
    a, b = compute_gradient(*args, **options)
    return float(np.max(np.abs(a - b), initial=0))


def main(argv: Any = None) -> None:
    """Runs the tests of the calling program; in a notebook, without ending it.

    >>> print(callable(tf.test.main))
    True
    """
    from tfnb.flags import in_notebook

    if in_notebook():
        unittest.main(argv=["notebook"], exit=False)
    else:
        unittest.main(argv=argv)
