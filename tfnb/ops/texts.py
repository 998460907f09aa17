"""Texts of every script: from one encoding to another, and texts joined in groups.

    unsorted_segment_join(["a", "b", "c"], [1, 0, 1], 2, separator="-")       ["b", "a-c"]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, Host, I, string
from tfnb.core.shapes import TensorShape, unknown_shape

__all__: list[str] = []

_NAMES = {"UTF-8": "utf-8", "UTF-16-BE": "utf-16-be", "UTF-32-BE": "utf-32-be", "US-ASCII": "ascii", "ISO-8859-1": "latin-1"}


@op("UnicodeTranscode", host=True, differentiable=False)
def unicode_transcode_op(xp: Any, input: string, *, input_encoding: str, output_encoding: str, errors: str = "replace", replacement_char: int = 65533,
                         replace_control_characters: bool = False) -> string:  # fmt: skip
    """Each text in another encoding."""
    given = np.asarray(input, object)
    out = np.empty(given.shape, object)
    for place in np.ndindex(given.shape):
        raw = given[place]
        text = raw.decode(_NAMES[input_encoding], "strict" if errors == "strict" else "surrogateescape" if errors == "ignore" else "replace")
        if errors == "ignore":
            text = "".join(c for c in text if not "\udc80" <= c <= "\udcff")
        text = text.replace("\ufffd", chr(replacement_char))
        if replace_control_characters:
            text = "".join(chr(replacement_char) if ord(c) < 32 else c for c in text)
        out[place] = text.encode(_NAMES[output_encoding])
    return out if out.shape else out[()]


def unicode_transcode(input: Any, input_encoding: str, output_encoding: str, errors: str = "replace", replacement_char: int = 65533,
                      replace_control_characters: bool = False, name: str | None = None) -> Tensor:  # fmt: skip
    """Each text in another encoding; what cannot be read is replaced, left out ("ignore") or an error ("strict").

    >>> print(tf.strings.unicode_transcode(["a"], "UTF-8", "UTF-16-BE").eval())
    [b'\\x00a']
    """
    if input_encoding not in _NAMES or output_encoding not in _NAMES:
        raise ValueError(f"Encodings that can be read and written: {', '.join(_NAMES)}; got {input_encoding} and {output_encoding}.")
    return unicode_transcode_op(input, input_encoding=input_encoding, output_encoding=output_encoding, errors=errors,
                                replacement_char=replacement_char, replace_control_characters=replace_control_characters, name=name)  # type: ignore[no-any-return]  # fmt: skip


def _joined(call: Call) -> list[TensorShape]:
    x, ids = call.shapes[0].sizes, call.shapes[1].ndims
    return [unknown_shape() if x is None or ids is None else TensorShape.of((call.host(2), *x[ids:]))]


@op("UnsortedSegmentJoin", shape=_joined, host=True, differentiable=False)
def unsorted_segment_join_op(xp: Any, inputs: string, segment_ids: I, num_segments: Host, *, separator: str = "") -> string:
    """The texts of each group, one after the other."""
    ids = np.asarray(segment_ids)
    rows = np.asarray(inputs, object).reshape(ids.size, -1)
    out = np.empty((num_segments, rows.shape[1]), object)
    for i in range(num_segments):
        chosen = rows[ids.ravel() == i]
        for j in range(rows.shape[1]):
            out[i, j] = separator.encode().join(chosen[:, j])
    return out.reshape(num_segments, *np.shape(inputs)[ids.ndim :])


def unsorted_segment_join(inputs: Any, segment_ids: Any, num_segments: Any, separator: str = "", name: str | None = None) -> Tensor:
    """The texts with equal ids, one after the other with `separator` between them.

    >>> print(tf.strings.unsorted_segment_join(["a", "b", "c"], [1, 0, 1], 2, separator="-").eval())
    [b'b' b'a-c']
    """
    return unsorted_segment_join_op(inputs, segment_ids, num_segments, separator=separator, name=name)  # type: ignore[no-any-return]
