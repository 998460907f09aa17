"""Datasets: elements, order, shapes, node names and messages as TensorFlow 1.15.5 gave them."""

import numpy as np
import pytest

import tfnb as tf

D = tf.data.Dataset
END = "end"


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def elements(dataset, limit=50):
    """What a session gets until the end, an error or the limit."""
    n = dataset.make_one_shot_iterator().get_next()
    out = []
    with tf.Session() as sess:
        try:
            for _ in range(limit):
                value = sess.run(n)
                out.append(value.tolist() if hasattr(value, "tolist") else value)
        except tf.errors.OutOfRangeError:
            out.append(END)
    return out


@pytest.mark.parametrize("make, want", [
    (lambda: D.range(10).shuffle(3, seed=1), [1, 3, 0, 5, 2, 6, 7, 8, 9, 4, END]),
    (lambda: D.range(10).shuffle(10, seed=1).repeat(2), [7, 9, 3, 6, 5, 1, 8, 4, 0, 2, 2, 9, 7, 6, 8, 5, 1, 0, 3, 4, END]),
    (lambda: D.range(10).shuffle(10, seed=1, reshuffle_each_iteration=False).repeat(2), [7, 9, 3, 6, 5, 1, 8, 4, 0, 2] * 2 + [END]),
    (lambda: D.range(10).shuffle(10, seed=1).batch(10).repeat(3),
     [[0, 9, 5, 1, 2, 7, 3, 8, 6, 4], [8, 9, 7, 5, 4, 6, 2, 1, 0, 3], [5, 6, 7, 1, 3, 0, 9, 8, 4, 2], END]),
    (lambda: D.range(10).shuffle(4, seed=3).map(lambda x: x).repeat(2), [0, 3, 2, 1, 4, 7, 6, 5, 8, 9, 0, 4, 1, 2, 5, 3, 6, 8, 9, 7, END]),
    (lambda: D.range(5).batch(2), [[0, 1], [2, 3], [4], END]),
    (lambda: D.range(5).window(2, 1, 1, True).flat_map(lambda w: w.batch(2)), [[0, 1], [1, 2], [2, 3], [3, 4], END]),
    (lambda: D.range(4).interleave(lambda x: D.from_tensors(x).repeat(3), cycle_length=2, block_length=2), [0, 0, 1, 1, 0, 1, 2, 2, 3, 3, 2, 3, END]),
    (lambda: D.from_generator(lambda: iter([1, 2]), tf.int32), [1, 2, END]),
    (lambda: D.range(4).map(lambda x: tf.fill([x], x)).padded_batch(2, [None]), [[[0], [1]], [[2, 2, 0], [3, 3, 3]], END]),
    (lambda: D.range(3).concatenate(D.range(8, 10)).skip(1).take(3), [1, 2, 8, END]),
    (lambda: D.range(6).filter(lambda x: tf.equal(x % 2, 0)).map(lambda x: x * x, num_parallel_calls=2).prefetch(1), [0, 4, 16, END]),
    (lambda: D.from_tensor_slices(["a", "b"]).map(lambda s: tf.string_join([s, "!"])), [b"a!", b"b!", END]),
    (lambda: D.range(3).cache().repeat(2), [0, 1, 2, 0, 1, 2, END]),
    (lambda: D.range(7).shard(3, 1), [1, 4, END]),
])  # fmt: skip
def test_elements(make, want):
    assert elements(make()) == want


@pytest.mark.parametrize("make, want", [
    (lambda: D.range(6).shuffle(10), [1, 3, 5, 2, 4, 0, END]),
    (lambda: D.range(6).shuffle(10, seed=2), [5, 0, 2, 4, 3, 1, END]),
    (lambda: D.range(6).shuffle(10).repeat(2), [4, 1, 2, 3, 0, 5, 0, 2, 4, 1, 3, 5, END]),
    (lambda: D.range(6).shuffle(10, seed=2).batch(6).repeat(2), [[5, 0, 2, 4, 3, 1], [3, 0, 4, 5, 2, 1], END]),
])  # fmt: skip
def test_graph_seed_orders_too(make, want):
    tf.set_random_seed(5)
    assert elements(make()) == want


