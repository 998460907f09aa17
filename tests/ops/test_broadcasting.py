"""BroadcastGradientArgs as TensorFlow 1.15.5 gives it."""

import pytest

import tfnb as tf
from tfnb.ops.broadcasting import broadcast_gradient_args


@pytest.mark.parametrize(("x", "y", "wanted"), [
    ([2, 3], [3], ([], [0])), ([1, 3], [2, 1], ([0], [1])), ([], [2, 2], ([0, 1], [])), ([2, 1], [2, 1], ([], [])), ([2, 1], [3, 2, 1], ([0, 2], [2])),
    ([4, 1, 3], [2, 1], ([1], [0, 2])),
])  # fmt: skip
def test_axes_that_were_broadcast(x, y, wanted):
    with tf.Graph().as_default(), tf.Session() as sess:
        found = sess.run(broadcast_gradient_args(tf.constant(x, tf.int32), tf.constant(y, tf.int32)))
    assert tuple(a.tolist() for a in found) == wanted
