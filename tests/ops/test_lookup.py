"""Tables, sets and words: values as TensorFlow 1.15 gives them, on both backends."""

from __future__ import annotations

import numpy as np
import pytest

import tfnb as tf

WORDS = ["cat", "dog", "bird"]


def run(fetch, config=None):
    with tf.Session(graph=tf.get_default_graph()) as sess:
        sess.run(tf.tables_initializer())
        return sess.run(fetch)


def test_words_to_numbers_and_back() -> None:
    with tf.Graph().as_default():
        table = tf.contrib.lookup.index_table_from_tensor(WORDS)
        back = tf.contrib.lookup.index_to_string_table_from_tensor(WORDS)
        ids = table.lookup(tf.constant([["dog", "cow"], ["bird", "cat"]]))
        found, words, size = run([ids, back.lookup(ids), table.size()])
    assert found.tolist() == [[1, -1], [2, 0]] and found.dtype == np.int64
    assert words.tolist() == [[b"dog", b"UNK"], [b"bird", b"cat"]] and size == 3


def test_unknown_words_get_buckets() -> None:
    with tf.Graph().as_default():
        table = tf.contrib.lookup.index_table_from_tensor(WORDS, num_oov_buckets=3)
        words = tf.constant(["cat", "cow", "ox"])
        ids, buckets = run([table.lookup(words), tf.string_to_hash_bucket_fast(words, 3)])
    assert ids.tolist() == [0, *(3 + buckets[1:])]


def test_from_a_file(tmp_path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\n".join(WORDS) + "\n")
    with tf.Graph().as_default():
        ids = tf.contrib.lookup.index_table_from_file(str(path)).lookup(tf.constant(["bird", "ox"]))
        words = tf.contrib.lookup.index_to_string_table_from_file(str(path)).lookup(
            tf.constant([1, 9], tf.int64)
        )
        assert run(ids).tolist() == [2, -1]
        assert run(words).tolist() == [b"dog", b"UNK"]


def test_a_table_belongs_to_its_session() -> None:
    with tf.Graph().as_default():
        table = tf.contrib.lookup.HashTable(tf.contrib.lookup.KeyValueTensorInitializer(["a"], [7]), -1)
        y = table.lookup(tf.constant(["a", "b"]))
        assert run(y).tolist() == [7, -1]
        with (
            tf.Session() as other,
            pytest.raises(tf.errors.FailedPreconditionError, match=r"Table not initialized\."),
        ):
            other.run(y)
        assert tf.global_variables() == []


def test_one_key_two_values() -> None:
    with tf.Graph().as_default():
        tf.contrib.lookup.HashTable(tf.contrib.lookup.KeyValueTensorInitializer(["a", "a"], [1, 2]), -1)
        with pytest.raises(
            tf.errors.FailedPreconditionError, match="HashTable has different value for same key"
        ):
            run(tf.constant(0))


def test_words_of_texts() -> None:
    with tf.Graph().as_default():
        s = run(tf.string_split(["a b  c", "", "d"]))
        assert s.indices.tolist() == [[0, 0], [0, 1], [0, 2], [2, 0]]
        assert s.values.tolist() == [b"a", b"b", b"c", b"d"] and s.dense_shape.tolist() == [3, 3]
        assert run(tf.string_split(["abc"], "")).values.tolist() == [b"a", b"b", b"c"]
        assert run(tf.decode_base64(tf.encode_base64(["any text?"]))).tolist() == [b"any text?"]


def test_sets() -> None:
    a, b = [[1, 2, 2], [4, 5, 6]], [[2, 3, 3], [6, 4, 9]]
    with tf.Graph().as_default():
        both, either, only = (run(f(a, b)) for f in (tf.sets.intersection, tf.sets.union, tf.sets.difference))
        assert run(tf.sets.size(tf.sets.union(a, b))).tolist() == [3, 4]
    assert both.values.tolist() == [2, 4, 6] and both.indices.tolist() == [[0, 0], [1, 0], [1, 1]]
    assert either.values.tolist() == [1, 2, 3, 4, 5, 6, 9]
    assert only.values.tolist() == [1, 5]
