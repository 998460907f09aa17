"""One graph on several devices: the numbers of one device, with the copies told."""

import random

import numpy as np
import pytest

import tfnb as tf
from tfnb.engine.segments import SegmentedStep

pytest.importorskip("jax")

FOUR = {"device_count": {"CPU": 4}}
PLACES = {"numpy": ("/cpu:1", "/cpu:2", "/cpu:3"), "mixed": ("/device:XLA_CPU:0", "/cpu:2", "/device:XLA_CPU:0"),
          "one": ("/cpu:0", "/cpu:0", ""), "xla": ("/device:XLA_CPU:0",) * 3}  # fmt: skip


def model(places, optimizer, colocated=True):
    """A network of three layers, each asked to be on a device of its own."""
    rng = np.random.RandomState(0)
    with tf.device(places[0]):
        x = tf.placeholder(tf.float32, [None, 6], name="x")
        h = tf.nn.relu(tf.matmul(x, tf.Variable(rng.randn(6, 5).astype("f"), name="w0")), name="h")
    with tf.device(places[1]):
        g = tf.tanh(tf.matmul(h, tf.Variable(rng.randn(5, 4).astype("f"), name="w1")), name="g")
    with tf.device(places[2]):
        loss = tf.reduce_mean(tf.square(g - tf.reduce_sum(x, 1, keepdims=True)), name="loss")
    return x, loss, optimizer.minimize(loss, colocate_gradients_with_ops=colocated)


def train(places, optimizer, device="cpu:numpy", colocated=True):
    with tf.Graph().as_default(), tf.Session(device=device, config=tf.ConfigProto(**FOUR)) as sess:
        x, loss, step = model(places, optimizer(), colocated)
        sess.run(tf.global_variables_initializer())
        batch = np.random.RandomState(1).randn(8, 6)
        losses = [sess.run([loss, step], {x: batch})[0] for _ in range(10)]
        return losses, [sess.run(v) for v in tf.global_variables()], sess.plan([loss, step], [x])


@pytest.mark.parametrize("places", ["numpy", "mixed", "xla"])
@pytest.mark.parametrize("optimizer", [lambda: tf.train.AdamOptimizer(0.05), lambda: tf.train.MomentumOptimizer(0.05, 0.9)])
@pytest.mark.parametrize("colocated", [True, False])
def test_several_devices_give_the_numbers_of_one(places, optimizer, colocated):
    want, kept, plain = train(PLACES["one"], optimizer)
    got, variables, plan = train(PLACES[places], optimizer, colocated=colocated)
    np.testing.assert_allclose(got, want, rtol=1e-5)
    for a, b in zip(variables, kept, strict=True):
        assert isinstance(a, (np.ndarray, np.generic))
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    assert isinstance(plan.step, SegmentedStep) and not isinstance(plain.step, SegmentedStep)
    if places == "numpy":
        assert got == want  # the same lines, cut differently


def test_a_session_on_jax_copies_to_numpy_and_back():
    want, _, _ = train(PLACES["one"], lambda: tf.train.AdamOptimizer(0.05))
    got, _, plan = train(("", "/device:XLA_CPU:0", "/cpu:1"), lambda: tf.train.AdamOptimizer(0.05), "cpu:jax")
    np.testing.assert_allclose(got, want, rtol=1e-4)


def test_the_plan_tells_parts_and_copies():
    with tf.Graph().as_default(), tf.Session() as sess:
        with tf.device("/device:XLA_CPU:0"):
            y = tf.constant([1.0, 2.0], name="c") * 2.0
        z = tf.add(y, y, name="z")
        plan = sess.plan(z)
        assert sess.run(z).tolist() == [4.0, 8.0]
        assert [s.part.device[-9:] for s in plan.step.segments] == ["XLA_CPU:0", "ice:CPU:0"]
        assert plan.text.count("def step(") == 2 and "mul/_0 _Send XLA_CPU:0 -> mul/_1 _Recv CPU:0    float32 (2,)" in plan.text
        assert plan.path.startswith("2 parts on 2 devices (XLA_CPU:0: JAX: one program, compiled by XLA; CPU:0: NumPy")
        assert plan.source.count("def step(") == 1  # the text that is stepped


