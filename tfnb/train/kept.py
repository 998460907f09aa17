"""tf.train.CheckpointManager: the newest checkpoints of a folder are kept, older ones deleted.

    keeper = CheckpointManager(Checkpoint(model=model), "model", max_to_keep=3)
    keeper.save();  checkpoint.restore(keeper.latest_checkpoint)
"""

from __future__ import annotations

import os
import time
from typing import Any

from tfnb.train.checkpoint import Checkpoint
from tfnb.train.checkpoints import checkpoint_exists, get_checkpoint_state, remove_checkpoint, update_checkpoint_state

__all__ = ["CheckpointManager"]


class CheckpointManager:
    """Saves a Checkpoint under numbers in `directory` and keeps the newest `max_to_keep` (None: all).

    One of each `keep_checkpoint_every_n_hours` hours is kept for ever. What the folder held before is taken over.
    Raises ValueError for a `max_to_keep` below 1.

    >>> v = tf.Variable(1.0)
    >>> sess.run(v.initializer)
    >>> keeper = tf.train.CheckpointManager(tf.train.Checkpoint(v=v), "model", max_to_keep=2)
    >>> [keeper.save() for _ in range(3)]
    ['model/ckpt-1', 'model/ckpt-2', 'model/ckpt-3']
    >>> keeper.checkpoints
    ['model/ckpt-2', 'model/ckpt-3']
    """

    def __init__(self, checkpoint: Checkpoint, directory: str, max_to_keep: int | None, keep_checkpoint_every_n_hours: float | None = None,
                 checkpoint_name: str = "ckpt") -> None:  # fmt: skip
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(f"Expected a positive integer or `None` for `max_to_max_to_keep`, got {max_to_keep}.")
        self._checkpoint, self._directory = checkpoint, os.fspath(directory)
        self._max, self._hours = max_to_keep, keep_checkpoint_every_n_hours
        self._prefix = os.path.join(self._directory, checkpoint_name)
        now = time.time()
        state = get_checkpoint_state(self._directory)
        self._latest: str | None = None if state is None else state.model_checkpoint_path
        self._kept_since = now if state is None or not state.last_preserved_timestamp else min(state.last_preserved_timestamp, now)
        self._times: dict[str, float] = {}
        if state is not None:
            times = list(state.all_model_checkpoint_timestamps) or [now] * len(state.all_model_checkpoint_paths)
            self._times = dict(zip(state.all_model_checkpoint_paths, times, strict=True))

    @property
    def latest_checkpoint(self) -> str | None:
        """The path of the newest checkpoint, for `restore`; None before the first."""
        return self._latest

    @property
    def checkpoints(self) -> list[str]:
        """The paths that are kept as the newest, oldest first."""
        return list(self._times)

    def save(self, checkpoint_number: Any = None) -> str:
        """Writes a checkpoint, under the next number where none is given; the path is returned."""
        count = self._checkpoint._next_number(None)
        number = count if checkpoint_number is None else int(checkpoint_number if isinstance(checkpoint_number, int) else _value(checkpoint_number))
        path = self._checkpoint.write(f"{self._prefix}-{number}")
        self._times.pop(path, None)
        self._times[path] = time.time()
        self._latest = path
        self._sweep()
        update_checkpoint_state(self._directory, path, list(self._times), all_model_checkpoint_timestamps=list(self._times.values()),
                                last_preserved_timestamp=self._kept_since, save_relative_paths=True)  # fmt: skip
        return path

    def _sweep(self) -> None:
        """Deletes what is too old, but for one in so many hours."""
        while self._max is not None and len(self._times) > self._max:
            old = next(iter(self._times))
            made = self._times.pop(old)
            if self._hours is not None and made - self._hours * 3600 >= self._kept_since:
                self._kept_since = made
            elif checkpoint_exists(old):
                remove_checkpoint(old)


def _value(number: Any) -> Any:
    from tfnb.keras.session import get_value

    return get_value(number)
