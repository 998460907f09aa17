"""The graph view as a widget, for front ends without tfnb's extension of JupyterLab: VS Code, Colab and others.

    tf.show(graph).widget()
"""

from __future__ import annotations

from typing import Any

from traitlets import Dict

from tfnb.jupyter import explore
from tfnb.jupyter.widgets.base import View

__all__ = ["GraphWidget"]


class GraphWidget(View):
    """The drawing, and the same questions and answers as the page's (explore.py)."""

    bundle = "graph"

    drawing = Dict().tag(sync=True)

    def __init__(self, shown: Any) -> None:
        self.shown = shown  # keeps the graph alive as long as the widget
        super().__init__(drawing=shown.data())

    def receive(self, message: dict[str, Any]) -> None:
        """A question, with the number that its answer bears."""
        self.send({"ask": message.get("ask"), "content": explore.answer(dict(message.get("request") or {}))})

    def text(self) -> str:
        return str(self.shown.text)

    def static_html(self) -> str:
        return str(self.shown.svg or "")
