"""What the tests of a notebook's words share."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

import tfnb as tf


@pytest.fixture
def shell():
    """A real IPython shell in this process, with the magics loaded and tfnb imported as tf."""
    tf.reset_default_graph()
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "tfnb.jupyter")
    made.run_cell("import tfnb as tf", store_history=True)
    yield made
    made.run_line_magic("unload_ext", "tfnb.jupyter")
    InteractiveShell.clear_instance()
    tf.reset_default_graph()
