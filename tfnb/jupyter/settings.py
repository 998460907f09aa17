"""What a student can set for all magics at once.

    %config TFNB.depth = 2
    c.TFNB.direction = "LR"         in ipython_config.py
"""

from __future__ import annotations

from traitlets import Bool, Enum, Float, Int
from traitlets.config import Configurable


class TFNB(Configurable):
    """How tfnb shows graphs, runs and curves; `%config TFNB` lists the present values."""

    depth = Int(
        None, allow_none=True, help="Name scopes deeper than this are drawn closed; None opens what fits."
    ).tag(config=True)
    direction = Enum(
        ["BT", "LR", "TB", "RL"], "BT", help="Where the data flow: BT upwards, LR to the right."
    ).tag(config=True)
    smoothing = Float(0.6, min=0.0, max=0.999, help="How much the curves of %scalars are smoothed.").tag(config=True)
    draw = Bool(True, help="Draw the graph under each %%graph cell.").tag(config=True)
    live = Bool(True, help="Show the curves while a %%session cell runs.").tag(config=True)
    widgets = Bool(True, help="Use widgets where the front end has them; else pictures.").tag(config=True)
    cards = Bool(True, help="Show under an error where its node was made and how to mend it.").tag(config=True)
    ledger = Bool(True, help="Record each run for %runs; read when the extension is loaded, %runs off and on change it.").tag(config=True)
