"""Asks TensorFlow 1.15 for the answers."""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf  # noqa: E402

from tests.tf1.alike import record  # noqa: E402

assert tf.__version__.startswith("1.15"), tf.__version__
tf.compat.v1.logging.set_verbosity("ERROR")
print(record(tf, sys.argv[1:]), "cases")
