"""What `%load_ext tfnb.jupyter` does: registers the magics, watches cells, and shows errors as lessons."""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

from IPython.core import completer

from tfnb import summary
from tfnb.alias import remove_alias
from tfnb.jupyter import hygiene, traceback
from tfnb.jupyter.cells import Cells
from tfnb.jupyter.live import LiveCurves
from tfnb.jupyter.magics.alias import AliasMagics
from tfnb.jupyter.magics.devices import DeviceMagics
from tfnb.jupyter.magics.graph import GraphMagics
from tfnb.jupyter.magics.runs import BadRuns, RunsMagics, ledger
from tfnb.jupyter.magics.session import SessionMagics
from tfnb.jupyter.magics.step import StepMagics
from tfnb.jupyter.protocol import Channel
from tfnb.jupyter.settings import TFNB

__all__ = ["load_ipython_extension", "unload_ipython_extension"]



class Loaded(NamedTuple):
    """What a shell got, and how it is taken away again."""

    curves: LiveCurves
    undo: contextlib.ExitStack


_loaded: dict[int, Loaded] = {}


def curves_of(shell: Any) -> LiveCurves | None:
    """The curves of a shell that has the extension, else None."""
    found = _loaded.get(id(shell))
    return None if found is None else found.curves


def load_ipython_extension(shell: Any) -> None:
    """Adds `%%graph`, `%step` and the others to a shell; once is enough."""
    if id(shell) in _loaded:
        return
    undo = contextlib.ExitStack()
    settings = TFNB(parent=shell)
    shell.configurables.append(settings)
    undo.callback(_without, shell.configurables, settings)
    cells, curves = Cells(shell), LiveCurves(settings)
    channel = Channel(shell, cells)
    undo.callback(hygiene.attach(cells))
    undo.callback(channel.close)
    _watch(shell, undo, "pre_run_cell", cells.pre_run_cell)
    _watch(shell, undo, "pre_run_cell", curves.pre_run_cell)
    _watch(shell, undo, "post_run_cell", curves.post_run_cell)
    _watch(shell, undo, "post_run_cell", channel.tell)
    summary.listeners.append(curves.on_scalar)
    undo.callback(summary.listeners.remove, curves.on_scalar)
    made = [magics(shell) for magics in (GraphMagics, SessionMagics, StepMagics, RunsMagics, DeviceMagics, AliasMagics)]
    undo.callback(remove_alias)
    _keep_account(shell, undo, settings)
    for magics in made:
        magics.cells, magics.settings = cells, settings
        _register(shell, undo, magics)
    if hasattr(completer, "context_matcher"):  # Colab's IPython is older
        from tfnb.jupyter.completion import matcher

        complete = matcher(made)
        shell.Completer.custom_matchers.append(complete)
        undo.callback(shell.Completer.custom_matchers.remove, complete)
    undo.callback(traceback.uninstall, shell, traceback.install(shell, cells, settings))
    _loaded[id(shell)] = Loaded(curves, undo)


def unload_ipython_extension(shell: Any) -> None:
    """Leaves the shell as it was before."""
    if id(shell) in _loaded:
        _loaded.pop(id(shell)).undo.close()


def _keep_account(shell: Any, undo: contextlib.ExitStack, settings: Any) -> None:
    """Records the notebook's runs for %runs, and says under a cell when one of them gave a NaN."""
    bad, runs = BadRuns(), ledger()
    runs.clear()
    if settings.ledger:
        runs.start()
    runs.listeners.append(bad.listen)
    undo.callback(runs.listeners.remove, bad.listen)
    undo.callback(runs.stop)
    _watch(shell, undo, "post_run_cell", bad.post_run_cell)


def _watch(shell: Any, undo: contextlib.ExitStack, event: str, callback: Any) -> None:
    shell.events.register(event, callback)
    undo.callback(shell.events.unregister, event, callback)


def _without(listed: list[Any], item: Any) -> None:
    listed[:] = [x for x in listed if x is not item]


def _register(shell: Any, undo: contextlib.ExitStack, magics: Any) -> None:
    """Adds magics; undone, the names mean again what they meant before."""
    known = shell.magics_manager.magics
    for kind, names in magics.magics.items():
        for name in names:
            before = known[kind].get(name)
            undo.callback(known[kind].pop, name, None) if before is None else undo.callback(known[kind].__setitem__, name, before)
    shell.register_magics(magics)
    undo.callback(_without, shell.configurables, magics)
