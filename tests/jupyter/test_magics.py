"""The magics in a real IPython shell, in this process."""

import pytest
from IPython.utils.capture import capture_output

import tfnb as tf


def run(shell, text):
    """Runs a cell; its result, and what it printed."""
    with capture_output() as out:
        result = shell.run_cell(text, store_history=True)
    return result, out.stdout + out.stderr + "".join(str(o) for o in out.outputs)


ADD = "%%graph -q\na = tf.constant(1)\nb = tf.constant(2)\nc = tf.add(a, b)"


def test_running_a_graph_cell_again_replaces_its_nodes(shell):
    run(shell, ADD)
    run(shell, ADD)
    assert [op.name for op in tf.get_default_graph().get_operations()] == ["Const", "Const_1", "Add"]
    assert shell.user_ns["c"].name == "Add:0"


def test_an_error_in_the_body_leaves_the_graph_as_it_was(shell):
    run(shell, ADD)
    result, text = run(shell, "%%graph -q\nd = c + c\ne = tf.matmul(c, c)")
    assert isinstance(result.error_in_exec, ValueError)
    assert [op.name for op in tf.get_default_graph().get_operations()] == ["Const", "Const_1", "Add"]
    assert "Shape must be rank 2 but is rank 0" in text


def test_an_error_says_the_cell_and_the_line(shell):
    run(shell, "x = tf.placeholder(tf.float32, [2], name='x')")
    result, text = run(shell, "with tf.Session() as s:\n    s.run(x + 1)")
    assert isinstance(result.error_in_exec, tf.errors.InvalidArgumentError)
    assert "You must feed a value for placeholder tensor 'x' with dtype float and shape [2]" in text
    assert "cell 2, line 1" in text
    assert "site-packages" not in text and "tfnb/engine" not in text


def test_a_session_lives_on_between_cells(shell):
    run(shell, "%%graph -q\nv = tf.Variable(1.0)\nup = v.assign_add(1.0)\ninit = tf.global_variables_initializer()")
    run(shell, "%%session\nsess.run(init)\nsess.run(up)")
    run(shell, "%%session\nvalue = sess.run(up)")
    assert shell.user_ns["value"] == 3.0


def test_step_and_plan(shell):
    run(shell, ADD)
    run(shell, "sess = tf.Session()")
    result, _ = run(shell, "%plan c")
    assert "def step():" in result.result.data
    result, _ = run(shell, "%step c")
    assert result.error_in_exec is None


def test_step_cell_opens_at_the_first_run(shell):
    run(shell, ADD)
    run(shell, "sess = tf.Session()")
    result, text = run(shell, "%%step\nout = sess.run(c)")
    assert result.error_in_exec is None
    assert "out" not in shell.user_ns


@pytest.mark.parametrize("line", ["%step --bogus", "%device nowhere", "%plan nothing_of_this_name"])
def test_a_wrong_flag_is_one_line(shell, line):
    run(shell, ADD)
    run(shell, "sess = tf.Session()")
    _, text = run(shell, line)
    assert text.startswith("UsageError: ")
    assert len(text.strip().splitlines()) == 1


def test_device_moves_the_variables(shell):
    run(shell, "v = tf.Variable([1.0, 2.0])\nsess = tf.Session()\nsess.run(tf.global_variables_initializer())")
    run(shell, "%device cpu:jax")
    assert shell.user_ns["sess"].device == "cpu:jax"
    assert shell.user_ns["sess"].variable_value("Variable").tolist() == [1.0, 2.0]


def test_curves_stay_under_the_cell_also_when_it_is_interrupted(shell):
    with capture_output() as out:
        shell.run_cell("for i in range(5):\n    tf.plot(i, loss=1.0 / (i + 1))\nraise KeyboardInterrupt", store_history=True)
    pictures = [o for o in out.outputs if "image/svg+xml" in o.data]
    assert pictures and "0.2 at step 4" in pictures[-1].data["text/plain"]


def test_vars_shows_the_session(shell):
    run(shell, "v = tf.Variable([1.0, 2.0], name='v'); sess = tf.Session(); sess.run(tf.global_variables_initializer())")
    result, _ = run(shell, "%vars")
    assert "v" in result.result.text() and result.result.rows[0]["shape"] == "2"


