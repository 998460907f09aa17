"""Several processes, on one machine or on many, that run the same program and share one mesh of devices.

    tfnb run --processes 2 train.py                      from the shell (tfnb/launch.py)
    join("10.0.0.1:5000", processes=2, process=0)        by hand or from ipyparallel's %%px, before the first session

Each process runs every step with the same feeds; the mesh gives each its part, and XLA (gloo on CPUs) does the sums. If
one is lost, the others stop with tf.errors.UnavailableError within seconds.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

from tfnb.core.errors import UnavailableError

__all__ = ["failures", "is_first", "join", "join_if_told", "shared_number"]

HEARTBEAT = 10  # seconds without a sign of life after which a process is given up
_joined: list[int] = []


def join(coordinator: str, processes: int, process: int, timeout: int = 60) -> None:
    """Meets the other processes at `coordinator` ("host:port", which process 0 opens). Once, before JAX is used.

    Raises UnavailableError where they do not come within `timeout` seconds.
    """
    if _joined:
        return
    from tfnb.engine.jax_backend import configure

    jax = configure()
    if jax.config.jax_cpu_collectives_implementation is None:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
    try:
        jax.distributed.initialize(coordinator, processes, process, initialization_timeout=timeout,
                                   heartbeat_timeout_seconds=HEARTBEAT, shutdown_timeout_seconds=HEARTBEAT)  # fmt: skip
    except RuntimeError as e:
        raise _unavailable(f"Process {process} of {processes} did not meet the others at {coordinator}: {_first_line(e)}") from None
    _joined.append(process)


def join_if_told() -> None:
    """Joins where the environment says so: TFNB_COORDINATOR, TFNB_PROCESSES and TFNB_PROCESS, as `tfnb run` sets them."""
    told = os.environ.get("TFNB_COORDINATOR")
    if told:
        join(told, int(os.environ["TFNB_PROCESSES"]), int(os.environ["TFNB_PROCESS"]))


def is_first() -> bool:
    """Whether this process writes what all have: files, printed losses. True where there is only one."""
    return not any(_joined)


def shared_number() -> int:
    """A number drawn by process 0, the same in all."""
    import numpy as np
    from jax.experimental import multihost_utils

    with failures():
        return int(multihost_utils.broadcast_one_to_all(np.int64(int.from_bytes(os.urandom(5), "little"))))


@contextlib.contextmanager
def failures() -> Iterator[None]:
    """Says in TensorFlow's words that another process is gone."""
    if not _joined:
        yield
        return
    try:
        yield
    except (RuntimeError, ValueError) as e:  # what JAX raises: the one or the other, as it was found out
        if not _is_loss(str(e)):
            raise
        atexit.register(_leave)
        raise _unavailable(f"Process {_joined[0]} lost another process of the run: {_first_line(e)}") from None


def _leave() -> None:
    """Ends the process at once: JAX would wait for the lost one to say goodbye, and then abort."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def _is_loss(text: str) -> bool:
    words = ("Gloo", "Connection closed", "Connection reset", "UNAVAILABLE", "heartbeat", "preempted", "coordination service")
    return any(w in text for w in words)


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0]


def _unavailable(text: str) -> Any:
    return UnavailableError(None, None, text, "Start the run again: it goes on from the last checkpoint (tfnb run --restarts does it by itself).")
