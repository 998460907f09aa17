"""The threads of matrix products: a setting that can be seen and put back."""

import pytest

import tfnb as tf
from tfnb.engine import blas
from tfnb.engine.backends import devices

pytestmark = pytest.mark.skipif(blas.threads() is None, reason="nothing here tells the threads of BLAS")


@pytest.fixture(autouse=True)
def as_before():
    yield
    tf.config.threading.set_intra_op_parallelism_threads(0)


def test_a_setting_that_the_device_view_shows():
    first = blas.threads()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    assert blas.threads() == 1 == tf.config.threading.get_intra_op_parallelism_threads()
    assert devices()[0].description.endswith("matrix products use 1 thread")
    tf.config.threading.set_intra_op_parallelism_threads(3)
    assert devices()[0].description.endswith("matrix products use 3 threads")
    tf.config.threading.set_intra_op_parallelism_threads(0)
    assert blas.threads() == first


def test_a_session_s_config_sets_it_as_tensorflow_s():
    tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=1))
    assert blas.threads() == 1


def test_a_negative_number_is_refused():
    with pytest.raises(ValueError, match="0 .as at first. or more, but is -1"):
        tf.config.threading.set_intra_op_parallelism_threads(-1)
