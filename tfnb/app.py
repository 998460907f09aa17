"""tf.app: the main function of a program, and its flags."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from tfnb import flags

__all__ = ["flags", "run"]


def run(main: Callable[[list[str]], Any] | None = None, argv: list[str] | None = None) -> None:
    """Reads the flags, calls `main` with what is left of the command line, and ends the program with its result.

    In a notebook the kernel's own command line is left alone, and the notebook goes on.

    >>> def main(argv):
    ...     print("running")
    >>> try:
    ...     tf.app.run(main, argv=["script"])
    ... except SystemExit:
    ...     pass
    running
    """
    main = main or sys.modules["__main__"].main
    if flags.in_notebook() and argv is None:
        flags.FLAGS.mark_as_parsed()
        main([sys.argv[0]])
        return
    rest = flags.FLAGS(sys.argv if argv is None else argv, known_only=True)
    sys.exit(main(rest))
