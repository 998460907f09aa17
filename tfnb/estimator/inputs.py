"""tf.estimator.inputs: input functions made of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["numpy_input_fn", "pandas_input_fn"]


def numpy_input_fn(x: Any, y: Any = None, batch_size: int = 128, num_epochs: int | None = 1, shuffle: bool | None = None,
                   queue_capacity: int = 1000, num_threads: int = 1) -> Callable[[], Any]:  # fmt: skip
    """A function that gives (features, labels), or features alone without `y`, batch by batch.

    `x` is an array or a dict of arrays; `num_epochs` None goes on for ever. Raises ValueError for arrays of different lengths.

    >>> features = tf.estimator.inputs.numpy_input_fn(np.array([1.0, 2.0, 3.0]), batch_size=2, shuffle=False)()
    >>> print(features.eval(), features.eval())
    [1. 2.] [3.]
    """
    if not isinstance(shuffle, bool):
        raise ValueError("shuffle must be provided and explicitly set as boolean (it is recommended to set it as True for training); "
                         f"got {shuffle}")  # fmt: skip
    given = {k: np.asarray(v) for k, v in x.items()} if isinstance(x, dict) else np.asarray(x)
    if isinstance(given, dict) and not given:
        raise ValueError("x cannot be an empty dict")
    labels = {k: np.asarray(v) for k, v in y.items()} if isinstance(y, dict) else None if y is None else np.asarray(y)
    lengths = {len(a) for part in (given, labels) for a in (part.values() if isinstance(part, dict) else [] if part is None else [part])}
    if len(lengths) != 1:
        raise ValueError(f"Length of tensors in x and y is mismatched. Lengths: {sorted(lengths)}.")

    def input_fn() -> Any:
        from tfnb.data import Dataset

        dataset = Dataset.from_tensor_slices(given if labels is None else (given, labels))
        if shuffle:
            dataset = dataset.shuffle(max(queue_capacity, 1))
        return dataset.repeat(num_epochs).batch(batch_size).make_one_shot_iterator().get_next()

    return input_fn


def pandas_input_fn(x: Any, y: Any = None, batch_size: int = 128, num_epochs: int | None = 1, shuffle: bool | None = None,
                    queue_capacity: int = 1000, num_threads: int = 1, target_column: str = "target") -> Callable[[], Any]:  # fmt: skip
    """The same from a DataFrame: a feature for each column, the labels from a Series or a DataFrame.

    >>> print(tf.estimator.inputs.pandas_input_fn.__name__)
    pandas_input_fn
    """
    columns = {str(name): x[name].values for name in x.columns}
    labels = None if y is None else {str(n): y[n].values for n in y.columns} if hasattr(y, "columns") else y.values
    return numpy_input_fn(columns, labels, batch_size, num_epochs, shuffle, queue_capacity, num_threads)
