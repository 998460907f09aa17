"""Real JupyterLab and Notebook 7 in headless Chromium: one server a module, one browser a session, pictures in artifacts/.

    server = serve({"a.ipynb": cells("1 + 1")})          fixture `serve`, module scope
    desk = visit(server, "a.ipynb", app="notebook")      fixture `visit`; desk.page is Playwright's
    desk.run_all(); desk.theme("dark"); desk.shot("name"); assert desk.serious(".tfnb-graph") == []
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARTIFACTS = Path(__file__).parent / "artifacts"
AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Everything here needs a browser and takes a while."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="needs Chromium"))


def cells(*sources: str, kernel: str = "tfnb", outputs: dict[int, list[Any]] | None = None) -> str:
    """A notebook of code cells, as its file's text; `outputs` by the cell's number."""
    made = [{"cell_type": "code", "id": f"cell{i}", "metadata": {}, "execution_count": None, "source": text, "outputs": (outputs or {}).get(i, [])}
            for i, text in enumerate(sources)]  # fmt: skip
    spec = {"name": kernel, "display_name": kernel, "language": "python"}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": made})


class Server:
    """JupyterLab and Notebook 7 on one port, with settings of its own."""

    def __init__(self, folder: Path, files: dict[str, str], options: tuple[str, ...] = ()) -> None:
        from tfnb import cli

        cli.install_kernel()
        self.folder, self.options = folder, options
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        news = folder / ".settings" / "@jupyterlab" / "apputils-extension"
        news.mkdir(parents=True)
        (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{s.getsockname()[1]}"
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        env = {**os.environ, **{f"JUPYTER{k}_DIR": str(self.folder / v) for k, v in (
            ("_CONFIG", ".config"), ("LAB_SETTINGS", ".settings"), ("LAB_WORKSPACES", ".workspaces"), ("_RUNTIME", ".runtime"))}}  # fmt: skip
        env["IPYTHONDIR"] = str(self.folder / ".ipython")
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={self.address.rpartition(':')[2]}",
                   "--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={self.folder}", "--LabApp.news_url=",
                   "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--expose-app-in-browser",
                   "--JupyterNotebookApp.expose_app_in_browser=True", *self.options]  # fmt: skip
        with open(self.folder / ".log", "w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=env)
        for _ in range(360):
            try:
                urllib.request.urlopen(self.address + "/api", timeout=2)
                return process
            except OSError:
                assert process.poll() is None, (self.folder / ".log").read_text()[-2000:]
                time.sleep(0.5)
        raise AssertionError("the server does not answer: " + (self.folder / ".log").read_text()[-2000:])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


class Desk:
    """A page with a notebook open. `problems` are the errors that the page threw."""

    def __init__(self, page: Any, app: str) -> None:
        self.page, self.app = page, app
        self.problems: list[str] = []
        page.on("pageerror", self._thrown)

    def _thrown(self, error: Any) -> None:
        if self.app != "notebook" or "/tfnb/" in (error.stack or ""):  # Notebook 7.6 throws one of its own over a setting
            self.problems.append(str(error))

    def do(self, command: str, **args: Any) -> None:
        """Starts a command; its promise is not waited for, because a dialog or a long cell would hold it."""
        self.page.evaluate("([c, a]) => { window.jupyterapp.commands.execute(c, a); }", [command, args])

    def idle(self) -> None:
        """Waits until the notebook's kernel has nothing to do."""
        session = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session"
        self.page.wait_for_function(f"() => {session}?.kernel?.status === 'idle'", timeout=120_000)

    def run_all(self) -> None:
        """Runs every cell, and waits for the last one's number."""
        self.idle()
        self.do("notebook:run-all-cells")
        self.page.wait_for_function(
            "() => { const all = [...window.jupyterapp.shell.currentWidget.content.widgets].filter((c) => c.model.type === 'code');"
            " return all.every((c) => c.model.executionCount !== null && c.model.executionState !== 'running'); }",
            timeout=180_000,
        )
        self.idle()

    def run_new(self, code: str) -> None:
        """Runs code in a new cell at the notebook's end."""
        self.page.evaluate(
            "async (code) => { const app = window.jupyterapp, nb = app.shell.currentWidget.content;"
            " nb.activeCellIndex = nb.widgets.length - 1; await app.commands.execute('notebook:insert-cell-below');"
            " nb.activeCell.model.sharedModel.setSource(code); app.commands.execute('notebook:run-cell'); }", code)  # fmt: skip
        self.page.wait_for_function(
            "() => { const c = window.jupyterapp.shell.currentWidget.content.widgets.at(-1).model;"
            " return c.executionCount !== null && c.executionState !== 'running'; }", timeout=180_000)  # fmt: skip
        self.idle()

    def theme(self, name: str) -> None:
        """`light` or `dark`."""
        self.do("apputils:change-theme", theme=THEMES[name])
        self.page.wait_for_selector(f"body[data-jp-theme-name={json.dumps(THEMES[name])}]", state="attached")
        self.page.wait_for_timeout(400)  # the theme's own transition

    def shot(self, name: str, of: Any = None) -> None:
        """A picture in artifacts/, of the page or of one element."""
        ARTIFACTS.mkdir(exist_ok=True)
        (of or self.page).screenshot(path=ARTIFACTS / f"{name}.png")

    def serious(self, selector: str) -> list[str]:
        """What axe-core finds serious or critical in an element."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("(s) => window.axe.run(s).then((r) => r.violations)", selector)
        return [f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:300]}" for v in found if v["impact"] in ("serious", "critical")]


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`serve(files, *options)` starts a server in a folder with these files; it ends with the module."""
    pytest.importorskip("jupyterlab")
    started: list[Server] = []

    def start(files: dict[str, str], *options: str) -> Server:
        started.append(Server(tmp_path_factory.mktemp("desk"), files, options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def chromium() -> Any:
    """The browser."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def visit(chromium: Any) -> Any:
    """`visit(server, file)` opens a notebook in a page of its own, in Lab or (app="notebook") in Notebook 7."""
    pages: list[Any] = []

    def open_page(server: Server, file: str, app: str = "lab", width: int = 1400, height: int = 900) -> Desk:
        if app == "notebook":
            pytest.importorskip("notebook")
        page = chromium.new_page(viewport={"width": width, "height": height})
        pages.append(page)
        desk = Desk(page, app)
        page.goto(f"{server.address}/{'notebooks' if app == 'notebook' else f'lab/workspaces/w{len(pages)}/tree'}/{file}", timeout=120_000)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
        return desk

    yield open_page
    for page in pages:
        page.close()
