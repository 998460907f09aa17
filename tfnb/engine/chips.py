"""The kinds of TPU that a step can be compiled for, and what a chip of each can do at most.

    slice_of("tpu:v5e-4")          Slice(device="tpu:v5e-4", kind="v5e", chips=4, topology="v5e:2x2")
    CHIPS["v5e"].memory            bytes
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

__all__ = ["CHIPS", "Chip", "Slice", "is_slice", "slice_of"]


class Chip(NamedTuple):
    """What the maker publishes of a chip; all numbers are upper limits.

    axes        of the network between chips, a grid or a torus
    flops       bfloat16 operations a second
    bandwidth   of its memory, bytes a second
    memory      bytes
    links       to its neighbours, all together, bytes a second
    """

    axes: int
    flops: float
    bandwidth: float
    memory: float
    links: float


CHIPS = {
    "v4": Chip(3, 275e12, 1.228e12, 32e9, 300e9),
    "v5e": Chip(2, 197e12, 0.819e12, 16e9, 200e9),
    "v5p": Chip(3, 459e12, 2.765e12, 95e9, 600e9),
    "v6e": Chip(2, 918e12, 1.64e12, 32e9, 448e9),
}


class Slice(NamedTuple):
    """A number of chips of one kind, as the compiler names their arrangement."""

    device: str
    kind: str
    chips: int
    topology: str

    @property
    def chip(self) -> Chip:
        return CHIPS[self.kind]


def is_slice(device: str) -> bool:
    """Whether a device's name means TPUs that need not be there."""
    return re.match(r"tpu:v\d", device) is not None


def slice_of(device: str) -> Slice:
    """The slice of a name such as tpu:v5e-4 or v4-64. Raises ValueError for what is none."""
    found = re.fullmatch(r"(?:tpu:)?(v\d+\w?)-(\d+)", device)
    if found is None or found[1] not in CHIPS or int(found[2]) < 1:
        raise ValueError(f"Unknown TPU {device!r}: one of {', '.join(CHIPS)} and a number of chips, as in tpu:v5e-4.")
    kind, chips = found[1], int(found[2])
    sides = [1] * CHIPS[kind].axes
    while math.prod(sides) < chips:
        sides[sides.index(min(sides))] *= 2
    if math.prod(sides) != chips:
        raise ValueError(f"A {kind} slice has a power of two of chips, not {chips}.")
    return Slice(f"tpu:{kind}-{chips}", kind, chips, f"{kind}:{'x'.join(map(str, sorted(sides)))}")