def test_names_shapes_and_types(graph):
    ds = D.from_tensor_slices((np.arange(6), np.ones((6, 2)))).map(lambda a, b: (a * 2, b)).filter(lambda a, b: a > 2)
    ds = ds.shuffle(3, seed=1).batch(2).repeat().prefetch(1)
    assert repr(ds) == "<DatasetV1Adapter shapes: ((?,), (?, 2)), types: (tf.int64, tf.float64)>"
    a, b = ds.make_one_shot_iterator().get_next()
    assert (a.name, b.name, a.shape.as_list(), b.shape.as_list()) == ("IteratorGetNext:0", "IteratorGetNext:1", [None], [None, 2])
    assert [o.name for o in graph.get_operations()] == [
        "normalize_element/component_0", "normalize_element/component_1", "TensorSliceDataset", "MapDataset", "FilterDataset", "buffer_size",
        "seed", "seed2/Const", "seed2/Equal/y", "seed2/Equal", "seed2/Equal_1/y", "seed2/Equal_1", "seed2/LogicalAnd", "seed2/Const_1", "seed2",
        "ShuffleDataset", "batch_size", "drop_remainder", "BatchDatasetV2", "count", "RepeatDataset", "buffer_size_1", "PrefetchDataset",
        "OneShotIterator", "IteratorToStringHandle", "IteratorGetNext",
    ]  # fmt: skip


def test_initializable_iterator_is_fed_and_starts_again():
    x = tf.placeholder(tf.float32, [None, 3])
    it = D.from_tensor_slices({"a": x}).make_initializable_iterator()
    n = it.get_next()
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match="GetNext\\(\\) failed because the iterator has not been initialized"):
            sess.run(n)
        for rows in (1, 2):
            sess.run(it.initializer, {x: np.eye(3)[:rows]})
            got = [sess.run(n)["a"].tolist() for _ in range(rows)]
            assert got == np.eye(3)[:rows].tolist()
            with pytest.raises(tf.errors.OutOfRangeError, match="End of sequence"):
                sess.run(n)


def test_reinitializable_and_feedable_iterators():
    it = tf.data.Iterator.from_structure(tf.int64, tf.TensorShape([]))
    train, test = it.make_initializer(D.range(3)), it.make_initializer(D.range(10, 12))
    handle = tf.placeholder(tf.string, [])
    either = tf.data.Iterator.from_string_handle(handle, it.output_types, it.output_shapes).get_next()
    other = D.range(100, 103).make_one_shot_iterator()
    n = it.get_next()
    with tf.Session() as sess:
        sess.run(train)
        assert [sess.run(n), sess.run(n)] == [0, 1]
        sess.run(test)
        assert sess.run(n) == 10
        mine, others = sess.run([it.string_handle(), other.string_handle()])
        assert [sess.run(either, {handle: h}) for h in (mine, others, others)] == [11, 100, 101]
        with pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse string_handle as a valid ResourceHandle"):
            sess.run(either, {handle: b"bad"})
    with pytest.raises(TypeError, match="Expected output types tf.int64 but got dataset with output types tf.float32\\."):
        it.make_initializer(D.from_tensors(1.0))


def test_functions_use_what_is_outside():
    scale = tf.placeholder(tf.int64, [])
    it = D.range(3).map(lambda x: x * scale).make_initializable_iterator()
    n = it.get_next()
    with tf.Session() as sess:
        sess.run(it.initializer, {scale: 5})
        assert [sess.run(n) for _ in range(3)] == [0, 5, 10]


def test_function_is_traced_once():
    calls = []
    assert elements(D.range(5).map(lambda x: calls.append(x) or x + 1)) == [1, 2, 3, 4, 5, END]
    assert len(calls) == 1


