"""A graph as one HTML file: the view and its data inside, nothing is fetched from anywhere.

    page(shown.data())            text of a page; opened from a disk it can be moved, searched and coloured as it was saved
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

__all__ = ["page"]

BUNDLE = Path(__file__).parent / "static" / "graph.js"

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:">
<title>%(title)s</title>
<style>:root{color-scheme:light dark}body{margin:1em;font:14px system-ui,sans-serif}</style>
<main id="graph"></main>
<script type="application/json" id="data">%(data)s</script>
<script type="module">%(bundle)s
document.getElementById("graph").append(globalThis.tfnbGraph(JSON.parse(document.getElementById("data").textContent)));
</script>
</html>
"""


def page(data: dict[str, Any]) -> str:
    """The page. Raises ValueError where the front end is not built."""
    if not BUNDLE.exists():
        raise ValueError("The front end is not built here: pip install tfnb builds it (or npm run widgets in labextension/).")
    # `<` is written as an escape, so that no data can end the script element that they stand in
    text = json.dumps({k: v for k, v in data.items() if k != "kernel"}, ensure_ascii=False).replace("<", "\\u003c")
    bundle = BUNDLE.read_text(encoding="utf-8").replace("</script", "<\\/script")
    return _PAGE % {"title": escape(data["title"]), "data": text, "bundle": bundle}
