"""The shape that is inferred always agrees with the shape that comes out, whatever dimensions are known.

Hypothesis draws arrays and what to hide of their shapes; `agrees` builds the op on placeholders of the shapes left, runs it
on the arrays and holds it against NumPy: compatible where dimensions are hidden, equal where all are known.
"""

import itertools
import math

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tfnb as tf

quick = settings(max_examples=25, deadline=None, derandomize=True, database=None)
shapes = hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4)
dtypes = st.sampled_from([np.float32, np.float64, np.int32, np.int64])
draws = st.data()


def numbers(shape, dtype=np.float64) -> np.ndarray:
    """Numbers of a shape, all different, the smallest one above 0."""
    return (np.arange(math.prod(shape)) * 7 % 97 + 1).reshape(shape).astype(dtype)


def hidden(draw, shape, rank_too=True):
    """The shape with some dimensions unknown, as it is, or (where the op allows it) None: not even the rank."""
    kind = draw(st.sampled_from(["all", "some", "none"] if rank_too else ["all", "some"]))
    if kind == "none":
        return None
    return [n if kind == "all" or draw(st.booleans()) else None for n in shape]


def agrees(draw, build, want, *arrays, rank_too=True, by_value=False):
    """Holds build(*tensors) against the array, or the list of arrays, that NumPy gives; by_value: which may set its size."""
    known = [hidden(draw, a.shape, rank_too) for a in arrays]
    with tf.Graph().as_default(), tf.Session() as sess:
        places = [tf.placeholder(a.dtype, s) for a, s in zip(arrays, known, strict=True)]
        built = build(*places)
        got = sess.run(built, dict(zip(places, arrays, strict=True)))
    one = not isinstance(want, list)
    assert isinstance(built, (list, tuple)) is not one
    for t, value, right in zip(*([[x] if one else x for x in (built, got, want)]), strict=True):
        said = (t.shape, np.shape(value), [p.shape for p in places])
        assert t.shape.is_compatible_with(np.shape(value)), said
        if not by_value and all(s == list(a.shape) for s, a in zip(known, arrays, strict=True)):
            assert t.shape.as_list() == list(np.shape(value)), said
        assert t.dtype.as_numpy_dtype == value.dtype, (t, value.dtype)
        assert np.shape(value) == np.shape(right), (np.shape(value), np.shape(right))
        np.testing.assert_allclose(value, right, rtol=1e-5, atol=1e-6)


# -------------------------------------------------------------------------------------------------- elementwise and reductions
BINARY = {
    "add": (tf.add, np.add),
    "subtract": (tf.subtract, np.subtract),
    "multiply": (tf.multiply, np.multiply),
    "maximum": (tf.maximum, np.maximum),
    "floordiv": (tf.floordiv, np.floor_divide),
    "floormod": (tf.floormod, np.mod),
    "squared_difference": (tf.squared_difference, lambda a, b: (a - b) ** 2),
    "less": (tf.less, np.less),
    "equal": (tf.equal, np.equal),
}


@quick
@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3), st.sampled_from(sorted(BINARY)), dtypes, draws)
def test_binary_ops_broadcast(pair, name, dtype, data) -> None:
    ours, theirs = BINARY[name]
    a, b = (numbers(s, dtype) for s in pair.input_shapes)
    agrees(data.draw, ours, theirs(a, b), a, b)


@quick
@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), draws)
def test_broadcast_to_and_its_shapes(pair, data) -> None:
    a, b = (numbers(s) for s in pair.input_shapes)
    want = pair.result_shape
    agrees(data.draw, lambda x: tf.broadcast_to(x, want), np.broadcast_to(a, want), a)
    agrees(data.draw, lambda x, y: tf.broadcast_dynamic_shape(tf.shape(x), tf.shape(y)), np.array(want, np.int32), a, b)


REDUCED = {
    "sum": (tf.reduce_sum, np.sum),
    "mean": (tf.reduce_mean, np.mean),
    "max": (tf.reduce_max, np.max),
    "min": (tf.reduce_min, np.min),
    "logsumexp": (tf.reduce_logsumexp, lambda x, **k: np.log(np.sum(np.exp(x), **k))),
    "argmax": (tf.argmax, np.argmax),
}


def axes_of(draw, rank):
    """None, one axis or a tuple of several, counted from either end."""
    if draw(st.booleans()):
        return draw(st.sampled_from([None, *range(-rank, rank)]))
    chosen = draw(st.lists(st.integers(0, rank - 1), unique=True, max_size=rank))
    return tuple(a - rank if draw(st.booleans()) else a for a in chosen)


