"""tfnb in Jupyter and IPython: the only place that knows IPython, ipywidgets, anywidget and comms.

    %load_ext tfnb
"""

from __future__ import annotations

from tfnb.jupyter.extension import load_ipython_extension, unload_ipython_extension

__all__ = ["load_ipython_extension", "unload_ipython_extension"]