TRAINED = """
x = tf.placeholder(tf.float32, [None, 4], name="x"); w = tf.Variable(tf.ones([4, 2]), name="w")
loss = tf.reduce_mean(tf.square(tf.matmul(x, w))); train = tf.train.AdamOptimizer().minimize(loss)
sess = tf.Session(); sess.run(tf.global_variables_initializer())
_ = sess.run([loss, train], {x: [[1.0, 2.0, 3.0, 4.0]] * 8})
"""


def test_device_of_a_tpu_adds_a_card_of_the_last_training_step(shell, monkeypatch):
    pytest.importorskip("anywidget")
    from tfnb.engine import ahead
    from tfnb.engine.chips import slice_of
    from tfnb.engine.rehearsal import last_step
    from tfnb.jupyter.widgets import devices

    asked = []

    def compiled(session, plan, shapes, device):
        asked.append((device, sorted(shapes.values()), len(plan.program.writes)))
        return ahead.AheadOfTime(slice_of(device), {"data": 4}, 1.5, 1e6, 1e6, 1e3, {"all-reduce": 2}, 1000, 500, None)

    monkeypatch.setattr(devices, "compile_plan", compiled)
    run(shell, TRAINED)
    result, text = run(shell, "%device tpu:v5e-4")
    assert result.error_in_exec is None and asked == [("tpu:v5e-4", [(8, 4)], 5)]
    view = devices.DeviceView(shell.user_ns["sess"])
    card = view.rehearse("tpu:v5e-4", *last_step(shell.user_ns["sess"]))
    rows = dict(card["rows"])
    assert rows["collectives"] == "2 all-reduce: 1 kB a chip" and rows["memory a chip"].startswith("1.5 kB of 16 GB")
    assert "ms a step on cpu:numpy" in rows["measured here"] and "tpu:v5e-4: The step compiles" in view.text() and "<h4>tpu:v5e-4</h4>" in view.static_html()


def test_what_the_tpu_compiler_refuses_is_told_on_the_card(shell, monkeypatch):
    pytest.importorskip("anywidget")
    from tfnb.engine.ahead import NotCompiled
    from tfnb.jupyter.widgets import devices

    def refuses(*_):
        raise NotCompiled("RESOURCE_EXHAUSTED: <b>", "Use more chips.")

    monkeypatch.setattr(devices, "compile_plan", refuses)
    run(shell, TRAINED)
    result, _ = run(shell, "%device tpu:v5e-4 loss --feed x=[[1.,2.,3.,4.]]")
    assert result.error_in_exec is None
    view = devices.DeviceView(shell.user_ns["sess"])
    view.rehearse("tpu:v5e-4", None, {})
    assert view.plans[0]["lesson"] == "Use more chips." and "RESOURCE_EXHAUSTED: &lt;b&gt;" in view.static_html()


@pytest.mark.parametrize("line, message", [("%device tpu:v5e-3", "power of two"), ("%device tpu:v5e-4", "has not run anything yet")])
def test_a_tpu_that_cannot_be_asked_for_is_one_line(shell, line, message):
    run(shell, ADD + "\nsess = tf.Session()")
    _, text = run(shell, line)
    assert text.startswith("UsageError: ") and message in text and len(text.strip().splitlines()) == 1


def test_plan_memory_draws_the_live_set(shell):
    run(shell, TRAINED)
    result, _ = run(shell, "%plan loss --memory --feed x=[[1.,2.,3.,4.]]")
    assert "alive at the peak" in result.result.text and "<svg" in result.result.svg
    result, _ = run(shell, "%plan train --memory --feed x")
    assert "Memory of a step" in result.result.title


def test_plan_shows_the_parts_of_a_run_on_several_devices(shell):
    run(shell, "with tf.device('/device:XLA_CPU:0'): y = tf.constant(1.0) + 1.0\nz = y * 2.0\nsess = tf.Session()")
    result, _ = run(shell, "%plan z")
    assert result.result.data.startswith("# 2 parts on 2 devices") and "_Send XLA_CPU:0" in result.result.data
    result, _ = run(shell, "%graph --fetch z")
    assert "_Recv" in result.result.source