@quick
@given(shapes, st.sampled_from(sorted(REDUCED)), st.booleans(), draws)
def test_reductions(shape, name, keepdims, data) -> None:
    ours, theirs = REDUCED[name]
    x = numbers(shape)
    if name == "argmax":
        axis = data.draw(st.integers(-len(shape), len(shape) - 1))
        return agrees(data.draw, lambda t: tf.argmax(t, axis), np.argmax(x, axis), x)
    axis = axes_of(data.draw, len(shape))
    listed = list(axis) if isinstance(axis, tuple) else axis
    want = theirs(x, axis=axis, keepdims=keepdims)
    return agrees(data.draw, lambda t: ours(t, listed, keepdims=keepdims), np.asarray(want), x)


# -------------------------------------------------------------------------------------------------- slices
def an_index(draw, rank):
    """What stands between the brackets: numbers, slices with steps, new axes, one ellipsis."""
    bound, step = st.none() | st.integers(-5, 5), st.sampled_from([None, 1, 2, 3, -1, -2])
    part = st.integers(-4, 3) | st.builds(slice, bound, bound, step) | st.none()
    parts = draw(st.lists(part, max_size=rank + 2))
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), Ellipsis)
    return tuple(parts) or (Ellipsis,)


@settings(quick, max_examples=80)
@given(shapes, draws)
def test_slices(shape, data) -> None:
    x, index = numbers(shape), an_index(data.draw, len(shape))
    try:
        want = x[index]
    except IndexError:
        assume(False)
    agrees(data.draw, lambda t: t[index], want, x)


@quick
@given(st.integers(1, 4), st.integers(0, 7), st.integers(0, 7), draws)
def test_masks_of_strided_slices(side, begin_mask, end_mask, data) -> None:
    x = numbers([side] * 3)
    begin, end, steps = ([data.draw(st.integers(*r)) for _ in range(3)] for r in ((-3, 3), (-3, 5), (1, 2)))
    index = tuple(slice(None if begin_mask >> i & 1 else begin[i], None if end_mask >> i & 1 else end[i], steps[i]) for i in range(3))

    def build(t):
        return tf.strided_slice(t, begin, end, steps, begin_mask=begin_mask, end_mask=end_mask)

    agrees(data.draw, build, x[index], x)


@quick
@given(shapes, draws)
def test_slice_by_begin_and_size(shape, data) -> None:
    x = numbers(shape)
    begin = [data.draw(st.integers(0, n)) for n in shape]
    size = [data.draw(st.integers(-1, n - b)) for n, b in zip(shape, begin, strict=True)]
    index = tuple(slice(b, None if s < 0 else b + s) for b, s in zip(begin, size, strict=True))
    agrees(data.draw, lambda t: tf.slice(t, begin, size), x[index], x)


# -------------------------------------------------------------------------------------------------- the same numbers, laid out anew
@quick
@given(shapes, draws)
def test_reshape(shape, data) -> None:
    x = numbers(shape)
    target = list(data.draw(st.permutations(shape)))
    if data.draw(st.booleans()):
        target.insert(data.draw(st.integers(0, len(target))), 1)
    if data.draw(st.booleans()):
        target = [math.prod(target[:2]), *target[2:]]
    want = x.reshape(target)
    if data.draw(st.booleans()):
        target[data.draw(st.integers(0, len(target) - 1))] = -1
    agrees(data.draw, lambda t: tf.reshape(t, target), want, x)


@quick
@given(shapes, draws)
def test_reshape_to_what_the_graph_computes(shape, data) -> None:
    x, cut = numbers(shape), data.draw(st.integers(0, len(shape)))

    def build(t):
        return tf.reshape(t, tf.concat([tf.shape(t)[:cut], [-1]], 0)) + tf.zeros(tf.shape(t)[:cut], t.dtype)[..., None]

    agrees(data.draw, build, x.reshape(*shape[:cut], -1), x, by_value=True)


@quick
@given(shapes, draws)
def test_transpose_reverse_and_roll(shape, data) -> None:
    x, rank = numbers(shape), len(shape)
    order = data.draw(st.permutations(range(rank)))
    agrees(data.draw, lambda t: tf.transpose(t, order), x.transpose(order), x)
    agrees(data.draw, tf.transpose, x.T, x)
    axis, by = data.draw(st.integers(-rank, rank - 1)), data.draw(st.integers(-5, 5))
    agrees(data.draw, lambda t: tf.reverse(t, [axis]), np.flip(x, axis), x)
    agrees(data.draw, lambda t: tf.roll(t, by, axis), np.roll(x, by, axis), x)


