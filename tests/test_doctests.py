"""The examples in the docstrings are run, each in a graph and an InteractiveSession of its own."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest

import tfnb as tf

ROOT = Path(tf.__path__[0])
CHAPTERS = sorted(path for path in ROOT.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


def examples_of(path: Path) -> list[doctest.DocTest]:
    """One test a docstring: an op is no function to doctest's own finder, so docstrings are read from the text."""
    parser, found = doctest.DocTestParser(), []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ">>>" in (ast.get_docstring(node) or ""):
            name, line = getattr(node, "name", path.stem), getattr(node, "lineno", 1)
            found.append(parser.get_doctest(ast.get_docstring(node), {}, name, str(path), line))
    module = importlib.import_module(module_of(path))
    written = {test.docstring for test in found}
    for name in getattr(module, "__all__", ()):  # docstrings that are put together, of functions that a function makes
        doc = inspect.getdoc(getattr(module, name, None)) or ""
        made = getattr(module, name, None)
        if ">>>" in doc and doc not in written and (inspect.isfunction(made) or inspect.isclass(made) and made.__module__ == module.__name__):
            found.append(parser.get_doctest(doc, {}, name, str(path), 1))
    return found


def module_of(path: Path) -> str:
    parts = ("tfnb", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: str(path.relative_to(ROOT).with_suffix("")))
def test_the_examples_of_a_chapter(path, tmp_path, monkeypatch):
    module = importlib.import_module(module_of(path))
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    with np.printoptions(precision=4, suppress=True):
        for i, test in enumerate(examples_of(path)):
            folder = tmp_path / str(i)
            folder.mkdir()
            monkeypatch.chdir(folder)  # examples write files
            tf.logging.set_verbosity(tf.logging.WARN)
            tf.reset_default_graph()
            with tf.InteractiveSession() as sess:
                test.globs = {**vars(module), "tf": tf, "np": np, "sess": sess, "print": print}
                runner.run(test)
    tf.reset_default_graph()  # an example may have finalized it
    assert runner.failures == 0
