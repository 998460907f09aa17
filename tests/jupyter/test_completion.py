"""What Tab offers in the lines of magics, asked of IPython's own completer."""

import pytest
from IPython.core import completer
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import tfnb as tf
from tfnb.jupyter.extension import load_ipython_extension, unload_ipython_extension


@pytest.fixture
def shell():
    tf.reset_default_graph()
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    load_ipython_extension(made)
    yield made
    unload_ipython_extension(made)
    InteractiveShell.clear_instance()
    tf.reset_default_graph()


def offered(shell, text):
    with provisionalcompleter():
        return [c.text for c in shell.Completer.completions(text, len(text))]


def test_an_ipython_without_matchers_has_the_magics_all_the_same(monkeypatch):
    """Colab's IPython 7 is older than what tfnb.jupyter.completion is made of."""
    InteractiveShell.clear_instance()
    old = InteractiveShell.instance()
    before = list(old.Completer.custom_matchers)
    monkeypatch.delattr(completer, "context_matcher")
    load_ipython_extension(old)
    assert "graph" in old.magics_manager.magics["cell"] and old.Completer.custom_matchers == before
    unload_ipython_extension(old)
    InteractiveShell.clear_instance()
    tf.reset_default_graph()


def test_flags(shell):
    assert offered(shell, "%step loss --f") == ["--feed"]
    assert offered(shell, "%%graph --") == ["--colour", "--depth", "--quiet"]
    assert offered(shell, "%graph --fet") == ["--fetch"]


def test_names_of_tensors_and_nodes(shell):
    shell.run_cell("import tfnb as tf; x = tf.placeholder(tf.float32, name='pixels'); loss = tf.identity(x, name='cost'); lo = 3")
    assert offered(shell, "%plan lo") == ["loss"]
    assert offered(shell, "%plan co") == ["cost"]
    assert "x" in offered(shell, "%step loss --feed ")
    assert "pixels" in offered(shell, "%graph --fetch ")


def test_devices_and_graphs(shell):
    assert offered(shell, "%device cpu:n") == ["cpu:numpy"]
    assert "cpu:numpy" in offered(shell, "%%session --device c")
    shell.run_cell_magic("graph", "tower --quiet", "a = 1")
    assert offered(shell, "%graph to") == ["tower"]


def test_what_can_be_compared(shell):
    shell.run_cell("import tfnb as tf; before = tf.Graph()", store_history=True)
    shell.run_cell("%%graph tower --quiet\na = tf.constant(1.0)", store_history=True)
    assert offered(shell, "%graph --di") == ["--diff"]
    assert {"before", "tower", "2", "passes"} <= set(offered(shell, "%graph --diff "))
    assert offered(shell, "%graph --diff before to") == ["tower"]


def test_other_lines_are_left_to_python(shell):
    shell.run_cell("loss_of_mine = 1")
    assert "loss_of_mine" in offered(shell, "loss_of")
    assert "%timeit" in offered(shell, "%timei")


def test_unloading_leaves_the_shell_as_it_was(shell):
    unload_ipython_extension(shell)
    state = [len(shell.configurables), list(shell.Completer.custom_matchers), {k: set(v) for k, v in shell.magics_manager.magics.items()}]
    load_ipython_extension(shell)
    assert "step" in shell.magics_manager.magics["line"]
    unload_ipython_extension(shell)
    assert state == [len(shell.configurables), list(shell.Completer.custom_matchers), {k: set(v) for k, v in shell.magics_manager.magics.items()}]
