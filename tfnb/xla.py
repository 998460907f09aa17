"""tf.xla: what XLA compiles. A session on the device cpu:jax or gpu:jax compiles every step; these names are accepted anywhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from tfnb.lazy import Part

__all__ = ["experimental"]


def compile(computation: Callable[..., Any], inputs: Any = None) -> Any:  # noqa: A001 - TensorFlow's name
    """What the computation gives, in a list.

    >>> tf.xla.experimental.compile(lambda x: x + 1.0, [tf.constant(1.0)])[0].eval()
    np.float32(2.0)
    """
    found = computation(*(inputs or ()))
    return list(found) if isinstance(found, (list, tuple)) else [found]


@contextlib.contextmanager
def jit_scope(compile_ops: Any = True, separate_compiled_gradients: bool = False) -> Iterator[None]:
    """Accepted: a session compiles a step as a whole, or not.

    >>> with tf.xla.experimental.jit_scope():
    ...     y = tf.constant(1.0) + 1.0
    >>> y.eval()
    np.float32(2.0)
    """
    yield


experimental = Part("tf.xla.experimental", compile=compile, jit_scope=jit_scope)
