"""contrib's small parts: a saved model as a function, losses with predictions first, old names of summaries."""

import numpy as np

import tfnb as tf


def test_a_saved_model_is_a_function(tmp_path):
    folder = str(tmp_path / "m")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None], name="x")
        y = x * tf.get_variable("w", [], initializer=tf.constant_initializer(2.0))
        sess.run(tf.global_variables_initializer())
        tf.saved_model.simple_save(sess, folder, {"x": x}, {"y": y})
    predict = tf.contrib.predictor.from_saved_model(folder)
    np.testing.assert_array_equal(predict({"x": [1.0, 2.0]})["y"], [2.0, 4.0])


def test_losses_take_predictions_first():
    with tf.Graph().as_default(), tf.Session() as sess:
        loss = tf.contrib.losses.log_loss(tf.constant([0.9]), tf.constant([1.0]))
        assert abs(sess.run(loss) + np.log(0.9)) < 1e-5
        assert sess.run(tf.contrib.losses.get_total_loss()) == sess.run(loss)


def test_old_names_of_summaries():
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.contrib.deprecated.scalar_summary("loss", tf.constant(3.0))
        found = tf.Summary.FromString(sess.run(tf.contrib.deprecated.merge_all_summaries()))
        assert found.value[0].simple_value == 3.0
    assert tf.contrib.util.constant_value(tf.constant(3)) == 3 and tf.contrib.signal.stft is tf.signal.stft