def test_a_value_is_copied_once_to_each_device():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2], name="x")
        with tf.device("/device:XLA_CPU:0"):
            a, b = x + 1.0, x * 2.0
        plan = sess.plan([a, b], [x])
        assert plan.text.count("_Send") == 1
        assert [v.tolist() for v in sess.run([a, b], {x: [1.0, 2.0]})] == [[2.0, 3.0], [2.0, 4.0]]


def test_order_of_reads_and_writes_is_kept_over_devices():
    with tf.Graph().as_default(), tf.Session() as sess:
        with tf.device("/device:XLA_CPU:0"):
            v = tf.Variable(1.0, name="v")
        before = v * 1.0
        with tf.control_dependencies([before]):
            up = v.assign_add(2.0)
        with tf.control_dependencies([up]):
            after = v.read_value() * 10.0
        sess.run(v.initializer)
        assert sess.run([before, after, v]) == [1.0, 30.0, 3.0]
        assert sess.run([before, after, v]) == [3.0, 50.0, 5.0]
        assert sess.variable_value("v") == 5.0
        sess.to("cpu:jax")
        assert sess.run(v) == 5.0


def test_a_variable_of_another_device_can_be_stepped_saved_and_listed(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        with tf.device("/device:XLA_CPU:0"):
            v = tf.Variable([1.0, 2.0], name="v")
        double = v.assign(v * 2.0)
        sess.run(v.initializer)
        sess.run(double)
        path = tf.train.Saver([v]).save(sess, str(tmp_path / "model"))
        run = sess.step(double)
        while run.forward():
            pass
        assert sess.run(v).tolist() == [4.0, 8.0]
        tf.train.Saver([v]).restore(sess, path)
        assert sess.run(v).tolist() == [2.0, 4.0]
        assert sess.variable_states()[0].shape == (2,)


def test_random_numbers_and_texts_cross_devices():
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(3)
        r = tf.random_uniform([3])
        with tf.device("/device:XLA_CPU:0"):
            s = tf.random_uniform([3], seed=1) + r
            text = tf.as_string(s)
        first = sess.run([r, s, text])
        assert not np.allclose(first[0], sess.run([r, s, text])[0]) and first[2].dtype == object


def test_an_error_names_the_node_of_its_part():
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 3])
        with tf.device("/cpu:0"):
            y = x * 1.0
        with tf.device("/device:XLA_CPU:0"):
            z = tf.matmul(y, tf.placeholder_with_default(np.zeros((2, 2), "f"), [None, None]), name="z")
        with pytest.raises(tf.errors.InvalidArgumentError) as e:
            sess.run(z, {x: np.zeros((1, 3))})
        assert e.value.op is z.op


def test_a_loop_runs_whole_where_it_was_asked_to():
    with tf.Graph().as_default(), tf.Session() as sess:
        with tf.device("/device:XLA_CPU:0"):
            y = tf.while_loop(lambda i: i < 5, lambda i: i + 1, [tf.constant(0)])
        assert sess.run(y) == 5


def test_virtual_cpus_are_listed_and_asked_for():
    with tf.Graph().as_default():
        with tf.device("/cpu:3"):
            a = tf.constant(1.0) + 1.0
        with tf.Session(config=tf.ConfigProto(**FOUR)) as sess:
            assert [d.name.split("device:")[1] for d in sess.list_devices()] == ["CPU:0", "CPU:1", "CPU:2", "CPU:3", "XLA_CPU:0"]
            assert sess.run(a) == 2.0
        with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="device:CPU:0, /job:localhost/replica:0/task:0/device:XLA_CPU:0 "):
            sess.run(a)


