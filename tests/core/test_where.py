"""Nodes know the user's line that made them, gradients the line that asked for them."""

import gc
import inspect

import pytest

import tfnb as tf
from tfnb.core.garbage import kept_alive


def line():
    return inspect.currentframe().f_back.f_lineno


def test_gradients_belong_to_the_line_that_asked_for_them():
    with tf.Graph().as_default() as g:
        x = tf.constant(2.0)
        y = tf.sin(x) * x
        before = len(g.get_operations())
        tf.gradients(y, x), (here := line())
        made = g.get_operations()[before:]
        assert len(made) > 4 and {op.where.line for op in made} == {here}
        assert all(op.where.file == __file__ for op in made) and {op.forward.type for op in made if op.forward} >= {"Sin", "Mul"}
        assert tf.cos(x).op.where.line == line()


def test_a_rule_of_the_user_s_own_is_on_its_own_lines():
    places = []

    @tf.custom_gradient
    def doubled(x):
        def grad(dy):
            out, place = tf.multiply(dy, 2.0, name="own"), line()
            places.append(place)
            return out

        return x * 2.0, grad

    with tf.Graph().as_default() as g:
        x = tf.constant(2.0)
        y = tf.sin(doubled(x))
        tf.gradients(y, x), (here := line())
        own = next(op for op in g.get_operations() if op.name.endswith("/own"))
        assert [own.where.line] == places
        assert next(op for op in g.get_operations() if "Sin_grad" in op.name).where.line == here


def test_the_collector_is_as_it_was():
    with kept_alive():
        assert not gc.isenabled()
        with kept_alive():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()

    @tf.RegisterGradient("FailsHere")
    def fails(op, dy):
        raise LookupError("no rule")

    with pytest.raises(LookupError, match="no rule"), tf.Graph().as_default() as g, g.gradient_override_map({"Sin": "FailsHere"}):
        x = tf.constant(1.0)
        tf.gradients(tf.sin(x), x)
    assert gc.isenabled() and g.made_at is None and g.differentiating is None and g.get_name_scope() == ""
