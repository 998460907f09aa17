"""What `%load_ext tfnb.jupyter` does: registers the magics, watches cells, and shows errors as lessons."""

from __future__ import annotations

from typing import Any, NamedTuple

from tfnb import summary
from tfnb.jupyter import traceback
from tfnb.jupyter.cells import Cells
from tfnb.jupyter.live import LiveCurves
from tfnb.jupyter.magics.devices import DeviceMagics
from tfnb.jupyter.magics.graph import GraphMagics
from tfnb.jupyter.magics.session import SessionMagics
from tfnb.jupyter.magics.step import StepMagics
from tfnb.jupyter.protocol import Channel
from tfnb.jupyter.settings import TFNB

__all__ = ["load_ipython_extension", "unload_ipython_extension"]



class Loaded(NamedTuple):
    """What has to be taken away again."""

    cells: Cells
    traceback: Any
    curves: LiveCurves
    channel: Channel


_loaded: dict[int, Loaded] = {}


def curves_of(shell: Any) -> LiveCurves | None:
    """The curves of a shell that has the extension, else None."""
    found = _loaded.get(id(shell))
    return None if found is None else found.curves


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
    curves = LiveCurves(settings)
    summary.listeners.append(curves.on_scalar)
    shell.events.register("pre_run_cell", curves.pre_run_cell)
    shell.events.register("post_run_cell", curves.post_run_cell)
    channel = Channel(shell)
    shell.events.register("post_run_cell", channel.tell)
    _loaded[id(shell)] = Loaded(cells, before, curves, channel)


def unload_ipython_extension(shell: Any) -> None:
    """Takes the watching of cells and errors away again."""
    if id(shell) not in _loaded:
        return
    cells, before, curves, channel = _loaded.pop(id(shell))
    shell.events.unregister("post_run_cell", channel.tell)
    channel.close()
    summary.listeners.remove(curves.on_scalar)
    shell.events.unregister("pre_run_cell", curves.pre_run_cell)
    shell.events.unregister("post_run_cell", curves.post_run_cell)
    shell.events.unregister("pre_run_cell", cells.pre_run_cell)
    traceback.uninstall(shell, before)
