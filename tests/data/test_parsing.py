"""Examples taken apart: values, shapes and messages of TensorFlow 1.15.5."""

import pytest

import tfnb as tf

f = tf.train.Feature
EXAMPLE = tf.train.Example(features=tf.train.Features(feature={
    "a": f(int64_list=tf.train.Int64List(value=[1, 2])), "b": f(bytes_list=tf.train.BytesList(value=[b"x"]))})).SerializeToString()  # fmt: skip


@pytest.fixture(autouse=True)
def session():
    with tf.Graph().as_default(), tf.Session() as sess:
        yield sess


def test_one_example(session):
    features = {"a": tf.FixedLenFeature([2], tf.int64), "b": tf.FixedLenFeature([], tf.string), "v": tf.VarLenFeature(tf.int64)}
    p = tf.parse_single_example(EXAMPLE, features)
    assert (p["a"].name, p["b"].name) == ("ParseSingleExample/ParseSingleExample:3", "ParseSingleExample/ParseSingleExample:4")
    assert p["a"].shape.as_list() == [2]
    a, b = session.run([p["a"], p["b"]])
    assert (a.tolist(), b) == ([1, 2], b"x")
    v = session.run(p["v"])
    assert (v.indices.shape, v.values.shape, v.dense_shape.tolist()) == ((0, 1), (0,), [0])


def test_a_batch(session):
    features = {"a": tf.VarLenFeature(tf.int64), "d": tf.FixedLenFeature([], tf.float32, default_value=3.0),
                "s": tf.FixedLenSequenceFeature([], tf.int64, allow_missing=True)}  # fmt: skip
    q = tf.parse_example([EXAMPLE, EXAMPLE], features)
    a, d = session.run([q["a"], q["d"]])
    assert (a.indices.tolist(), a.values.tolist(), a.dense_shape.tolist()) == ([[0, 0], [0, 1], [1, 0], [1, 1]], [1, 2, 1, 2], [2, 2])
    assert d.tolist() == [3.0, 3.0]
    assert session.run(q["s"]).shape == (2, 0)


@pytest.mark.parametrize("feature, one, many", [
    ({"a": tf.FixedLenFeature([3], tf.int64)}, "Key: a.  Can't parse serialized Example.",
     "Name: <unknown>, Key: a, Index: 0.  Number of int64 values != expected.  Values size: 2 but output shape: [3]"),
    ({"z": tf.FixedLenFeature([], tf.int64)}, "Feature: z (data type: int64) is required but could not be found.",
     "Name: <unknown>, Feature: z (data type: int64) is required but could not be found."),
    ({"a": tf.FixedLenFeature([2], tf.float32)}, "Key: a.  Data types don't match. Data type: int64 but expected type: float",
     "Name: <unknown>, Key: a, Index: 0.  Data types don't match. Data type: int64 but expected type: float"),
])  # fmt: skip
def test_messages(session, feature, one, many):
    for text, made in ((one, tf.parse_single_example(EXAMPLE, feature)), (many, tf.parse_example([EXAMPLE], feature))):
        with pytest.raises(tf.errors.InvalidArgumentError) as e:
            session.run(made)
        assert e.value.message.split("\n")[0] == text


def test_in_a_dataset(session, tmp_path):
    path = str(tmp_path / "r.tfrecords")
    with tf.python_io.TFRecordWriter(path) as w:
        w.write(EXAMPLE)
    parse = lambda record: tf.parse_single_example(record, {"a": tf.FixedLenFeature([2], tf.int64)})
    n = tf.data.TFRecordDataset(path).map(parse).batch(1).make_one_shot_iterator().get_next()
    assert session.run(n)["a"].tolist() == [[1, 2]]


def test_a_sequence(session):
    steps = tf.train.FeatureList(feature=[f(int64_list=tf.train.Int64List(value=[i])) for i in (4, 5)])
    data = tf.train.SequenceExample(context=tf.train.Features(feature={"n": f(int64_list=tf.train.Int64List(value=[2]))}),
                                    feature_lists=tf.train.FeatureLists(feature_list={"t": steps})).SerializeToString()  # fmt: skip
    c, s = tf.parse_single_sequence_example(data, {"n": tf.FixedLenFeature([], tf.int64)}, {"t": tf.FixedLenSequenceFeature([], tf.int64)})
    assert [v.tolist() for v in session.run([c["n"], s["t"]])] == [2, [4, 5]]


def test_sparse_parts_go_through_a_dataset(session):
    from tfnb.data import Dataset

    parse = lambda record: tf.parse_single_example(record, {"a": tf.VarLenFeature(tf.int64), "b": tf.FixedLenFeature([], tf.string)})
    parsed = Dataset.from_tensor_slices([EXAMPLE, EXAMPLE]).map(parse)
    n = parsed.map(lambda p: {"a": tf.sparse_tensor_to_dense(p["a"]), "b": p["b"]}).make_one_shot_iterator().get_next()
    sparse = parsed.make_one_shot_iterator().get_next()["a"]
    assert isinstance(sparse, tf.SparseTensor)
    assert session.run(n)["a"].tolist() == [1, 2]
    assert session.run(sparse).values.tolist() == [1, 2]
