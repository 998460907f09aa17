"""tf.nest: nested lists, tuples and dicts as flat lists and back."""

from tfnb.core.nest import assert_same_structure, flatten, is_nested, map_structure, pack_sequence_as

__all__ = ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]
