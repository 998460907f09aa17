"""slim.model_analyzer, as TensorFlow 1.15.5 prints."""

import tfnb as tf


def test_analyze_vars(capsys):
    with tf.Graph().as_default():
        v = tf.Variable(tf.zeros([2, 3]), name="w")
        assert tf.contrib.slim.model_analyzer.analyze_vars([v], print_info=True) == (6, 24)
    assert "w:0 (float32_ref 2x3) [6, bytes: 24]\nTotal size of variables: 6\nTotal bytes of variables: 24" in capsys.readouterr().out
