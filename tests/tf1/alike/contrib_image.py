"""tf.contrib.image: turned, moved and projected, to the nearest pixel and between pixels."""

import numpy as np

from tests.tf1.alike.ops import refused

IMAGES = np.random.RandomState(8).rand(2, 4, 5, 3).astype("f")


def case_projected(tf):
    C, x = tf.contrib.image, tf.constant(IMAGES)
    skewed = [1.1, 0.2, -0.3, 0.1, 0.9, 0.4, 0.01, 0.02]
    ys = [C.rotate(x, [0.3, -1.0]), C.rotate(x, 0.7, "BILINEAR"), C.rotate(x[0], 0.4), C.rotate(x[0, :, :, 0], 2.0, "BILINEAR"), C.translate(x, [1.0, -2.0]),
          C.translate(x, [[0.5, 0.25], [1.5, 0.0]], "BILINEAR"), C.transform(x, skewed), C.transform(x, skewed, "BILINEAR"),
          C.transform(tf.cast(x * 255, tf.uint8), skewed, output_shape=[3, 6]), C.angles_to_projective_transforms([0.3, 1.0], 4.0, 5.0),
          C.compose_transforms(skewed, C.angles_to_projective_transforms(0.3, 4.0, 5.0)), C.flat_transforms_to_matrices(skewed)]  # fmt: skip
    with tf.Session() as sess:
        return sess.run(ys), refused(lambda: C.transform(tf.zeros([3]), skewed))
