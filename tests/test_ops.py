"""The same questions for every op: does it infer what it computes, does its gradient agree with differences, does JAX with NumPy."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tfnb as tf
from tests.cases import CASES, Case
from tests.ops.gradient_check import differences
from tfnb.core.op import OpDef, registry

ids = [c.name for c in CASES]


def built(case: Case, dtype="float64", unknown: bool = False):
    """The op's outputs, the tensors to feed and what to feed them."""
    random = np.random.default_rng(7)
    values = [random.uniform(case.low, case.high, s).astype(dtype) for s in case.shapes]
    xs = [tf.placeholder(dtype, [None] * len(s) if unknown else s) for s in case.shapes]
    rest = [v.astype(dtype) if isinstance(v, np.ndarray) and v.dtype == np.float64 else v for v in case.rest]
    found = registry[case.type](*xs, *rest, **case.attrs)
    outputs = list(found) if isinstance(found, (list, tuple)) else [found]
    return outputs, xs, dict(zip(xs, values, strict=True))


@pytest.mark.parametrize("unknown", [False, True], ids=["known", "unknown"])
@pytest.mark.parametrize("case", CASES, ids=ids)
def test_what_is_inferred_is_what_is_computed(case: Case, unknown: bool) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        outputs, _, feed = built(case, unknown=unknown)
        for y, value in zip(outputs, sess.run(outputs, feed), strict=True):
            assert y.shape.is_compatible_with(np.shape(value)), (y.shape, np.shape(value))
            assert y.dtype.np == np.asarray(value).dtype
            assert unknown or y.shape.is_fully_defined() or registry[case.type].host


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.smooth and c.shapes], ids=[c.name for c in CASES if c.smooth and c.shapes]
)
def test_gradient_agrees_with_differences(case: Case) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        outputs, xs, feed = built(case)
        outputs = [y for y in outputs if y.dtype.is_floating][
            : 1 if "CrossEntropy" in case.type else None
        ]  # the second is for the gradient
        weights = [np.random.default_rng(3).normal(size=sess.run(y, feed).shape) for y in outputs]
        total = sum(tf.reduce_sum(y * w) for y, w in zip(outputs, weights, strict=True))
        for x, dx in zip(xs, tf.gradients(total, xs), strict=True):
            if dx is not None:
                want = differences(lambda v, x=x: sess.run(total, {**feed, x: v}), feed[x])
                np.testing.assert_allclose(
                    sess.run(tf.convert_to_tensor(dx), feed), want, rtol=1e-4, atol=1e-6
                )


@pytest.mark.jax
@pytest.mark.parametrize("case", CASES, ids=ids)
def test_jax_computes_what_numpy_does(case: Case) -> None:
    pytest.importorskip("jax")
    with tf.Graph().as_default():
        outputs, _, feed = built(case, "float32")
        with tf.Session() as sess:
            want = sess.run(outputs, feed)
        with tf.Session(device="cpu:jax") as sess:
            found = sess.run(outputs, feed)
    for a, b in zip(want, found, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype and np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_every_op_says_what_it_does() -> None:
    for type_, definition in registry.items():
        assert definition.doc, type_


# -- any shapes ----------------------------------------------------------------------------------------------
@settings(max_examples=60, deadline=None)
@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4), st.data())
def test_broadcasting(shapes, data) -> None:
    a, b = (np.ones(s) for s in shapes.input_shapes)
    hidden = [[n if data.draw(st.booleans()) else None for n in s] for s in shapes.input_shapes]
    with tf.Graph().as_default(), tf.Session() as sess:
        x, y = (tf.placeholder(tf.float64, s) for s in hidden)
        total = x * y
        value, dx, dy = sess.run([total, *tf.gradients(total, [x, y])], {x: a, y: b})
    assert value.shape == shapes.result_shape and total.shape.is_compatible_with(value.shape)
    assert dx.shape == a.shape and dy.shape == b.shape


_index = st.one_of(
    st.integers(-4, 4),
    st.just(Ellipsis),
    st.none(),
    st.builds(
        slice,
        st.one_of(st.none(), st.integers(-5, 5)),
        st.one_of(st.none(), st.integers(-5, 5)),
        st.sampled_from([None, 1, 2, -1, -2]),
    ),
)


@settings(max_examples=150, deadline=None)
@given(
    hnp.array_shapes(max_dims=3, max_side=4),
    st.lists(_index, max_size=4).filter(lambda parts: parts.count(Ellipsis) <= 1),
)
def test_slicing(shape, index) -> None:
    x = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    try:
        want = x[tuple(index)]
    except IndexError:
        return
    with tf.Graph().as_default(), tf.Session() as sess:
        t = tf.constant(x)
        y = t[tuple(index)] if index else t[...]
        value, dx = sess.run([y, tf.gradients(y, t)[0]])
    np.testing.assert_array_equal(value, want)
    assert y.shape.as_list() == list(want.shape)
    assert dx.sum() == want.size


def test_no_op_lacks_a_signature() -> None:
    assert len(CASES) > 150
    for definition in registry.values():
        assert isinstance(definition, OpDef) and isinstance(definition.signature, inspect.Signature)
