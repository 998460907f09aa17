"""Every lesson runs from top to bottom in a real kernel, without a network."""

import importlib.util
from pathlib import Path

import pytest

import tfnb as tf

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

LESSONS = sorted((Path(__file__).parent.parent / "lessons").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_lesson_runs(path):
    notebook = nbformat.read(path, 4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    printed = [o.get("text", "") for c in notebook.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "stream"]
    if path.stem.startswith("01"):
        assert 'Tensor("Const:0", shape=(), dtype=int32)\n' in printed
        assert "1\n2\n3\n" in printed


def test_there_are_lessons():
    assert [p.stem[:2] for p in LESSONS][:2] == ["01", "02"]


def training_steps(path, shell):
    """The training steps that a lesson runs, by the text of the step: session, plan, shapes of what is fed."""
    from tfnb.engine import session
    from tfnb.engine.rehearsal import is_training

    found = {}

    def before_run(running, plan):
        if is_training(plan) and plan.source not in found:
            shapes = next((r.shapes for r in running._runners.values() if r.plan is plan), ())
            found[plan.source] = running, plan, dict(zip(plan.program.feeds, shapes, strict=True))

    session.run_hooks.append(before_run)
    try:
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "code":
                shell.run_cell(cell.source, store_history=True)
    finally:
        session.run_hooks.remove(before_run)
    return list(found.values())


@pytest.mark.slow
@pytest.mark.jax
@pytest.mark.skipif(importlib.util.find_spec("libtpu") is None, reason="the TPU compiler is not installed: pip install libtpu")
@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_training_steps_of_a_lesson_compile_for_tpus(path, tmp_path, monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    from tfnb.engine.ahead import compile_plan

    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    try:
        with capture_output():
            shell.run_line_magic("load_ext", "tfnb.jupyter")
            steps = training_steps(path, shell)
            shell.run_line_magic("unload_ext", "tfnb.jupyter")
    finally:
        InteractiveShell.clear_instance()
        tf.reset_default_graph()
    if not steps:
        pytest.skip("this lesson trains nothing")
    for running, plan, shapes in steps:
        assert compile_plan(running, plan, shapes, "tpu:v5e-1").seconds > 0, plan.source
