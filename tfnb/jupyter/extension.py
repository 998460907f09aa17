"""What `%load_ext tfnb.jupyter` does: registers the magics, watches cells, and shows errors as lessons."""

from __future__ import annotations

from typing import Any

from tfnb.jupyter import traceback
from tfnb.jupyter.cells import Cells
from tfnb.jupyter.magics.devices import DeviceMagics
from tfnb.jupyter.magics.graph import GraphMagics
from tfnb.jupyter.magics.session import SessionMagics
from tfnb.jupyter.magics.step import StepMagics
from tfnb.jupyter.settings import TFNB

__all__ = ["load_ipython_extension", "unload_ipython_extension"]

_loaded: dict[int, tuple[Cells, Any]] = {}


def load_ipython_extension(shell: Any) -> None:
    """Adds `%%graph`, `%step` and the others to a shell; once is enough."""
    if id(shell) in _loaded:
        return
    cells = Cells(shell)
    shell.events.register("pre_run_cell", cells.pre_run_cell)
    settings = TFNB(parent=shell)
    shell.configurables.append(settings)
    for magics in (GraphMagics, SessionMagics, StepMagics, DeviceMagics):
        made = magics(shell)
        made.cells, made.settings = cells, settings
        shell.register_magics(made)
    before = traceback.install(shell, cells, settings)
    _loaded[id(shell)] = (cells, before)


def unload_ipython_extension(shell: Any) -> None:
    """Takes the watching of cells and errors away again."""
    if id(shell) not in _loaded:
        return
    cells, before = _loaded.pop(id(shell))
    shell.events.unregister("pre_run_cell", cells.pre_run_cell)
    traceback.uninstall(shell, before)