def test_a_bad_element_is_passed_over():
    n = D.range(3).map(lambda x: tf.check_numerics(1.0 / tf.cast(x - 1, tf.float32), "bad")).make_one_shot_iterator().get_next()
    with tf.Session() as sess:
        assert sess.run(n) == -1
        with pytest.raises(tf.errors.InvalidArgumentError, match="bad : Tensor had Inf values"):
            sess.run(n)
        assert sess.run(n) == 1


@pytest.mark.parametrize("make, error, text", [
    (lambda: D.from_tensor_slices((np.ones(3), np.ones(4))), ValueError, "Dimensions 3 and 4 are not compatible"),
    (lambda: D.range(), ValueError, "Invalid arguments to RangeDataset: ()"),
    (lambda: D.from_tensor_slices(tf.placeholder(tf.float32, [2])).make_one_shot_iterator(), ValueError,
     "Cannot capture a placeholder (name:Placeholder, type:Placeholder) by value."),
    (lambda: D.zip(3), TypeError, "The argument to `Dataset.zip()` must be a nested structure of `Dataset` objects."),
    (lambda: iter(D.range(3)), RuntimeError, "__iter__() is only supported inside of tf.function or when eager execution is enabled."),
    (lambda: D.range(3).filter(lambda x: x), ValueError,
     "`predicate` return type must be convertible to a scalar boolean tensor. Was TensorSpec(shape=(), dtype=tf.int64, name=None)."),
    (lambda: D.range(3).concatenate(D.from_tensors(1.0)), TypeError,
    "Two datasets to concatenate have different types <dtype: 'int64'> and <dtype: 'float32'>"),
    (lambda: D.from_tensor_slices(3), ValueError,
     'Value Tensor("normalize_element/component_0:0", shape=(), dtype=int32) has insufficient rank for batching.'),
])  # fmt: skip
def test_messages(make, error, text):
    with pytest.raises(error) as e:
        make()
    assert str(e.value) == text


def test_stepper_goes_back_to_the_same_element():
    n = D.range(5).shuffle(5).make_one_shot_iterator().get_next()
    y = n * 2
    with tf.Session() as sess:
        sess.run(n)
        step = sess.step(y)
        step.last()
        first = step.results
        step.first()
        step.last()
        assert step.results == first
        assert sess.run(n) * 2 != first


def test_files(tmp_path):
    text, data = tmp_path / "a.txt", tmp_path / "a.bin"
    text.write_bytes(b"one\r\ntwo\n")
    data.write_bytes(b"Habcdef")
    assert elements(tf.data.TextLineDataset([str(text)] * 2).skip(1)) == [b"two", b"one", b"two", END]
    assert elements(tf.data.FixedLengthRecordDataset(str(data), 2, header_bytes=1)) == [b"ab", b"cd", b"ef", END]
    path = str(tmp_path / "r")
    with tf.python_io.TFRecordWriter(path) as w:
        w.write(b"x")
        w.write(b"y")
    assert elements(tf.data.TFRecordDataset(D.from_tensor_slices([path, path]))) == [b"x", b"y", b"x", b"y", END]
    assert elements(D.list_files(str(tmp_path / "a.*"), shuffle=False)) == [str(data).encode(), str(text).encode(), END]


def test_reduce_zip_and_single_element():
    total = D.range(5).reduce(np.int64(0), lambda s, x: s + x)
    pair = D.zip((D.range(2), {"b": D.from_tensors([1.0, 2.0])}))
    one = tf.data.experimental.get_single_element(D.range(4).batch(4))
    n = pair.make_one_shot_iterator().get_next()
    with tf.Session() as sess:
        assert sess.run(total) == 10
        a, b = sess.run(n)
        assert (a, b["b"].tolist()) == (0, [1.0, 2.0])
        assert sess.run(one).tolist() == [0, 1, 2, 3]
