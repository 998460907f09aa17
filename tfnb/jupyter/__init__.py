"""The notebook's side of tfnb: magics, views with controls, errors with their cell and line. `%load_ext tfnb.jupyter`."""

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext tfnb.jupyter`."""
    from tfnb.jupyter.extension import load_ipython_extension as load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Called by `%unload_ext tfnb.jupyter`."""
    from tfnb.jupyter.extension import unload_ipython_extension as unload

    unload(shell)
