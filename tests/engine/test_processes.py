"""Real processes over loopback: the losses of one device, and an end in bounded time where one is lost."""

import json
import os
import re
import subprocess
import sys

import pytest

pytest.importorskip("jax")
pytestmark = [pytest.mark.jax, pytest.mark.slow]

MODEL = """
import json, os, signal, sys
import numpy as np
import tfnb as tf

rng = np.random.RandomState(0)
x, y = tf.placeholder(tf.float32, [None, 12]), tf.placeholder(tf.float32, [None, 1])
w = tf.Variable(rng.randn(12, 8).astype("f") * 0.3, name="w")
v = tf.Variable(rng.randn(8, 1).astype("f") * 0.3, name="v")
loss = tf.reduce_mean(tf.square(tf.matmul(tf.tanh(tf.matmul(x, w)), v) - y), name="loss")
step = tf.train.get_or_create_global_step()
train = tf.train.AdamOptimizer(0.05).minimize(loss, step)
data = rng.randn(16, 12)
feeds = {x: data, y: data.sum(1, keepdims=True)}
"""

LOSSES = MODEL + """
def losses(**where):
    with tf.Session(**where) as sess:
        sess.run(tf.global_variables_initializer())
        found = [float(sess.run([loss, train], feeds)[0]) for _ in range(10)]
        return found, sess.run(noise).tolist(), float(np.sum(sess.variable_value("w")))

noise = tf.random_uniform([3])
n = int(os.environ["TFNB_PROCESSES"]) * 2
one = losses()
data_parallel = losses(mesh={"data": n})
both = losses(mesh={"data": n // 2, "model": 2}, shardings={w: (None, "model"), v: ("model",)})
print("RESULT", json.dumps([one, data_parallel, both]), flush=True)
"""

KILLED = MODEL + """
folder, victim, how = sys.argv[1:]
with tf.train.MonitoredTrainingSession(checkpoint_dir=folder, save_checkpoint_steps=3, mesh={"data": 2}) as sess:
    n = 0
    while n < 10:
        n, value, _ = sess.run([step, loss, train], feeds)
        print("STEP", n, float(value), flush=True)
        if n == 7 and os.environ["TFNB_PROCESS"] == victim and not os.path.exists(folder + "/killed"):
            open(folder + "/killed", "w").close()
            os.kill(os.getpid(), getattr(signal, how))
"""


def run(tmp_path, code, *options, script_arguments=()):
    script = tmp_path / "script.py"
    script.write_text(code)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "tfnb.cli", "run", *options, str(script), *script_arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=240)


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_give_the_losses_of_one_device(tmp_path, processes):
    done = run(tmp_path, LOSSES, "--processes", str(processes), "--devices", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    found = [json.loads(t) for t in re.findall(r"RESULT (.*)", done.stdout)]
    assert len(found) == processes
    one = found[0][0]
    for of_process in found:
        for losses, _noise, total in of_process[1:]:
            assert losses == pytest.approx(one[0], rel=1e-5) and total == pytest.approx(one[2], rel=1e-4)
        assert [r[1] for r in of_process[1:]] == [r[1] for r in found[0][1:]]  # without a seed, yet one sequence


@pytest.mark.parametrize("victim, how", [("1", "SIGKILL"), ("0", "SIGKILL"), ("1", "SIGSTOP")])
def test_a_lost_process_ends_the_run_and_training_goes_on_from_the_checkpoint(tmp_path, victim, how):
    """Killed, its connections are gone at once; stopped, it is given up after some heartbeats."""
    folder = tmp_path / "logs"
    folder.mkdir()
    done = run(tmp_path, KILLED, "--processes", "2", "--restarts", "1", script_arguments=(str(folder), victim, how))
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout + done.stderr
    assert re.search(r"process \d ended with status (-9|-6|1)", told) and "start 2 of 2" in told
    assert "UnavailableError: Process" in told or "another task died" in told  # ours, or JAX's where it was first
    steps = [(int(n), float(v)) for n, v in re.findall(rf"\[{victim}\] STEP (\d+) (\S+)", done.stdout)]
    assert [n for n, _ in steps] == [1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10]
    assert steps[6] == pytest.approx(steps[7])  # the state after step 6 was saved: step 7 is done again, the same


def test_a_script_that_fails_is_not_waited_for(tmp_path):
    done = run(tmp_path, "import os, time\ntime.sleep(0 if os.environ['TFNB_PROCESS'] == '0' else 0.5)\nraise SystemExit(3)", "--processes", "2")
    assert done.returncode == 3 and "process 0 ended with status 3" in done.stderr


CELL = """%%px --block
import numpy as np, tfnb as tf
from tfnb.engine.processes import join
join(f"127.0.0.1:{port}", processes=2, process=process)
x, w = tf.placeholder(tf.float32, [None, 3]), tf.Variable([[1.0], [2.0], [3.0]])
loss = tf.reduce_mean(tf.square(tf.matmul(x, w)))
train = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
sess = tf.Session(mesh={"data": 2})
sess.run(tf.global_variables_initializer())
losses = [float(sess.run([loss, train], {x: np.ones((4, 3))})[0]) for _ in range(3)]
"""


def test_engines_of_ipyparallel_meet_by_px():
    ipp = pytest.importorskip("ipyparallel")
    from IPython.core.interactiveshell import InteractiveShell

    from tfnb.launch import free_port

    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    try:
        with ipp.Cluster(n=2) as client:
            view = client[:]
            view.activate()
            view.scatter("process", range(2), flatten=True)
            view["port"] = free_port()
            shell.run_cell(CELL)
            first, second = view["losses"]
    finally:
        InteractiveShell.clear_instance()
    assert first == second == pytest.approx([36.0, 31.8096046, 28.1069622], rel=1e-5)
