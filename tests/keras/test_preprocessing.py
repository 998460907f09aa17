"""Texts and sequences; expected values are those of TensorFlow 1.15.5."""

import numpy as np
import pytest

import tfnb as tf

text, sequence = tf.keras.preprocessing.text, tf.keras.preprocessing.sequence


def test_pad_sequences():
    given = [[1], [2, 3, 4], []]
    assert sequence.pad_sequences(given).tolist() == [[0, 0, 1], [2, 3, 4], [0, 0, 0]]
    assert sequence.pad_sequences(given, 2, padding="post", truncating="post", value=9).tolist() == [[1, 9], [2, 3], [9, 9]]
    with pytest.raises(ValueError, match='Padding type "middle" not understood'):
        sequence.pad_sequences(given, padding="middle")


def test_tokenizer():
    made = text.Tokenizer(num_words=3, oov_token=None)
    made.fit_on_texts(["the cat sat", "The CAT, the mat!"])
    assert made.word_index == {"the": 1, "cat": 2, "sat": 3, "mat": 4}
    assert made.texts_to_sequences(["the mat cat"]) == [[1, 2]]
    assert made.sequences_to_texts([[1, 4]]) == ["the mat"]
    np.testing.assert_array_equal(made.texts_to_matrix(["the the cat"], "count"), [[0, 2, 1]])
    unknown = text.Tokenizer(oov_token="?")
    unknown.fit_on_texts(["a b"])
    assert unknown.texts_to_sequences(["a z"]) == [[2, 1]]