@quick
@given(shapes, draws)
def test_expand_dims_and_squeeze(shape, data) -> None:
    x, rank = numbers(shape), len(shape)
    axis = data.draw(st.integers(-rank - 1, rank))
    agrees(data.draw, lambda t: tf.expand_dims(t, axis), np.expand_dims(x, axis), x)
    agrees(data.draw, tf.squeeze, x.squeeze(), x)
    ones = [i - rank * data.draw(st.booleans()) for i, n in enumerate(shape) if n == 1 and data.draw(st.booleans())]
    if ones:
        agrees(data.draw, lambda t: tf.squeeze(t, ones), x.squeeze(tuple(ones)), x)


@quick
@given(shapes, st.integers(1, 3), draws)
def test_concat_and_split(shape, n, data) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    sizes = [data.draw(st.integers(0, 3)) for _ in range(n)]
    assume(sum(sizes))
    lengths = list(shape)
    lengths[axis] = sum(sizes)
    whole = numbers(lengths)
    parts = np.split(whole, np.cumsum(sizes)[:-1], axis)
    agrees(data.draw, lambda *ts: tf.concat(list(ts), axis), whole, *parts)
    agrees(data.draw, lambda t: tf.split(t, sizes, axis), parts, whole, rank_too=False)
    even = numbers([k * n if i == axis % len(shape) else k for i, k in enumerate(shape)])
    agrees(data.draw, lambda t: tf.split(t, n, axis), np.split(even, n, axis), even, rank_too=False)


@quick
@given(shapes, st.integers(1, 3), draws)
def test_stack_and_unstack(shape, n, data) -> None:
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    parts = [numbers(shape) + i for i in range(n)]
    agrees(data.draw, lambda *ts: tf.stack(list(ts), axis), np.stack(parts, axis), *parts)
    pile = np.stack(parts, axis)
    agrees(data.draw, lambda t: tf.unstack(t, n, axis), parts, pile, rank_too=False)


@quick
@given(shapes, st.sampled_from(["CONSTANT", "REFLECT", "SYMMETRIC"]), draws)
def test_tile_and_pad(shape, mode, data) -> None:
    x = numbers(shape)
    times = [data.draw(st.integers(0, 3)) for _ in shape]
    agrees(data.draw, lambda t: tf.tile(t, times), np.tile(x, times), x)
    most = [{"CONSTANT": 3, "REFLECT": n - 1, "SYMMETRIC": n}[mode] for n in shape]
    by = [[data.draw(st.integers(0, m)), data.draw(st.integers(0, m))] for m in most]
    agrees(data.draw, lambda t: tf.pad(t, by, mode), np.pad(x, by, mode.lower()), x)


# -------------------------------------------------------------------------------------------------- picking
@quick
@given(shapes, draws)
def test_gather(shape, data) -> None:
    x, axis = numbers(shape), data.draw(st.integers(-len(shape), len(shape) - 1))
    at = data.draw(hnp.arrays(np.int32, hnp.array_shapes(min_dims=0, max_dims=2, max_side=3), elements=st.integers(0, shape[axis] - 1)))
    agrees(data.draw, lambda t, i: tf.gather(t, i, axis=axis), np.take(x, at, axis), x, at)


@quick
@given(shapes, st.integers(1, 3), draws)
def test_gather_nd_and_scatter_nd(shape, n, data) -> None:
    depth = data.draw(st.integers(1, len(shape)))
    at = np.array([[data.draw(st.integers(0, k - 1)) for k in shape[:depth]] for _ in range(n)], np.int32)
    x = numbers(shape)
    picked = x[tuple(at.T)]
    agrees(data.draw, tf.gather_nd, picked, x, at)
    back = np.zeros(shape)
    np.add.at(back, tuple(at.T), picked)
    agrees(data.draw, lambda i, v: tf.scatter_nd(i, v, shape), back, at, picked)


@quick
@given(shapes, draws)
def test_masks_where_one_hot_and_top_k(shape, data) -> None:
    x = numbers(shape)
    mask = data.draw(hnp.arrays(bool, shape))
    agrees(data.draw, tf.boolean_mask, x[mask], x, mask, rank_too=False, by_value=True)
    agrees(data.draw, tf.where, np.argwhere(mask), mask, by_value=True)
    agrees(data.draw, tf.where, np.where(mask, x, -x), mask, x, -x)
    depth, axis = data.draw(st.integers(1, 5)), data.draw(st.integers(-1, len(shape)))
    hot = np.moveaxis(np.eye(depth, dtype=np.float32)[x.astype(int) % depth], -1, axis)
    agrees(data.draw, lambda i: tf.one_hot(i, depth, axis=axis), hot, (x % depth).astype(np.int32))
    k = data.draw(st.integers(0, shape[-1]))
    agrees(data.draw, lambda t: tf.nn.top_k(t, k)[0], -np.sort(-x, -1)[..., :k], x)


