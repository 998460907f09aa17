"""Nested structures of Python values: lists, tuples, named tuples and dicts.

    flatten({"b": 2, "a": (0, 1)})                        [0, 1, 2]: dicts by sorted key
    pack_sequence_as({"b": 0, "a": (0, 0)}, [5, 6, 7])    {"b": 7, "a": (5, 6)}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["assert_same_structure", "flatten", "is_nested", "is_sequence", "map_structure", "pack_sequence_as"]


def is_nested(value: Any) -> bool:
    """Whether a value is a list, a tuple or a dict.

    >>> print(tf.nest.is_nested([1]), tf.nest.is_nested(1))
    True False
    """
    return isinstance(value, (list, tuple, Mapping))


is_sequence = is_nested


def _children(value: Any) -> list[Any]:
    return [value[k] for k in sorted(value)] if isinstance(value, Mapping) else list(value)


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves, in order; a value that is no structure is a leaf itself.

    >>> print(tf.nest.flatten({"b": 1, "a": (2, [3])}))
    [2, 3, 1]
    """
    if not is_nested(structure):
        return [structure]
    return [leaf for child in _children(structure) for leaf in flatten(child)]


def like(structure: Any, children: list[Any]) -> Any:
    """A structure of the same type with other children."""
    if isinstance(structure, Mapping):
        found = dict(zip(sorted(structure), children, strict=True))
        kind: Any = type(structure)
        ordered = [(k, found[k]) for k in structure]
        return dict(ordered) if kind is dict else kind(ordered)
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*children)
    return type(structure)(children)


def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """The leaves put into the places of those of `structure`. Raises ValueError where their numbers differ.

    >>> print(tf.nest.pack_sequence_as((0, [0, 0]), [1, 2, 3]))
    (1, [2, 3])
    """
    flat = list(flat_sequence)
    count = len(flatten(structure))
    if not is_nested(structure):
        if len(flat) != 1:
            raise ValueError(f"Structure is a scalar but len(flat_sequence) == {len(flat)} > 1")
        return flat[0]
    if count != len(flat):
        raise ValueError(f"Could not pack sequence. Structure had {count} elements, but flat_sequence had {len(flat)} elements.  "
                         f"Structure: {structure}, flat_sequence: {flat}.")  # fmt: skip
    return _packed(structure, iter(flat))


def _packed(structure: Any, leaves: Any) -> Any:
    if not is_nested(structure):
        return next(leaves)
    return like(structure, [_packed(child, leaves) for child in _children(structure)])


def map_structure(func: Callable[..., Any], *structures: Any, **options: Any) -> Any:
    """`func` of the leaves, in the structure of the first.

    >>> print(tf.nest.map_structure(lambda x, y: x + y, (1, [2]), (10, [20])))
    (11, [22])
    """
    for other in structures[1:]:
        assert_same_structure(structures[0], other, options.get("check_types", True))
    return pack_sequence_as(structures[0], [func(*leaves) for leaves in zip(*map(flatten, structures), strict=True)])


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False) -> None:
    """Raises ValueError (or TypeError, for other types of sequences) where two structures differ.

    >>> tf.nest.assert_same_structure([1, (2, 3)], [4, (5, 6)])
    """
    try:
        _assert_same(nest1, nest2, check_types)
    except (ValueError, TypeError) as e:
        one, two = (str(map_to_dots(n)) for n in (nest1, nest2))
        raise type(e)(f"{e}\nEntire first structure:\n{one}\nEntire second structure:\n{two}") from None


def _assert_same(a: Any, b: Any, types: bool) -> None:
    texts = f"First structure: type={type(a).__name__} str={a}\n\nSecond structure: type={type(b).__name__} str={b}\n\n"
    head = f"The two structures don't have the same nested structure.\n\n{texts}More specifically: "
    if is_nested(a) != is_nested(b):
        sequence, other = (a, b) if is_nested(a) else (b, a)
        raise ValueError(f'{head}Substructure "type={type(sequence).__name__} str={sequence}" is a sequence, '
                         f'while substructure "type={type(other).__name__} str={other}" is not')  # fmt: skip
    if not is_nested(a):
        return
    if types and type(a) is not type(b) and not (isinstance(a, Mapping) and isinstance(b, Mapping)):
        raise TypeError(f"{head}The two structures don't have the same sequence type. "
                        f"First structure has type {type(a)}, while second structure has type {type(b)}")  # fmt: skip
    if isinstance(a, Mapping) and set(a) != set(b):
        raise ValueError(f"{head}The two dictionaries don't have the same set of keys. First structure has keys "
                         f"{list(a)}, while second structure has keys {list(b)}")  # fmt: skip
    if len(a) != len(b):
        raise ValueError(f"{head}The two structures don't have the same number of elements. "
                         f"First structure: {a}. Second structure: {b}")  # fmt: skip
    for x, y in zip(_children(a), _children(b), strict=True):
        _assert_same(x, y, types)


def map_to_dots(structure: Any) -> str:
    """The structure with dots for leaves, for messages."""
    if not is_nested(structure):
        return "."
    inside = [map_to_dots(c) for c in _children(structure)]
    if isinstance(structure, Mapping):
        return "{" + ", ".join(f"{k!r}: {v}" for k, v in zip(sorted(structure), inside, strict=True)) + "}"
    if isinstance(structure, list):
        return f"[{', '.join(inside)}]"
    return f"({', '.join(inside)}{',' if len(inside) == 1 else ''})"
