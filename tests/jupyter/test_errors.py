"""The card under an error: in a terminal as text, in a notebook with buttons, and the failed run can be stepped."""

import pytest

from tests.jupyter.test_magics import run
from tfnb.jupyter import traceback
from tfnb.jupyter.widgets.error import ErrorView

MODEL = """
x = tf.placeholder(tf.float32, [None, 3], name="x")
y = tf.square(x, name="y")
sess = tf.InteractiveSession()
"""


@pytest.fixture
def made(shell):
    run(shell, MODEL)
    yield shell
    shell.user_ns["sess"].close()


def test_the_first_line_stays_and_the_card_follows(made):
    result, text = run(made, "sess.run(y)")
    assert "You must feed a value for placeholder tensor 'x'" in text and "RichOutput" in text
    card = repr(traceback.card(result.error_in_exec))
    assert "Cause: What was fetched depends on the placeholder x" in card and "Node x was made in: cell " in card
    assert 'feed_dict={"x:0"' in card


def test_with_controls_the_failed_run_can_be_stepped(made):
    run(made, "import numpy as np\nw = tf.placeholder_with_default(np.ones((2, 2), 'f'), [None, None])")
    result, _ = run(made, "z = tf.matmul(y, w)\nsess.run(z, {x: [[1, 2, 3]]})")
    view = traceback.card(result.error_in_exec, controls=True)
    assert isinstance(view, ErrorView) and view.told["node"] == "MatMul" and view.told["cell"] == 4
    assert "1×3" in view.picture and "2×2" in view.picture
    assert view.told["step"].startswith("%runs step ")
    again = run(made, view.told["step"])[0].result
    again._on_message(again, {"do": "last"}, [])
    assert again.problem.startswith("In[0] mismatch In[1] shape: 3 vs. 2")
    assert view.told["cause"] in view.static_html()


def test_an_error_of_python_has_no_card(made):
    _, text = run(made, "{}['a']")
    assert "KeyError" in text and "RichOutput" not in text


def test_names_are_escaped(made):
    result, _ = run(made, "tf.get_default_graph().get_tensor_by_name('<b>&\"')")
    html = traceback.card(result.error_in_exec)._repr_html_()
    assert "<b>&" not in html
