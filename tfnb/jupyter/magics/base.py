"""What magics share: running a body in the user's namespace, feeds and fetches by name."""

from __future__ import annotations

import ast
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics
from IPython.display import display

from tfnb.core import where
from tfnb.core.graph import Graph, get_default_graph

__all__ = ["TfMagics", "run_body"]

graphs: dict[str, Graph] = {}
"""Graphs by the names that `%%graph name` gave them."""


class TfMagics(Magics):
    """Magics that know the shell's cells and settings; the extension sets both."""

    cells: Any = None
    settings: Any = None

    def value(self, text: str) -> Any:
        """What an expression of the user's means. Raises UsageError, one line, where it means nothing."""
        try:
            return eval(text, self.shell.user_global_ns, self.shell.user_ns)  # noqa: S307 - the user's own code
        except Exception as e:
            raise UsageError(f"{text!r}: {type(e).__name__}: {e}") from None

    def fetches(self, words: list[str]) -> Any:
        """Tensors and operations from Python expressions or node names."""
        found = [self.node(w) for w in " ".join(words).replace(",", " ").split()]
        if not found:
            raise UsageError("What should be fetched? Give a tensor, as in %step loss --feed x=batch")
        return found[0] if len(found) == 1 else found

    def node(self, word: str) -> Any:
        try:
            return eval(word, self.shell.user_global_ns, self.shell.user_ns)  # noqa: S307 - the user's own code
        except Exception:
            try:
                return self.current_graph().as_graph_element(word)
            except (KeyError, ValueError) as e:
                raise UsageError(f"{word!r} is neither a Python name nor a node: {e}") from None

    def feeds(self, pairs: list[str] | None) -> dict[Any, Any]:
        """`x=batch` pairs as a feed dictionary."""
        out = {}
        for pair in pairs or []:
            key, eq, text = pair.partition("=")
            if not eq:
                raise UsageError(f"--feed takes tensor=value, as in --feed x=batch; got {pair!r}")
            out[self.node(key)] = self.value(text)
        return out

    def current_graph(self) -> Graph:
        """The session's graph where there is one, else the default graph."""
        from tfnb.engine.session import get_default_session

        session = get_default_session()
        return session.graph if session is not None else get_default_graph()

    def open_session(self) -> Any:
        """The default session, else the newest open one of the graph. Raises UsageError where there is none."""
        from tfnb.engine.session import get_default_session, live_sessions

        found = get_default_session() or self.shell.user_ns.get("sess")
        if found is None or found.closed:
            found = next(iter(reversed(live_sessions())), None)
        if found is None:
            raise UsageError("No session is open. Make one: sess = tf.Session(), or run a %%session cell first.")
        return found


def run_body(shell: Any, body: str) -> None:
    """Runs a cell's body in the user's namespace, as its own lines; its error is raised here.

    The last expression is shown, as a cell's would be.
    """
    above = 1 + body[: len(body) - len(body.lstrip())].count("\n")  # the magic's own line, and empty ones, which are taken away
    cell = "\n" * above + shell.transform_cell(body)  # so that lines have the numbers that they have in the cell
    count = shell.displayhook.prompt_count
    name = shell.compile.cache(cell, count, raw_code=body)
    where.cell_files[name] = count
    tree = shell.compile.ast_parse(cell, filename=name)
    last = tree.body[-1] if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    before = ast.Module([n for n in tree.body if n is not last], [])
    exec(compile(before, name, "exec"), shell.user_ns)  # noqa: S102 - the user's own code
    if last is not None:
        shown = eval(compile(ast.Expression(last.value), name, "eval"), shell.user_ns)  # noqa: S307 - the user's own code
        if shown is not None and not body.rstrip().endswith(";"):
            display(shown)
