"""The examples in the docstrings are run, each in a graph and an InteractiveSession of its own."""

from __future__ import annotations

import ast
import doctest
import functools
import importlib
import inspect
import types
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
    made_there = [(name, getattr(module, name, None)) for name in getattr(module, "__all__", ())]
    parts = [vars(made) for _, made in made_there if isinstance(made, types.SimpleNamespace)]
    for name, made in [*made_there, *(pair for part in parts for pair in part.items())]:  # docstrings that functions put together
        doc = inspect.getdoc(made) or ""
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


def test_whatever_tensorflow_has_too_has_an_example():
    """Every function and class of TensorFlow 1.15's API that is here, by the list that `tfnb coverage` uses."""
    without, seen = [], set()
    for line in (ROOT / "tensorflow_api.txt").read_text(encoding="utf-8").splitlines():
        chapter, _, names = line.partition(": ")
        for name in () if line.startswith("#") or ".contrib.quant" in chapter else names.split():
            try:
                made = functools.reduce(getattr, [*chapter.split(".")[1:], name], tf)
            except AttributeError:
                continue
            where = str(getattr(made, "__module__", None) or type(made).__module__)
            if callable(made) and where.startswith("tfnb") and id(made) not in seen and not hasattr(made, "DESCRIPTOR"):  # a message
                seen.add(id(made))
                without += [f"{chapter}.{name}"] * (">>>" not in (getattr(made, "__doc__", None) or ""))
    assert len(seen) > 1500 and without == []
