"""The command line: `tfnb lab` opens the lessons, `tfnb doctor` says what works here and how to mend what does not."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["main"]

class Finding(NamedTuple):
    """One line of the doctor's: what, whether it is well, and what to do if not."""

    what: str
    well: bool
    detail: str
    mend: str = ""


def main(argv: list[str] | None = None) -> int:
    """Runs a command; the exit status is returned."""
    parser = argparse.ArgumentParser(prog="tfnb", description="Dataflow graphs to build, see and step through in JupyterLab.")
    commands = parser.add_subparsers(dest="name", required=True)
    lab = commands.add_parser("lab", help="copy the lessons to a folder and open JupyterLab on the first")
    lab.add_argument("folder", nargs="?", default="tfnb-lessons", type=Path, help="where the lessons go (default: %(default)s)")
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    commands.add_parser("doctor", help="say what works here, and how to mend what does not")
    commands.add_parser("kernel", help="register the tfnb kernel in this environment")
    several = commands.add_parser("run", help="run a script in several processes that share one mesh of devices")
    several.add_argument("--processes", type=int, default=2, help="how many (default: %(default)s)")
    several.add_argument("--devices", type=int, default=1, help="CPU devices of each (default: %(default)s)")
    several.add_argument("--restarts", type=int, default=0, help="start all again where one fails, so many times (default: %(default)s)")
    several.add_argument("command", nargs=argparse.REMAINDER, metavar="script.py ...", help="the script and its arguments")
    coverage = commands.add_parser("coverage", help="say which names of TensorFlow 1.15 are there")
    coverage.add_argument("--missing", action="store_true", help="list those that are not")
    args = parser.parse_args(argv)
    if args.name == "lab":
        return _lab(args.folder, args.no_browser)
    if args.name == "coverage":
        from tfnb.coverage import report

        print(report(args.missing))
        return 0
    if args.name == "run":
        from tfnb.launch import run

        return run(args.command, args.processes, args.devices, args.restarts)
    if args.name == "kernel":
        print(f"kernel tfnb: {install_kernel()}")
        return 0
    return _doctor()


def install_kernel() -> Path:
    """Registers the `tfnb` kernel: ipykernel with the magics loaded and `import tfnb as tf` done."""
    folder = Path(sys.prefix) / "share" / "jupyter" / "kernels" / "tfnb"
    folder.mkdir(parents=True, exist_ok=True)
    spec = json.loads((Path(__file__).parent / "jupyter" / "kernelspec" / "kernel.json").read_text(encoding="utf-8"))
    spec["argv"][0] = sys.executable
    (folder / "kernel.json").write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    return folder


def lessons() -> Path | None:
    """Where the lessons lie: in the wheel, or beside the source."""
    here = Path(__file__).parent
    return next((p for p in (here / "lessons", here.parent / "lessons") if p.is_dir()), None)


def copy_lessons(folder: Path) -> list[Path]:
    """Copies the lessons that are not there yet; a student's own changes stay."""
    source = lessons()
    if source is None:
        raise FileNotFoundError("This installation has no lessons.")
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for path in sorted(source.glob("*.ipynb")):
        target = folder / path.name
        if not target.exists():
            shutil.copyfile(path, target)
        out.append(target)
    return out


def _lab(folder: Path, no_browser: bool) -> int:
    install_kernel()
    first = copy_lessons(folder)[0]
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}", f"--LabApp.default_url=/lab/tree/{first.name}"]
    if no_browser or not (os.environ.get("DISPLAY") or sys.platform in ("darwin", "win32")):
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    print(f"The lessons are in {folder.resolve()}. Stop JupyterLab with Ctrl+C.", flush=True)
    return subprocess.call(command)


def _doctor() -> int:
    found = list(findings())
    for f in found:
        print(f"{'ok  ' if f.well else 'MEND'} {f.what:22} {f.detail}" + ("" if f.well or not f.mend else f"\n       {f.mend}"))
    return 0 if all(f.well for f in found if f.what in ("python", "numpy", "ipykernel")) else 1


def _lab_extension() -> Path | None:
    """Where JupyterLab finds the side panel; None where it does not."""
    if importlib.util.find_spec("jupyter_core") is None:
        return None
    from jupyter_core.paths import jupyter_path

    folders = [Path(p) / "tfnb" for p in jupyter_path("labextensions")]
    return next((f for f in folders if (f / "package.json").exists() and (f / "static").is_dir()), None)


def findings() -> Iterator[Finding]:
    """Everything that tfnb needs or can use."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), version, "tfnb needs Python 3.11 or newer.")
    for package in ("numpy", "jax", "ipykernel", "ipywidgets", "anywidget", "matplotlib", "graphviz", "safetensors", "jupyterlab"):
        there = importlib.util.find_spec(package) is not None
        yield Finding(package, there, importlib.metadata.version(package) if there else "missing", f"pip install {package}")
    dot, pure = shutil.which("dot"), importlib.util.find_spec("graphviz_pure") is not None
    yield Finding("Graphviz", bool(dot or pure), dot or ("from the package graphviz-pure" if pure else "none: graphs are shown as text"),
                  "pip install graphviz-pure, or install Graphviz with the system's package manager.")  # fmt: skip
    kernel = Path(sys.prefix) / "share" / "jupyter" / "kernels" / "tfnb" / "kernel.json"
    yield Finding("kernel tfnb", kernel.exists(), str(kernel) if kernel.exists() else "not registered", "tfnb kernel")
    extension = _lab_extension()
    yield Finding("lab extension", extension is not None, str(extension or "not installed: no side panel, graphs are plain pictures"),
                  "pip install --force-reinstall --no-deps tfnb, then load the page again")  # fmt: skip
    yield Finding("lessons", lessons() is not None, str(lessons() or "none"), "pip install --force-reinstall tfnb")
    from tfnb.engine.backends import devices

    there = importlib.util.find_spec("libtpu") is not None
    yield Finding("TPU compiler", there, "compiles for TPUs that are not here" if there else "not here", "pip install libtpu (Linux, 470 MB)")
    for d in devices():
        yield Finding(d.name, d.available, d.description if d.available else "not here", d.missing)


if __name__ == "__main__":
    sys.exit(main())