def test_the_log_tells_every_operation_in_tensorflows_form(capsys):
    with tf.Graph().as_default(), tf.Session(config=tf.ConfigProto(log_device_placement=True, **FOUR)) as sess:
        with tf.device("/cpu:1"):
            v = tf.Variable([1.0], name="v")
        with tf.device("/device:XLA_CPU:0"):
            tf.multiply(v, 2.0, name="y")
        sess.run(v.initializer)
        here = "/job:localhost/replica:0/task:0/device:"
        told = capsys.readouterr().out.splitlines()
        assert told[:2] == ["Device mapping:", f"{here}XLA_CPU:0 -> device: XLA_CPU device"]
        # recorded from TensorFlow 1.15.5; sources come last and go with their consumers
        assert told[2:6] == [f"v: (VariableV2): {here}CPU:1", f"v/Assign: (Assign): {here}CPU:1", f"v/read: (Identity): {here}CPU:1",
                             f"y: (Mul): {here}XLA_CPU:0"]  # fmt: skip
        assert f"v/initial_value: (Const): {here}CPU:1" in told[6:] and f"y/y: (Const): {here}XLA_CPU:0" in told[6:]
        sess.run(v.initializer)
        assert capsys.readouterr().out == ""


def test_gradients_are_placed_with_their_operations_on_request():
    with tf.Graph().as_default():
        with tf.device("/cpu:2"):
            z = tf.nn.relu(tf.placeholder(tf.float32, [2], name="x"), name="z")
        (dx,) = tf.gradients(z, z.op.inputs[0], colocate_gradients_with_ops=True)
        assert (dx.device, dx.op.colocation_groups()) == ("/device:CPU:2", [b"loc:@z"])
        assert tf.gradients(z, z.op.inputs[0])[0].device == ""


def branch(pick, a, b, v):
    inside = pick.choice([lambda: a * 0.5 + v, lambda: a * 0.5 + v.assign_add(b * 0.1), lambda: tf.tanh(b)])
    return tf.cond(tf.reduce_sum(a) > 2.0, inside, lambda: tf.tanh(a) - b)


def loop(a, b):
    return tf.while_loop(lambda i, t: i < 3, lambda i, t: (i + 1, t * 0.5 + tf.tanh(b)), [tf.constant(0), a])[1]


def scribble(seed, placed, flow=False):
    """A graph of random operations on random devices, with variables that are read and added to in the middle; `flow`: in branches and loops, too."""
    pick = random.Random(seed)
    devices = ["/cpu:0", "/cpu:1", "/cpu:2", "/device:XLA_CPU:0", None]
    at = lambda: tf.device(pick.choice(devices) if placed else pick.choice(devices) and None)
    values, variables, updates = [tf.placeholder(tf.float32, [3], name="x")], [], []
    for i in range(3):
        with at():
            variables.append(tf.Variable(np.full(3, i + 1.0, "f"), name=f"v{i}"))
    for _ in range(25):
        before = pick.sample(values + updates, pick.choice([0, 0, 1]))
        with at(), tf.control_dependencies(before):
            kind = pick.choice(["pair", "pair", "read", "alone", "update", *["branch", "loop", "pair"] * flow])
            a, b, v = pick.choice(values), pick.choice(values), pick.choice(variables)
            if kind in ("branch", "loop"):
                values.append(branch(pick, a, b, v) if kind == "branch" else loop(a, b))
            elif kind == "pair":
                values.append(pick.choice([tf.add, tf.subtract, tf.maximum])(pick.choice(values), pick.choice(values)))
            elif kind == "read":
                values.append(pick.choice(variables).read_value() * 0.5 + pick.choice(values))
            elif kind == "alone":
                values.append(tf.tanh(pick.choice(values)))
            else:
                updates.append(pick.choice(variables).assign_add(tf.tanh(pick.choice(values))))
    return values[0], [*pick.sample(values, 3), *updates, *variables]


