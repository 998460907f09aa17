"""%runs, %races, and the flags of %step that look for something, in a real IPython shell."""

import pytest

from tests.jupyter.test_magics import run

MODEL = """
import numpy as np
x = tf.placeholder(tf.float32, [None, 2], name="x")
w = tf.Variable([[1.0], [2.0]], name="w")
loss = tf.reduce_mean(tf.square(tf.matmul(x, w)), name="loss")
train = tf.train.GradientDescentOptimizer(1.0).minimize(loss)
sess = tf.InteractiveSession()
sess.run(w.initializer)
"""


@pytest.fixture
def made(shell):
    run(shell, MODEL)
    yield shell
    shell.user_ns["sess"].close()


def test_the_table_and_two_runs_beside_each_other(made):
    run(made, "for i in range(2): sess.run([loss, train], {x: np.eye(2)})")
    result, _ = run(made, "%runs")
    table = result.result
    assert "w/Assign" in repr(table) and "x[2, 2]" in repr(table) and "loss 2.5" in repr(table) and "cell 3" in repr(table)
    assert table._repr_html_().count("<tr>") == 4 and 'aria-label="Runs' in table._repr_html_()
    first, second = (int(r[0]) for r in table.rows[1::-1])
    result, _ = run(made, f"%runs diff {first} {second}")
    assert f"Runs {first} and {second}. The runs depart at w" in repr(result.result)
    result, _ = run(made, f"%runs step {first}")
    assert result.result.run.position == 0 and made.user_ns["sess"].run(made.user_ns["w"]).tolist() == [[1.0], [2.0]]


def test_wrong_questions_are_one_line(made):
    for line, says in [("%runs diff 3", "%runs diff 3 7"), ("%runs step 99999", "There is no run 99999"), ("%runs bogus", "%runs step 7"),
                       ("%runs step x", "invalid literal"), ("%step loss --until 'nowhere > 1'", "no tensor called 'nowhere'")]:  # fmt: skip
        result, text = run(made, line)
        assert says in text and "Traceback" not in text, line


def test_off_on_and_clear(made):
    run(made, "%runs clear")
    run(made, "%runs off"), run(made, "sess.run(w)"), run(made, "%runs on"), run(made, "sess.run(w)")
    assert len(run(made, "%runs")[0].result.rows) == 1


def test_a_bad_number_is_told_and_opened(made):
    _, text = run(made, "y = tf.reduce_sum(tf.log(x))\nsess.run(y, {x: [[1., 0.]]})")
    assert "gave NaN or Inf for Sum" in text
    number = text.split("%runs bad ")[1].split()[0]
    result, text = run(made, f"%runs bad {number}")
    assert "Log:0 is the first to hold -Inf at [0, 1]: x[0, 1] = 0.0. Log (Log) was made in cell" in text
    assert result.result.run.last_instruction.op.type == "Log"
    _, text = run(made, "sess.run(w)")
    assert "NaN" not in text
    result, text = run(made, "%step y --bad --feed x=[[1.,0.]]")
    assert "first to hold -Inf" in text and result.result.run.last_instruction.op.type == "Log"


def test_until_a_condition_holds(made):
    result, text = run(made, "%step loss train --feed x=np.eye(2) --until 'np.abs(w).max() > limit' --limit 3 ")
    assert "no tensor called 'limit'" in text
    result, text = run(made, "limit = 7\n%step loss train --feed x=np.eye(2)*2 --until 'np.abs(w).max() > limit'")
    assert "held in run 2" in text
    result, text = run(made, "%step loss train --feed x=np.eye(2) --until 'loss < 0' --limit 3")
    assert "did not hold in 3 runs" in text


def test_races(made):
    _, text = run(made, "%races loss train --feed x=np.eye(2)")
    assert "No races" in text
    _, text = run(made, "%races w train --feed x=np.eye(2)")
    assert "w (VariableV2" in text and "first" in text and "tf.control_dependencies" in text


def test_a_plan_is_exported(made, tmp_path):
    result, text = run(made, "%plan loss --feed x --export numpy")
    assert result.result is not None, text
    assert "def step(x, w):" in result.result.data and "import tfnb" not in result.result.data
    _, text = run(made, f"%plan loss --feed x --export numpy --to {tmp_path}/step.py")
    assert "wrote" in text and (tmp_path / "step.py").exists()
    _, text = run(made, "noise = tf.random_normal([2], name='noise')\n%plan noise --export torch")
    assert "PyTorch has no counterpart here for RandomStandardNormal" in text and "Traceback" not in text
