"""Where in the user's own code a node was made: the cell and line, not our frames.

    here()  ->  Where(file='<ipython-input-3>', line=2, cell=3, function='<module>', text='y = a + b')
"""

from __future__ import annotations

import linecache
import os
import sys
from types import CodeType
from typing import NamedTuple

_LIBRARY = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

cell_files: dict[str, int] = {}
"""File name of a notebook cell's code -> its execution count; filled by the Jupyter extension."""

rewritten: dict[str, dict[int, tuple[str, int, str]]] = {}
"""File name of code that was made from the user's -> its lines as the user wrote them: file, line, function."""


class Where(NamedTuple):
    """A line of the user's code."""

    file: str
    line: int
    cell: int | None
    function: str

    @property
    def text(self) -> str:
        """The source line itself, where it can still be read."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        name = f"cell {self.cell}" if self.cell is not None else os.path.basename(self.file)
        return f"{name}, line {self.line}"


_last: tuple[CodeType | None, int, Where | None] = (None, 0, None)
"""The code and line asked for last, and what it was: nodes made in a loop share it."""


def here() -> Where | None:
    """The innermost frame that is not tfnb's own."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_LIBRARY):  # is_ours, without a call for each frame
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None:
        return None
    global _last
    code, line = frame.f_code, frame.f_lineno
    if _last[0] is code and _last[1] == line:
        return _last[2]
    file, at, function = code.co_filename, line, code.co_name
    if file in rewritten:
        file, at, function = rewritten[file].get(line) or (file, line, function)
    place = Where(file, at, cell_files.get(file), function)
    _last = code, line, place
    return place


def is_ours(code: CodeType) -> bool:
    """Whether code belongs to tfnb itself."""
    return code.co_filename.startswith(_LIBRARY)
