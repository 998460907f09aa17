"""slim's data sets, and contrib.framework's ways to put values into variables."""

import os
import tempfile

import numpy as np

from tests.tf1.alike.ops import refused


def records(tf):
    """A file of three examples with a number, a picture and two boxes."""
    path = os.path.join(tempfile.mkdtemp(), "three.tfrecord")
    with tf.Graph().as_default(), tf.Session() as sess:
        pictures = [sess.run(tf.image.encode_png(np.full([2, 3, 3], 10 * i, "uint8"))) for i in range(3)]
    F = tf.train.Feature
    with tf.python_io.TFRecordWriter(path) as file:
        for i, png in enumerate(pictures):
            sides = {"box/" + k: F(float_list=tf.train.FloatList(value=[i + 0.5, i + j])) for j, k in enumerate(("ymin", "xmin", "ymax", "xmax"))}
            numbers = {k: F(int64_list=tf.train.Int64List(value=n)) for k, n in (("label", [i]), ("n", [1, 2]))}
            texts = {k: F(bytes_list=tf.train.BytesList(value=[b])) for k, b in (("image/encoded", png), ("image/format", b"png"))}
            feature = {**numbers, **texts, **sides}
            file.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    return path


def case_data_provider(tf):
    slim, path = tf.contrib.slim, records(tf)
    D = slim.tfexample_decoder
    features = {"label": tf.FixedLenFeature([], tf.int64), "image/encoded": tf.FixedLenFeature([], tf.string),
                "image/format": tf.FixedLenFeature([], tf.string, "png"), "n": tf.VarLenFeature(tf.int64),
                **{"box/" + k: tf.VarLenFeature(tf.float32) for k in ("ymin", "xmin", "ymax", "xmax")}}  # fmt: skip
    handlers = {"label": D.Tensor("label"), "image": D.Image(), "boxes": D.BoundingBox(prefix="box/"), "n": D.Tensor("n", shape=[1, 2]),
                "sum": D.ItemHandlerCallback(["label"], lambda found: found["label"] + 5)}  # fmt: skip
    data = slim.dataset.Dataset(path, tf.TFRecordReader, D.TFExampleDecoder(features, handlers), 3, {"label": "a number"}, num_classes=3)
    provider = slim.dataset_data_provider.DatasetDataProvider(data, shuffle=False, num_epochs=1)
    items = provider.get(["label", "image", "boxes", "n", "sum"])
    out = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        with slim.queues.QueueRunners(sess):
            for _ in range(3):
                out.append(sess.run(items))
    return out, sorted(provider.list_items()), provider.num_samples(), data.num_classes, str(items[1].shape), refused(
        lambda: provider.get(["other"]))[0], refused(lambda: D.BoundingBox(["a"])), refused(lambda: D.Tensor("a", "b", [1]))  # fmt: skip


def case_values_assigned(tf):
    C = tf.contrib.framework
    v, w = tf.Variable([1.0, 2.0], name="v"), tf.Variable(3.0, name="w")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        path = tf.train.Saver([v]).save(sess, os.path.join(tempfile.mkdtemp(), "model"))
        C.assign_from_values_fn({"v": np.float32([5, 6]), "w": np.float32(7)})(sess)
        after = sess.run([v, w])
        op, feeds = C.assign_from_checkpoint(path, [v])
        sess.run(op, feeds)
        back = sess.run([v, w])
        C.assign_from_checkpoint(path, [v, w], ignore_missing_vars=True)
        return after, back, refused(lambda: C.assign_from_values({"x": 1})), refused(lambda: C.assign_from_checkpoint(path, {"v": w})), refused(
            lambda: C.assign_from_checkpoint(path, [w])), C.get_variable_full_name(v)  # fmt: skip


def case_shapes_asserted(tf):
    C, x = tf.contrib.framework, tf.placeholder(tf.float32)
    y, z = C.with_shape([2], x), C.with_same_shape(x, tf.ones([2]))
    with tf.Session() as sess:
        return sess.run([y, z], {x: [1, 2]}), str(y.shape), refused(lambda: sess.run(y, {x: [1]}))[0], refused(lambda: C.with_shape([3], tf.ones([2])))[0]
