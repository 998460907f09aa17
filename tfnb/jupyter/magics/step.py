"""`%step` and `%%step`: a run taken apart, instruction by instruction."""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from tfnb.engine.badtensor import find_bad
from tfnb.engine.history import History
from tfnb.engine.session import Session
from tfnb.jupyter import api, replays
from tfnb.jupyter.magics.base import TfMagics, run_body

__all__ = ["StepMagics"]


@magics_class
class StepMagics(TfMagics):
    """Stepping."""

    @magic_arguments()
    @argument("fetches", nargs="+", help="Tensors or operations, as Python names or node names.")
    @argument("--feed", nargs="*", help="tensor=value pairs.")
    @argument("--break", dest="breaks", nargs="*", default=[], help="Regular expressions of node names to stop at.")
    @argument("--until", help="Run again and again until this holds, as in --until 'loss > 10'; feeds are computed anew each time.")
    @argument("--limit", type=int, default=1000, help="With --until: so many runs at most.")
    @argument("--bad", action="store_true", help="Go to the first tensor that holds a NaN or an infinity.")
    @argument("--save", help="Write the run, stepped from end to end, as a page of this name that needs no kernel.")
    @line_magic("step")
    def open(self, line: str) -> Any:
        """Opens the stepper at the start of a run; with --until, of the run in which a condition came true."""
        args = parse_argstring(StepMagics.open, line)
        session, fetches = self.open_session(), self.fetches(args.fetches)
        run = self.until(session, fetches, args) if args.until else session.step(fetches, self.feeds(args.feed))
        return None if run is None else self.opened(run, args)

    def until(self, session: Session, fetches: Any, args: Any) -> Any:
        """The stepper at the run in which the condition came true; None, said in a line, where it did not."""
        with History(session) as past:
            try:
                run = past.until(fetches, lambda: self.feeds(args.feed), args.until.strip("'\""), args.limit, self.shell.user_ns)
            except ValueError as e:
                raise UsageError(str(e)) from None
        print(f"{args.until} " + (f"did not hold in {args.limit} runs" if run is None else f"held in run {len(past.runs)}"))
        return run

    def opened(self, run: Any, args: Any) -> Any:
        """The view of a run, with what the flags ask for."""
        run.namespace = self.shell.user_ns
        for pattern in args.breaks:
            run.breakpoints.add(name=pattern)
        if args.bad:
            print(find_bad(run) or "All values of this run are finite.")
        if args.save:
            path, size = replays.save(run, args.save)
            print(f"{path}: {size / 1e6:.1f} MB; it opens in any browser, without a kernel")
        return api.stepper(run)

    @magic_arguments()
    @argument("--break", dest="breaks", nargs="*", default=[], help="Regular expressions of node names to stop at.")
    @argument("--bad", action="store_true", help="Go to the first tensor that holds a NaN or an infinity.")
    @argument("--save", help="Write the run, stepped from end to end, as a page of this name that needs no kernel.")
    @cell_magic
    def step(self, line: str, cell: str) -> None:
        """Runs the body; its first `run` call opens the stepper instead of running."""
        args = parse_argstring(StepMagics.step, line)
        opened: list[Any] = []
        run = Session.run

        def instead(session: Session, fetches: Any, feed_dict: Any = None, *rest: Any, **named: Any) -> Any:
            if opened:
                return run(session, fetches, feed_dict, *rest, **named)
            opened.append(session.step(fetches, feed_dict))
            raise _Opened

        Session.run = instead  # type: ignore[method-assign]
        try:
            run_body(self.shell, cell)
        except _Opened:
            pass
        finally:
            Session.run = run  # type: ignore[method-assign]
        if not opened:
            raise UsageError("%%step found no call of run in this cell.")
        display(self.opened(opened[0], args))


class _Opened(BaseException):
    """Leaves the body at its first run."""
