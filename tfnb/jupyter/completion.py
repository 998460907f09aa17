"""Completion in the lines of tfnb's magics: flags from their declarations, and the names that each argument takes.

    %step --fe<tab>       --feed                 %plan lo<tab>        loss, logits, layer/weights
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from tfnb.core.graph import Operation, Tensor
from tfnb.engine.backends import devices
from tfnb.engine.exporting import TARGETS
from tfnb.jupyter.comparing import words
from tfnb.jupyter.magics.base import TfMagics, graphs
from tfnb.variables import Variable

__all__ = ["matcher"]

_LINE = re.compile(r"^\s*(%%?)(\w+)[ \t]+(.*)$")


def matcher(magics: Iterable[TfMagics]) -> Callable[[CompletionContext], Any]:
    """A matcher for IPython's completer that knows the magics of these objects."""
    owners = {(kind, name): m for m in magics for kind, names in m.magics.items() for name in names}

    @context_matcher(identifier="tfnb")
    def match(context: CompletionContext) -> Any:
        text = context.full_text.split("\n")[context.cursor_line][: len(context.text_until_cursor)]
        found = _LINE.match(context.line_with_cursor[: len(text)] if text else context.text_until_cursor)
        kind = None if found is None else "cell" if found[1] == "%%" else "line"
        owner = owners.get((kind, found[2])) if found is not None else None
        if owner is None or found is None:
            return {"completions": [], "suppress": False}
        word = re.split(r"[\s=]", found[3])[-1]
        texts = [t for t in candidates(owner, str(kind), found[2], found[3]) if t.startswith(word)]
        return {"completions": [SimpleCompletion(t, type="magic") for t in texts], "suppress": bool(texts), "matched_fragment": word}

    return match  # type: ignore[no-any-return]


def candidates(owner: TfMagics, kind: str, name: str, typed: str) -> list[str]:
    """What can stand at the end of `typed` in the line of a magic, best first."""
    function = owner.magics[kind][name]
    parser = getattr(getattr(owner, function) if isinstance(function, str) else function, "parser", None)
    if parser is None:
        return []
    flags = {o: a for a in parser._actions for o in a.option_strings if o not in ("-h", "--help")}
    if typed.rsplit(" ", 1)[-1].startswith("-"):
        return sorted(o for o in flags if o.startswith("--"))
    given = [w for w in typed.split()[: None if typed.endswith(" ") or not typed else -1] if w in flags]
    positional = [a for a in parser._actions if not a.option_strings]
    action = flags[given[-1]] if given and flags[given[-1]].nargs != 0 else positional[0] if positional else None
    return [] if action is None else _values(owner, action.dest, name, typed)


def _values(owner: TfMagics, argument: str, magic: str, typed: str) -> list[str]:
    if argument == "device" or argument == "name" and magic == "device":
        return [d.name for d in devices() if d.available] + [d.name for d in devices() if not d.available]
    if argument in ("graph", "name"):
        return sorted(graphs)
    if argument == "tags":
        return _tags(owner)
    if argument == "export":
        return list(TARGETS)
    if argument == "diff":
        return words(owner)
    if argument == "what":
        return _runs(typed)
    if argument in ("fetches", "fetch", "feed", "breaks"):
        return nodes(owner, feeds=argument == "feed" and not typed.rsplit(" ", 1)[-1].count("="))
    return []


def nodes(owner: TfMagics, feeds: bool = False) -> list[str]:
    """Python names of tensors and operations (for feeds, of tensors), then the graph's node names."""
    kinds = (Tensor, Variable) if feeds else (Operation, Tensor, Variable)
    space = {k: v for k, v in owner.shell.user_ns.items() if not k.startswith("_") and isinstance(v, kinds)}
    return sorted(space) + [o.name for o in owner.current_graph().get_operations() if o.name not in space]


def _runs(typed: str) -> list[str]:
    """What %runs can be asked, then the numbers of runs, newest first."""
    from tfnb.jupyter.magics.runs import ASKED, ledger

    words = typed.split()[: None if typed.endswith(" ") or not typed else -1]
    return [*ASKED] if not words else [str(r.number) for r in reversed(ledger().runs)]


def _tags(owner: TfMagics) -> list[str]:
    """The tags of the scalars written so far."""
    from tfnb.jupyter.extension import curves_of

    curves = curves_of(owner.shell)
    return [] if curves is None else curves.scalars.tags
