"""tf.data.experimental: CSV and TFRecord files, groups, sparse batches, random numbers."""

import numpy as np


def elements(tf, sess, dataset, n=10):
    iterator = tf.data.make_initializable_iterator(dataset)
    sess.run(iterator.initializer)
    following, out = iterator.get_next(), []
    try:
        for _ in range(n):
            out.append(sess.run(following))
    except tf.errors.OutOfRangeError:
        pass
    return out


def described(dataset):
    return str(dataset.output_shapes).replace("TensorShape", ""), str(dataset.output_types)


def write(name, text):
    with open(name, "w") as f:
        f.write(text)


def case_csv_files(tf):
    write("a.csv", "x,y,name\n1,2.5,one\n2,3.5,\"two, too\"\n3,NA,three\n")
    write("b.csv", "x,y,name\n4,5.5,four\n")
    E = tf.data.experimental
    with tf.Session() as sess:
        rows = E.CsvDataset(["a.csv", "b.csv"], [tf.int32, 7.5, "z"], header=True, na_value="NA")
        some = E.CsvDataset(["a.csv"], [tf.int32, [""]], header=True, select_cols=[0, 2])
        out = [elements(tf, sess, d) for d in (rows, some)]
        for given in (dict(num_epochs=1), dict(num_epochs=1, label_name="y"), dict(label_name="y", select_columns=["y", "x"])):
            tables = E.make_csv_dataset("[ab].csv", 3, shuffle=False, na_value="NA", **given)
            out.append([dict(e) if isinstance(e, dict) else (dict(e[0]), e[1]) for e in elements(tf, sess, tables, 2)])
        return out


def case_examples_in_files(tf):
    E = tf.data.experimental
    feature = {"a": tf.train.Feature(int64_list=tf.train.Int64List(value=[3]))}
    record = tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
    wanted = {"a": tf.FixedLenFeature([], tf.int64), "b": tf.FixedLenFeature([], tf.float32, 1.5)}
    with tf.Session() as sess:
        sess.run(E.TFRecordWriter("e.rec").write(tf.data.Dataset.from_tensor_slices([record] * 3)))
        out = []
        for given in (dict(num_epochs=1), dict(num_epochs=1, label_key="a"), {}):
            batches = E.make_batched_features_dataset("e.rec", 2, wanted, shuffle=False, **given)
            out += [elements(tf, sess, batches, 2), described(batches)]
        try:
            E.TFRecordWriter("o.rec").write(tf.data.Dataset.range(2))
        except TypeError as e:
            out.append(str(e))
        return out


def case_groups_and_batches(tf):
    E = tf.data.experimental
    reducer = E.Reducer(lambda key: np.int64(0), lambda state, x: state + x, lambda state: state * 10)
    sums = tf.data.Dataset.range(10).apply(E.group_by_reducer(lambda x: 2 - x % 3, reducer))
    lists = tf.data.Dataset.from_generator(lambda: iter([[1], [1, 2, 3], [4, 5]]), tf.int32, tf.TensorShape([None]))
    windows = tf.data.Dataset.range(7).apply(tf.contrib.data.sliding_window_batch(3, window_shift=2))
    with tf.Session() as sess:
        sparse = [[list(p) for p in e] for e in elements(tf, sess, lists.apply(E.dense_to_sparse_batch(2, [4])))]
        return elements(tf, sess, sums), sparse, elements(tf, sess, windows), elements(tf, sess, E.RandomDataset(7), 4)


def case_resampled(tf):
    zeros = tf.data.Dataset.from_tensor_slices([0] * 30)
    even = zeros.apply(tf.data.experimental.rejection_resample(lambda x: x, [0.5, 0.5], [0.5, 0.5]))
    with tf.Session() as sess:
        return described(even), elements(tf, sess, even, 3)