@pytest.mark.parametrize("flow", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_random_graphs_give_the_numbers_of_one_device(seed, flow):
    found = []
    for placed in (False, True):
        with tf.Graph().as_default(), tf.Session(config=tf.ConfigProto(device_count={"CPU": 3})) as sess:
            x, fetches = scribble(seed, placed, flow)
            sess.run(tf.global_variables_initializer())
            found.append([v for n in range(2) for v in sess.run(fetches, {x: np.array([0.1, 0.2, 0.3]) * n})])
            assert isinstance(sess.plan(fetches, [x]).step, SegmentedStep) == placed
            if flow:  # gradients keep values of loops on stacks, and use those of a branch in another one
                dx = tf.gradients(fetches[:3], [x, *(v.value() for v in fetches[-3:])], colocate_gradients_with_ops=placed)
                found[-1] += [v for n in range(2) for v in sess.run([d for d in dx if d is not None], {x: np.array([0.1, 0.2, 0.3]) * n})]
    for got, want in zip(*found, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def flowing(places):
    """Loops and branches between operations on several devices; a variable is written in a branch and read after it."""
    x = tf.placeholder(tf.float32, [3], name="x")
    with tf.device(places[0]):
        start = tf.tanh(x) + 1.0
        v = tf.Variable([1.0, 2.0, 3.0], name="v")
    with tf.device(places[1]):
        _, turned = tf.while_loop(lambda i, t: i < 4, lambda i, t: (i + 1, t * 1.5 + v), [tf.constant(0), start])
    with tf.device(places[2]):
        more = tf.reduce_sum(turned) + 1.0
        chosen = tf.cond(more > 30.0, lambda: tf.sqrt(turned), lambda: turned * start)
        up = tf.cond(more > 30.0, lambda: tf.identity(v.assign_add(chosen)), lambda: tf.identity(v))
    with tf.control_dependencies([up]):
        after = v.read_value() * 2.0
    loss = tf.reduce_sum(chosen * chosen)
    return x, [more, chosen, loss, *tf.gradients(loss, [x, v.value()]), up, after]


@pytest.mark.parametrize("places", [
    ("/cpu:1", "/cpu:2", "/cpu:3"), ("", "/cpu:1", ""), ("/cpu:1", "/device:XLA_CPU:0", "/cpu:2"), ("/cpu:1", "", "/device:XLA_CPU:0"),
])  # fmt: skip
def test_branches_and_loops_run_where_they_were_asked_to(places):
    found = []
    for where in (("", "", ""), places):
        with tf.Graph().as_default(), tf.Session(config=tf.ConfigProto(**FOUR)) as sess:
            x, fetches = flowing(where)
            sess.run(tf.global_variables_initializer())
            found.append([v for n in (0.0, 4.0, -2.0) for v in sess.run(fetches, {x: np.array([0.1, 0.2, 0.3]) * n})])
            forward = [*fetches[:3], *fetches[-2:]]
            found[-1] += sess.run(forward, {x: [0.1, 0.2, 0.3]})
            plans = [sess.plan(fetches, [x]), sess.plan(forward, [x])]
    for got, want in zip(*found, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    plan = plans[1]
    assert isinstance(plan.step, SegmentedStep)
    assert isinstance(plans[0].step, SegmentedStep) == ("XLA" not in str(places))  # the gradient's stack stays in one program of XLA's
    looping = [s.part.device.rpartition("device:")[2] for s in plan.step.segments if "while True:" in s.code.source]
    assert looping[0] == (places[1].rpartition("/")[2].removeprefix("device:").upper() or "CPU:0")
    assert "# on " in plan.text and ("_Send" in plan.text)


@pytest.mark.parametrize("size", [2, None])
def test_what_only_one_side_of_a_branch_makes_is_used_in_a_later_part(size):
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [size])
        y = tf.cond(tf.reduce_sum(x) > 0.0, lambda: tf.sqrt(x), lambda: x * x)
        with tf.device("/device:XLA_CPU:0"):
            z = tf.reduce_sum(y * y * 0.5)
        (dx,) = tf.gradients(z, [x], colocate_gradients_with_ops=True)
        step = sess.plan(dx, [x]).step
        assert isinstance(step, SegmentedStep) == (size is not None)  # zeros of unknown shape cannot stand in for the square root
        assert size is None or len(step.segments) == 3
        np.testing.assert_allclose(sess.run(dx, {x: [4.0, 9.0]}), [0.5, 0.5])
        np.testing.assert_allclose(sess.run(dx, {x: [-2.0, -1.0]}), [-16.0, -2.0])
