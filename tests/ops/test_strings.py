"""Texts: hashes and cutting, against what TensorFlow 1.15.5 gave."""

from __future__ import annotations

import tfnb as tf

TEXTS = [
    "",
    "a",
    "hello",
    "teaching",
    "a text of 17 char",
    "x" * 40,
    "the quick brown fox jumps over the lazy dog, and then once more",
] + ["ab" * 70]
# tf.string_to_hash_bucket*(TEXTS, 10**6) in TensorFlow 1.15.5
FAST = [397263, 363939, 800296, 336947, 636216, 984852, 301119, 379956]
PLAIN = [283899, 535868, 780938, 552861, 354067, 905365, 710808, 621626]
STRONG = [27776, 585327, 699943, 507233, 916331, 53344, 754745, 635816]


def test_hashes() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        found = sess.run(
            [
                tf.string_to_hash_bucket_fast(TEXTS, 10**6),
                tf.string_to_hash_bucket(TEXTS, 10**6),
                tf.string_to_hash_bucket_strong(TEXTS, 10**6, [3, -5]),
            ]
        )
    assert [f.tolist() for f in found] == [FAST, PLAIN, STRONG]
    assert found[0].dtype == "int64"


def test_a_single_record_of_a_zero_byte_is_a_zero(tmp_path):
    (tmp_path / "labels").write_bytes(b"HEAD\x00\x01\x00")
    with tf.Graph().as_default(), tf.Session() as sess:
        data = tf.data.FixedLengthRecordDataset(str(tmp_path / "labels"), 1, header_bytes=4)
        label = data.map(lambda s: tf.reshape(tf.decode_raw(s, tf.uint8), [])).make_one_shot_iterator().get_next()
        assert [sess.run(label) for _ in range(3)] == [0, 1, 0]
