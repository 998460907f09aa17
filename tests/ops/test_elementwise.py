"""Elementwise ops: their gradients against differences, their names and messages against TensorFlow 1.15."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tfnb as tf
from tests.ops.gradient_check import check

ANY_NUMBER = [
    "abs",
    "exp",
    "expm1",
    "sigmoid",
    "tanh",
    "sin",
    "cos",
    "tan",
    "atan",
    "sinh",
    "cosh",
    "asinh",
    "square",
    "negative",
]
POSITIVE = ["log", "log1p", "sqrt", "rsqrt", "reciprocal", "lgamma", "digamma"]
INSIDE_ONE = ["asin", "acos", "atanh", "erf", "erfc"]
BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "pow",
    "squared_difference",
    "maximum",
    "minimum",
    "div_no_nan",
    "atan2",
]


@pytest.mark.parametrize("name", ANY_NUMBER)
def test_gradient(name: str) -> None:
    check(getattr(tf, name), (2, 3), low=-1.4, high=1.4)


@pytest.mark.parametrize("name", POSITIVE)
def test_gradient_of_positive(name: str) -> None:
    check(getattr(tf, name), (2, 3), low=0.5)


@pytest.mark.parametrize("name", INSIDE_ONE)
def test_gradient_inside_one(name: str) -> None:
    check(getattr(tf, name), (2, 3), low=-0.9, high=0.9)


@pytest.mark.parametrize("shapes", [((2, 3), (3,)), ((2, 1), (3,)), ((), (2,))])
@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("name", BINARY)
def test_gradient_with_broadcasting(name: str, shapes: tuple[tuple[int, ...], ...], unknown: bool) -> None:
    check(getattr(tf, name), *shapes, low=0.5, unknown=unknown)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "sqrt", "rsqrt", "reciprocal"])
def test_second_gradient(name: str) -> None:
    check(lambda x: tf.gradients(getattr(tf, name)(x), x)[0], (4,), low=0.5)


def test_operators_make_tensorflows_nodes() -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2, 3], name="x")
        _ = x + 1, 1 - x, x * x, x / 3, x // 2, x % 2, x**2, -x, abs(x), x < 1, (x > 2) & (x <= 3), 2.0 * x
    names = [(op.name, op.type) for op in graph.get_operations() if op.type not in ("Const", "Placeholder")]
    assert names == [
        ("add", "AddV2"), ("sub", "Sub"), ("mul", "Mul"), ("truediv", "RealDiv"), ("floordiv", "FloorDiv"),
        ("mod", "FloorMod"),
        ("pow", "Pow"), ("Neg", "Neg"), ("Abs", "Abs"), ("Less", "Less"), ("Greater", "Greater"),
        ("LessEqual", "LessEqual"),
        ("and", "LogicalAnd"), ("mul_1", "Mul"),
    ]  # fmt: skip


def test_functions_have_names_of_their_own() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2])
        assert tf.add(x, 1).op.type == "Add"
        assert [tf.add(x, 1).name, tf.multiply(x, x).name, tf.truediv(x, x).name] == [
            "Add_1:0",
            "Mul:0",
            "truediv:0",
        ]


@pytest.mark.parametrize(("make", "message"), [
    (lambda x: x + tf.constant(1),
     "Input 'y' of 'AddV2' Op has type int32 that does not match type float32 of argument 'x'."),
    (lambda x: x + "a",
     "Input 'y' of 'AddV2' Op has type string that does not match type float32 of argument 'x'."),
    (lambda x: tf.sqrt(tf.constant(4)),
     ("Value passed to parameter 'x' has DataType int32 not in list of allowed values: "
                                        "bfloat16, float16, float32, float64, complex64, complex128")),
])  # fmt: skip
def test_dtypes_that_do_not_fit(make, message: str) -> None:
    with tf.Graph().as_default(), pytest.raises(TypeError) as error:
        make(tf.placeholder(tf.float32, [2]))
    assert str(error.value) == message


def test_shapes_that_do_not_fit() -> None:
    with (
        tf.Graph().as_default(),
        pytest.raises(ValueError, match="Dimensions must be equal, but are 3 and 2 for 'add'"),
    ):
        _ = tf.zeros([2, 3]) + tf.zeros([2])


def run(value):
    with tf.Session() as sess:
        return sess.run(value)


def test_division() -> None:
    with tf.Graph().as_default():
        seven, two = tf.constant([-7, 7]), tf.constant(2)
        results = run(
            [seven // two, seven % two, tf.truncatediv(seven, two), tf.truncatemod(seven, two), seven / two]
        )
    assert [r.tolist() for r in results] == [[-4, 3], [1, 1], [-3, 3], [-1, 1], [-3.5, 3.5]]
    assert results[-1].dtype == np.float64


def test_whole_number_by_zero() -> None:
    with (
        tf.Graph().as_default(),
        pytest.raises(tf.errors.InvalidArgumentError, match="Integer division by zero"),
    ):
        run(tf.constant(1) // tf.constant(0))


def test_cast_and_saturate() -> None:
    with tf.Graph().as_default():
        results = run(
            [tf.cast([1.9, -1.9], tf.int32), tf.saturate_cast([300.0, -5.0, 7.0], tf.uint8), tf.to_float([1])]
        )
    assert [r.tolist() for r in results] == [[1, -1], [255, 0, 7], [1.0]]


def test_check_numerics() -> None:
    with (
        tf.Graph().as_default(),
        pytest.raises(tf.errors.InvalidArgumentError, match="loss is bad : Tensor had NaN values"),
    ):
        run(tf.check_numerics(tf.constant(np.nan), "loss is bad"))


def test_special_functions() -> None:
    points = [-3.1, -0.2, 0.4, 2.7]
    with tf.Graph().as_default():
        x = tf.constant(points, tf.float64)
        erf, erfc, lgamma = run([tf.erf(x), tf.erfc(x), tf.lgamma(x)])
    np.testing.assert_allclose(erf, [math.erf(p) for p in points], rtol=1e-14)
    np.testing.assert_allclose(erfc, [math.erfc(p) for p in points], rtol=1e-13)
    np.testing.assert_allclose(lgamma, [math.lgamma(p) for p in points], rtol=1e-12)


def test_complex() -> None:
    with tf.Graph().as_default():
        z = tf.complex([3.0], [4.0])
        results = run([tf.abs(z), tf.real(z), tf.imag(z), tf.conj(z)])
    assert [r.tolist() for r in results] == [[5.0], [3.0], [4.0], [3 - 4j]]
