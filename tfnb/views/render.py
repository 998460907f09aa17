"""From DOT to SVG: by the `dot` on the PATH, else by the Graphviz that pip brings, else not at all.

    render("digraph { a -> b }", title="two nodes", css=style_sheet())
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from html import escape

__all__ = ["render"]


def render(source: str, title: str = "", css: str = "") -> str | None:
    """The <svg> element of a drawing, with `css` in it; None where no Graphviz is installed."""
    svg = None
    if shutil.which("dot"):
        svg = _laid_out("dot", source)
    svg = svg or _by_pip(source)
    return None if svg is None else _finish(svg, title, css)


def _by_pip(source: str) -> str | None:
    """The package graphviz-pure brings its own dot."""
    path = shutil.which("graphviz-pure") or shutil.which("graphviz-pure", path=sysconfig.get_path("scripts"))
    return None if path is None else _laid_out(path, source)


def _laid_out(program: str, source: str) -> str | None:
    try:
        done = subprocess.run([program, "-Tsvg"], input=source.encode(), capture_output=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode()


def _finish(svg: str, title: str, css: str) -> str:
    """Only the <svg> element, with a role, a label and its styles; it shrinks with the page but never grows."""
    svg = svg[svg.index("<svg") :]
    width = re.search(r'<svg width="(\d+)pt"', svg)
    limit = f"max-width:min(100%,{width[1]}pt);height:auto" if width else "max-width:100%"
    name = 'class="tfnb-picture" ' if css else ""
    svg = re.sub(r"<svg ", f'<svg {name}role="img" aria-label="{escape(title)}" style="{limit}" ', svg, count=1)
    return re.sub(r"<g id=", f"<style>{css}</style>\n<g id=", svg, count=1) if css else svg
