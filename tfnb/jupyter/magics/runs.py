"""`%runs`: what was run in this notebook, any of it to be stepped again or compared; `%races`: what no edge orders."""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from tfnb.engine.badtensor import find_bad
from tfnb.engine.ledger import Ledger, Run
from tfnb.engine.races import races
from tfnb.jupyter import api
from tfnb.jupyter.magics.base import TfMagics
from tfnb.views.ledger import Compared, Runs

__all__ = ["RunsMagics", "ledger"]

ASKED = ("diff", "step", "bad", "clear", "off", "on")
_ledger = Ledger(keep_bytes=128 << 20)


def ledger() -> Ledger:
    """The notebook's ledger."""
    return _ledger


class BadRuns:
    """Says under a cell, once, that one of its runs gave a number that is none."""

    def __init__(self) -> None:
        self.first: Run | None = None

    def listen(self, run: Run) -> None:
        if self.first is None and run.is_bad:
            self.first = run

    def post_run_cell(self, result: Any) -> None:
        run, self.first = self.first, None
        if run is not None:
            names = ", ".join(k.removesuffix(":0") for k, v in run.scalars.items() if v - v != 0)
            print(f"Run {run.number} gave NaN or Inf for {names}. %runs bad {run.number} opens the stepper at the first tensor that did.")


@magics_class
class RunsMagics(TfMagics):
    """Looking back."""

    @magic_arguments()
    @argument("what", nargs="*", help="diff A B: the first tensor that differs; step N, bad N: the stepper at run N; clear; off, on.")
    @line_magic
    def runs(self, line: str) -> Any:
        """The runs of this notebook: fetches, feeds with a hash, time, device, seed, cell, and the numbers that came."""
        word, *rest = parse_argstring(RunsMagics.runs, line).what or [""]
        if word and (word not in ASKED or len(rest) != {"diff": 2, "step": 1, "bad": 1}.get(word, 0)):
            raise UsageError("%runs, %runs diff 3 7, %runs step 7, %runs bad 7, %runs clear, %runs off or %runs on")
        try:
            return getattr(self, f"_{word or 'list'}")(*map(int, rest))
        except (KeyError, ValueError) as e:
            raise UsageError(str(e.args[0] if e.args else e)) from None

    def _list(self) -> Runs:
        return Runs(ledger())

    def _diff(self, a: int, b: int) -> Compared:
        return Compared(a, b, ledger().diff(a, b))

    def _step(self, number: int) -> Any:
        run = ledger().step(number)
        run.namespace = self.shell.user_ns
        return api.stepper(run)

    def _bad(self, number: int) -> Any:
        run = ledger().step(number)
        run.namespace = self.shell.user_ns
        print(find_bad(run) or "All values of this run are finite.")
        return api.stepper(run)

    def _clear(self) -> None:
        ledger().clear()

    def _off(self) -> None:
        ledger().stop()

    def _on(self) -> None:
        ledger().start()

    @magic_arguments()
    @argument("fetches", nargs="+", help="Tensors or operations, as Python names or node names.")
    @argument("--feed", nargs="*", help="tensor=value pairs.")
    @line_magic
    def races(self, line: str) -> None:
        """Reads and writes of a variable that no edge orders, with what either order gives, and how to settle it."""
        args = parse_argstring(RunsMagics.races, line)
        found = races(self.open_session(), self.fetches(args.fetches), self.feeds(args.feed))
        print(*(found or ["No races: edges order all reads and writes of this run's variables."]), sep="\n")
