"""The ops by which TensorFlow's own graphs save and restore (nodes save/... of an imported .meta file).

tfnb's Saver needs none of them; they are here so that such a graph can be imported, and its `save/restore_all` run.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.op import op
from tfnb.core.rules import Each, OfAttr, string

__all__: list[str] = []


def _text(value: Any) -> str:
    value = np.asarray(value, dtype=object).item()
    return value.decode() if isinstance(value, bytes) else str(value)


def _texts(values: Any) -> list[str]:
    return [v.decode() if isinstance(v, bytes) else str(v) for v in np.ravel(values)]


@op("SaveV2", effect=True, host=True, differentiable=False)
def save_v2(xp: Any, prefix: string, tensor_names: string, shape_and_slices: string, *tensors: Each) -> None:  # type: ignore[valid-type]
    """Writes tensors to a checkpoint."""
    from tfnb.train.checkpoints import write_values

    write_values(_text(prefix), dict(zip(_texts(tensor_names), map(np.asarray, tensors), strict=True)), "tf")


@op("RestoreV2", shape="unknown", effect=True, host=True, differentiable=False)
def restore_v2(xp: Any, prefix: string, tensor_names: string, shape_and_slices: string, *, dtypes: Any) -> tuple[OfAttr("dtypes"), ...]:  # type: ignore[valid-type]
    """Tensors of a checkpoint, by their names."""
    from tfnb.train.checkpoints import load_checkpoint

    reader = load_checkpoint(_text(prefix))
    return tuple(reader.get_tensor(name) for name in _texts(tensor_names))
