"""`%device`: what there is to run on, and where the session runs."""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from tfnb.engine.chips import is_slice, slice_of
from tfnb.jupyter import api
from tfnb.jupyter.magics.base import TfMagics

__all__ = ["DeviceMagics"]


@magics_class
class DeviceMagics(TfMagics):
    """Placing."""

    @magic_arguments()
    @argument("name", nargs="?", help="Where to go on: cpu:numpy, cpu:jax, gpu:cupy, gpu:jax or tpu:jax; "
              "or TPUs that are not here, to compile for: tpu:v5e-4 (v4, v5e, v5p, v6e and a number of chips).")
    @argument("fetches", nargs="*", help="With TPUs: the run to compile; the session's last training step when left out.")
    @argument("--feed", nargs="*", help="With fetches: tensor=value pairs.")
    @line_magic
    def device(self, line: str) -> Any:
        """Moves the session, with its variables, to a device; without a name, lists the devices."""
        args = parse_argstring(DeviceMagics.device, line)
        if args.name and is_slice(args.name):
            return self._rehearse(args)
        if args.name:
            try:
                self.open_session().to(args.name)
            except ValueError as e:
                raise UsageError(str(e)) from None
        return api.device_panel()

    def _rehearse(self, args: Any) -> Any:
        """The device view with a card of the step compiled ahead of time; it is shown while the compiler works."""
        session = self.open_session()
        try:
            slice_of(args.name)
            given = (self.fetches(args.fetches), self.feeds(args.feed)) if args.fetches else None
            return api.rehearsal(session, args.name, given)
        except ValueError as e:
            raise UsageError(str(e)) from None

    @magic_arguments()
    @argument("tags", nargs="*", help="Tags of scalars; all when left out.")
    @argument("--smoothing", type=float, help="Between 0, as it is, and 0.999.")
    @line_magic
    def scalars(self, line: str) -> Any:
        """Draws the curves of the scalars written so far."""
        args = parse_argstring(DeviceMagics.scalars, line)
        smoothing = self.settings.smoothing if args.smoothing is None else args.smoothing
        if not 0 <= smoothing < 1:
            raise UsageError(f"--smoothing is between 0 and 0.999, not {smoothing}")
        return api.scalars(*args.tags, smoothing=smoothing)
