"""tf.contrib.losses: the losses with predictions first, as they were before tf.losses."""

from tfnb.contrib import slim as _slim

for _name, _value in vars(_slim.losses).items():
    globals()[_name] = _value
__all__ = sorted(n for n in vars(_slim.losses) if not n.startswith("_"))
