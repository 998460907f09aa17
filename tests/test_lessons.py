"""Every lesson runs from top to bottom in a real kernel, without a network."""

from pathlib import Path

import pytest

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
