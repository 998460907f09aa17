"""tf.compat.v2: of the second version's names, those that programs of the first used."""

from tfnb.lazy import lazy

__getattr__, __dir__ = lazy("tf.compat.v2", parts={"summary": "summary_v2"})