@quick
@given(st.booleans(), st.booleans(), draws)
def test_matmul(across, over, data) -> None:
    lead = data.draw(hnp.array_shapes(min_dims=0, max_dims=2, max_side=2))
    m, k, n = (data.draw(st.integers(1, 4)) for _ in range(3))
    x, y = numbers((*lead, *((k, m) if across else (m, k)))), numbers((*lead, *((n, k) if over else (k, n))))
    want = (np.swapaxes(x, -1, -2) if across else x) @ (np.swapaxes(y, -1, -2) if over else y)
    agrees(data.draw, lambda a, b: tf.matmul(a, b, transpose_a=across, transpose_b=over), want, x, y, rank_too=False)


# -------------------------------------------------------------------------------------------------- windows over pictures
def window(n, k, stride, rate, padding):
    """(outputs, zeros before) of a window of k, its cells `rate` apart, that moves by `stride` over n."""
    reach = (k - 1) * rate + 1
    if padding == "VALID":
        return max(0, (n - reach) // stride + 1), 0
    out = -(-n // stride)
    return out, max(0, (out - 1) * stride + reach - n) // 2


def patches(x, size, strides, rates, padding):
    """For each output pixel: ((row, column), the cells of its window that lie within the picture, as (i, j, pixel))."""
    ways = [window(n, k, s, r, padding) for n, k, s, r in zip(x.shape[1:3], size, strides, rates, strict=True)]
    for place in itertools.product(*(range(out) for out, _ in ways)):
        cells = []
        for cell in itertools.product(*(range(k) for k in size)):
            at = [p * s + c * r - w[1] for p, s, c, r, w in zip(place, strides, cell, rates, ways, strict=True)]
            if all(0 <= a < n for a, n in zip(at, x.shape[1:3], strict=True)):
                cells.append((*cell, x[:, at[0], at[1]]))
        yield place, cells


def picture(draw):
    n, h, w, c = (draw(st.integers(1, most)) for most in (2, 6, 6, 2))
    size, strides = ([draw(st.integers(1, 3)) for _ in range(2)] for _ in range(2))
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    return numbers((n, h, w, c)) / 50, size, strides, padding


@quick
@given(draws)
def test_convolution(data) -> None:
    x, size, strides, padding = picture(data.draw)
    rates = [data.draw(st.integers(1, 2)) for _ in range(2)] if strides == [1, 1] else [1, 1]
    filters = numbers((*size, x.shape[-1], data.draw(st.integers(1, 3)))) / 50
    outs = [window(n, k, s, r, padding)[0] for n, k, s, r in zip(x.shape[1:3], size, strides, rates, strict=True)]
    assume(min(outs) > 0)
    want = np.zeros((x.shape[0], *outs, filters.shape[-1]))
    for (i, j), cells in patches(x, size, strides, rates, padding):
        want[:, i, j] = sum((pixel @ filters[a, b] for a, b, pixel in cells), np.zeros(filters.shape[-1]))

    def build(t, f):
        return tf.nn.conv2d(t, f, [1, *strides, 1], padding, dilations=[1, *rates, 1])

    agrees(data.draw, build, want, x, filters, rank_too=False)
    if strides == [1, 1]:
        agrees(data.draw, lambda t: tf.nn.convolution(t, filters, padding, dilation_rate=rates), want, x, rank_too=False)


@quick
@given(st.sampled_from(["MAX", "AVG"]), draws)
def test_pooling(kind, data) -> None:
    x, size, strides, padding = picture(data.draw)
    outs = [window(n, k, s, 1, padding)[0] for n, k, s in zip(x.shape[1:3], size, strides, strict=True)]
    assume(min(outs) > 0)
    want = np.zeros((x.shape[0], *outs, x.shape[-1]))
    for (i, j), cells in patches(x, size, strides, (1, 1), padding):
        seen = [pixel for _, _, pixel in cells]
        want[:, i, j] = np.max(seen, 0) if kind == "MAX" else np.mean(seen, 0)
    pool = tf.nn.max_pool if kind == "MAX" else tf.nn.avg_pool
    agrees(data.draw, lambda t: pool(t, [1, *size, 1], [1, *strides, 1], padding), want, x, rank_too=False)
