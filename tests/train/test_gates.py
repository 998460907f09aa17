"""The gates behind an optimizer's gradients: there in the graph as in TensorFlow, nowhere in the step that runs."""

import tfnb as tf


def model():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w, b = tf.Variable(tf.zeros([3, 1]), name="w"), tf.Variable(0.0, name="b")
    return x, w, b, tf.reduce_mean(tf.square(tf.matmul(x, w) + b - 1.0))


def test_gates_stand_where_tensorflow_puts_them():
    with tf.Graph().as_default() as graph:
        tf.train.GradientDescentOptimizer(0.1).minimize(model()[-1])
        gate = graph.get_operation_by_name("gradients/MatMul_grad/tuple/control_dependency_1")
        assert gate.type == "Identity"
        assert [t.name for t in gate.inputs] == ["gradients/MatMul_grad/MatMul_1:0"]
        (group,) = gate.control_inputs
        assert group.name == "gradients/MatMul_grad/tuple/group_deps"
        assert [n.name for n in group.control_inputs] == ["gradients/MatMul_grad/MatMul", "gradients/MatMul_grad/MatMul_1"]


def test_plain_gradients_have_none():
    with tf.Graph().as_default() as graph:
        _, w, b, loss = model()
        tf.gradients(loss, [w, b])
        assert not [n for n in graph.get_operations() if "tuple" in n.name]


def test_a_step_neither_waits_nor_computes_what_nobody_asks_for():
    with tf.Graph().as_default(), tf.Session() as sess:
        x, *_, loss = model()
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        text = sess.plan(train, {x: [[1.0, 2.0, 3.0]]}).code.source
        assert "control_dependency" not in text
        assert "MatMul_grad/MatMul:" not in text  # the gradient of x


def test_a_tuple_of_effects_is_waited_for():
    with tf.Graph().as_default(), tf.Session() as sess:
        v = tf.Variable(1.0)
        sess.run(v.initializer)
        first, _ = tf.tuple([tf.constant(5.0), tf.assign_add(v, 1.0)])
        assert sess.run(first) == 5.0
        assert sess.run(v) == 2.0
