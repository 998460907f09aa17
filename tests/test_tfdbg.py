"""Scripts that use tfdbg run, and are told what steps instead."""

import numpy as np
import pytest

import tfnb as tf


@pytest.fixture
def debug():
    tf.install_alias()
    from tensorflow.python import debug as tf_debug

    yield tf_debug
    tf.remove_alias()


def test_a_wrapped_session_runs_and_tells_of_the_stepper(debug):
    with tf.Graph().as_default(), tf.Session() as raw:
        x = tf.placeholder(tf.float32, [2], name="x")
        y = tf.log(x, name="y")
        with pytest.warns(UserWarning, match="%step FETCH"):
            sess = debug.LocalCLIDebugWrapperSession(raw, ui_type="readline")
        sess.add_tensor_filter("has_inf_or_nan", debug.has_inf_or_nan)
        np.testing.assert_allclose(sess.run(y, {x: [1.0, 1.0]}), [0.0, 0.0])
        says = r"passes the filter 'has_inf_or_nan'. y:0 is the first to hold -Inf at \[1\]: x\[1\] = 0.0"
        with pytest.warns(UserWarning, match=says), np.errstate(all="ignore"):
            sess.run(y, {x: [1.0, 0.0]})
        assert sess.graph is raw.graph


def test_hooks_and_filters(debug):
    with pytest.warns(UserWarning, match="steps, forward and back"):
        hook = debug.LocalCLIDebugHook()
    assert isinstance(hook, tf.train.SessionRunHook)
    assert debug.has_inf_or_nan(None, np.array([np.inf])) and not debug.has_inf_or_nan(None, np.array([1])) and not debug.has_inf_or_nan(None, None)
