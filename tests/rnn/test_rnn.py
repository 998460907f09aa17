"""Recurrent networks: names as TensorFlow 1.15.5 gives them, numbers against the formulas in NumPy."""

import numpy as np
import pytest

import tfnb as tf

cells = tf.nn.rnn_cell
rng = np.random.default_rng(0)


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as made:
        yield made


def names():
    return [v.name for v in tf.global_variables()]


def values(session, fetches, feeds=None):
    session.run(tf.global_variables_initializer())
    return session.run(fetches, feeds)


def test_names_of_variables(session):
    x = tf.placeholder(tf.float32, [2, 3, 4])
    tf.nn.dynamic_rnn(cells.BasicLSTMCell(5), x, dtype=tf.float32)
    assert names() == ["rnn/basic_lstm_cell/kernel:0", "rnn/basic_lstm_cell/bias:0"]
    tf.nn.bidirectional_dynamic_rnn(cells.GRUCell(5), cells.GRUCell(5), x, dtype=tf.float32)
    assert "bidirectional_rnn/fw/gru_cell/gates/kernel:0" in names() and "bidirectional_rnn/bw/gru_cell/candidate/bias:0" in names()


def test_names_in_layers_of_cells(session):
    cell = cells.MultiRNNCell([cells.GRUCell(5), cells.BasicRNNCell(6)])
    outputs, state = tf.nn.dynamic_rnn(cell, tf.placeholder(tf.float32, [2, 3, 4]), dtype=tf.float32)
    assert "rnn/multi_rnn_cell/cell_0/gru_cell/gates/kernel:0" in names() and "rnn/multi_rnn_cell/cell_1/basic_rnn_cell/bias:0" in names()
    assert (outputs.name, outputs.shape.as_list(), [s.shape.as_list() for s in state]) == ("rnn/transpose_1:0", [2, 3, 6], [[2, 5], [2, 6]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_an_lstm_is_its_formula(session):
    x = rng.normal(size=(2, 3, 4)).astype(np.float32)
    outputs, last = tf.nn.dynamic_rnn(cells.BasicLSTMCell(5), tf.constant(x), dtype=tf.float32)
    session.run(tf.global_variables_initializer())
    W, b = session.run(tf.global_variables())
    c = h = np.zeros((2, 5))
    for t in range(3):
        i, j, f, o = np.split(np.concatenate([x[:, t], h], 1) @ W + b, 4, 1)
        c = c * sigmoid(f + 1.0) + sigmoid(i) * np.tanh(j)
        h = np.tanh(c) * sigmoid(o)
    got, state = session.run([outputs, last])
    np.testing.assert_allclose(got[:, -1], h, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(state.c, c, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", [lambda: cells.GRUCell(4), lambda: cells.LSTMCell(4, use_peepholes=True, num_proj=4), lambda: cells.BasicRNNCell(4)])
def test_written_out_and_in_a_loop_are_the_same(session, make):
    x = tf.constant(rng.normal(size=(3, 5, 2)).astype(np.float32))
    lengths = tf.constant([5, 2, 0])
    with tf.variable_scope("net", reuse=tf.AUTO_REUSE):
        looped, state = tf.nn.dynamic_rnn(make(), x, lengths, dtype=tf.float32)
    with tf.variable_scope("net", reuse=True):
        listed, state2 = tf.nn.static_rnn(make(), tf.unstack(x, axis=1), dtype=tf.float32, sequence_length=lengths)
    a, b, c, d = values(session, [looped, tf.stack(listed, 1), state, state2])
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert not a[1, 2:].any() and not a[2].any()
    for p, q in zip(np.atleast_3d(c), np.atleast_3d(d), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-5, atol=1e-6)


def test_gradients_go_back_through_time(session):
    x = tf.placeholder(tf.float32, [None, None, 2])
    outputs, _ = tf.nn.dynamic_rnn(cells.GRUCell(3), x, dtype=tf.float32)
    loss = tf.reduce_sum(tf.square(outputs))
    (dx,) = tf.gradients(loss, x)
    given = rng.normal(size=(2, 4, 2)).astype(np.float32)
    slope = values(session, dx, {x: given})
    moved, step = given.copy(), 1e-2
    moved[1, 0, 1] += step
    back = given.copy()
    back[1, 0, 1] -= step
    numeric = (session.run(loss, {x: moved}) - session.run(loss, {x: back})) / (2 * step)
    np.testing.assert_allclose(slope[1, 0, 1], numeric, rtol=2e-2)


def test_wrong_arguments():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 3, 4])
        with pytest.raises(ValueError, match="If there is no initial_state, you must give a dtype."):
            tf.nn.dynamic_rnn(cells.GRUCell(3), x)
        with pytest.raises(TypeError, match="is not an RNNCell"):
            tf.nn.dynamic_rnn("gru", x, dtype=tf.float32)
        with pytest.raises(ValueError, match="Must specify at least one cell for MultiRNNCell."):
            cells.MultiRNNCell([])


def test_wrappers_of_contrib(session):
    rnn = tf.contrib.rnn
    x = tf.placeholder(tf.float32, [2, 3, 4])
    outputs, state = tf.nn.dynamic_rnn(rnn.OutputProjectionWrapper(rnn.BasicRNNCell(5), 1), x, dtype=tf.float32)
    assert (outputs.shape.as_list(), state.shape.as_list()) == ([2, 3, 1], [2, 5])
    assert names() == ["rnn/output_projection_wrapper/basic_rnn_cell/kernel:0", "rnn/output_projection_wrapper/basic_rnn_cell/bias:0",
                       "rnn/output_projection_wrapper/kernel:0", "rnn/output_projection_wrapper/bias:0"]  # fmt: skip
    assert values(session, outputs, {x: np.ones([2, 3, 4])}).shape == (2, 3, 1)


def test_sequences_shorter_than_time(session):
    x = tf.placeholder(tf.float32, [None, 6, 2])
    n = tf.placeholder(tf.int32, [None])
    outputs, _ = tf.nn.dynamic_rnn(cells.GRUCell(3), x, n, dtype=tf.float32)
    found = values(session, outputs, {x: np.ones([2, 6, 2]), n: [2, 3]})
    assert found.shape == (2, 6, 3) and not found[:, 3:].any() and found[:, :2].all()


def _with_known_weights(session, fetches):
    session.run(tf.global_variables_initializer())
    for v in tf.trainable_variables():
        shape = v.shape.as_list()
        v.load(np.linspace(-1, 1, int(np.prod(shape))).reshape(shape).astype(np.float32), session)
    return session.run(fetches)


@pytest.mark.parametrize(("options", "seeds", "output", "state"), [
    (dict(input_keep_prob=0.8, output_keep_prob=0.7, state_keep_prob=0.6, seed=5), [146547860, 1572617384, 740058876],
     [[-0.0157, 0, 0, -0.03623], [0, -0.01103, 0, 0]], [[-0.01832, -0.02449, -0.03238, -0.04226], [0, 0, -0.01797, 0]]),
    (dict(input_keep_prob=0.5, output_keep_prob=0.5, state_keep_prob=0.5, seed=7, variational_recurrent=True, input_size=3, dtype=tf.float32),
     [1933561695, 1658466891, 839511211, 992545650], [[0, 0, -0.04367, 0]] * 2, [[-0.0256, -0.03362, -0.04367, 0]] * 2),
])  # fmt: skip
def test_dropout_of_cells_draws_tensorflows_masks(session, options, seeds, output, state):
    cell = cells.DropoutWrapper(cells.BasicLSTMCell(4), **options)
    found, new = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    drawn = [op.get_attr("seed2") for op in tf.get_default_graph().get_operations() if op.type == "RandomUniform"]
    assert set(seeds) <= set(drawn)
    found, h = _with_known_weights(session, [found, new.h])
    np.testing.assert_allclose(found, output, atol=2e-5)
    np.testing.assert_allclose(h, state, atol=2e-5)


def test_dropout_of_cells_says_what_it_lacks(session):
    cell = cells.BasicLSTMCell(4)
    with pytest.raises(ValueError, match="Parameter input_keep_prob must be between 0 and 1: 1"):
        cells.DropoutWrapper(cell, input_keep_prob=1.5)
    with pytest.raises(ValueError, match="When variational_recurrent=True, dtype must be provided"):
        cells.DropoutWrapper(cell, input_keep_prob=0.5, variational_recurrent=True)
    with pytest.raises(ValueError, match="is unknown, input_size must be provided"):
        cells.DropoutWrapper(cell, input_keep_prob=0.5, variational_recurrent=True, dtype=tf.float32)
