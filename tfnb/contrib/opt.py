"""tf.contrib.opt: optimizers with decayed weights, variants of Adam and of signs, averages, and SciPy's minimizers.

Formulas: Loshchilov and Hutter 2017 (AdamW, MomentumW), Dozat 2016 (Nadam), Kingma and Ba 2014 (AdaMax), Bello et al. 2017
(AddSign, PowerSign), You et al. 2017 (LARS).
"""

from __future__ import annotations

from typing import Any

import numpy as np

import tfnb as tf
from tfnb.contrib.external import ExternalOptimizerInterface, ScipyOptimizerInterface
from tfnb.core.scopes import control_dependencies

__all__ = [
    "AdaMaxOptimizer", "AdamWOptimizer", "AddSignOptimizer", "DecoupledWeightDecayExtension", "ExternalOptimizerInterface", "LARSOptimizer",
    "LazyAdamOptimizer", "MomentumWOptimizer", "MovingAverageOptimizer", "NadamOptimizer", "PowerSignOptimizer", "ScipyOptimizerInterface",
    "VariableClippingOptimizer", "clip_gradients_by_global_norm", "extend_with_decoupled_weight_decay",
]  # fmt: skip


def clip_gradients_by_global_norm(gradients_variables: Any, clip_norm: float = 20.0) -> tuple[list[Any], Any]:
    """(the pairs with all gradients scaled so that their norm together is at most `clip_norm`, that norm before).

    >>> [(g, _)], norm = tf.contrib.opt.clip_gradients_by_global_norm([(tf.constant([3.0, 4.0]), None)], 1.0)
    >>> print(g.eval(), norm.eval())
    [0.6 0.8] 5.0
    """
    gradients, variables = zip(*gradients_variables, strict=True)
    clipped, norm = tf.clip_by_global_norm(gradients, clip_norm)
    return list(zip(clipped, variables, strict=True)), norm


# -- decayed weights ---------------------------------------------------------------------------------------------
class DecoupledWeightDecayExtension:
    """Takes `weight_decay` of each variable off it before the step, apart from the gradient. A mixin for optimizers.

    `decay_var_list` of apply_gradients says which variables decay; all where it is not given. TensorFlow 1.15 takes it in minimize, too,
    but then forgets it, and all decay: so it is here.

    >>> AdamW = tf.contrib.opt.extend_with_decoupled_weight_decay(tf.train.AdamOptimizer)
    >>> optimizer = AdamW(weight_decay=0.01, learning_rate=0.001)
    """

    def __init__(self, weight_decay: Any, **kwargs: Any) -> None:
        self._decayed: set[Any] = set()
        self._weight_decay = weight_decay
        super().__init__(**kwargs)

    def minimize(self, loss: Any, global_step: Any = None, var_list: Any = None, gate_gradients: int = 1, aggregation_method: Any = None,
                 colocate_gradients_with_ops: bool = False, name: str | None = None, grad_loss: Any = None, decay_var_list: Any = None) -> Any:  # fmt: skip
        return super().minimize(loss, global_step, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, name, grad_loss)  # type: ignore[misc]

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None, name: str | None = None, decay_var_list: Any = None) -> Any:
        self._decayed = set(decay_var_list or ())
        return super().apply_gradients(grads_and_vars, global_step, name)  # type: ignore[misc]

    def _prepare(self) -> None:
        given = self._weight_decay() if callable(self._weight_decay) else self._weight_decay
        self._decay = tf.convert_to_tensor(given, name="weight_decay")
        super()._prepare()  # type: ignore[misc]

    def _after_decay(self, var: Any, rows: Any = None) -> Any:
        """The decay of a variable, or of those rows of it alone that have a gradient."""
        if self._decayed and var not in self._decayed:
            return []
        share = tf.cast(self._decay, var.dtype.base_dtype)
        return [tf.assign_sub(var, share * var) if rows is None else tf.scatter_sub(var, rows, share * tf.gather(var, rows))]

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        with control_dependencies(self._after_decay(var)):
            return super()._apply_dense(grad, var)  # type: ignore[misc]

    def _apply_sparse(self, values: Any, indices: Any, var: Any) -> Any:
        # TensorFlow's gradient descent changes rows by a way of its own, on which nothing decays
        with control_dependencies([] if isinstance(self, tf.train.GradientDescentOptimizer) else self._after_decay(var, indices)):
            return super()._apply_sparse(values, indices, var)  # type: ignore[misc]


def extend_with_decoupled_weight_decay(base_optimizer: Any) -> Any:
    """The class of an optimizer whose first argument is `weight_decay` and whose others are the base's.

    >>> SGDW = tf.contrib.opt.extend_with_decoupled_weight_decay(tf.train.GradientDescentOptimizer)
    >>> v = tf.Variable(1.0)
    >>> step = SGDW(0.5, learning_rate=0.0).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print(v.eval())
    0.5
    """

    class OptimizerWithDecoupledWeightDecay(DecoupledWeightDecayExtension, base_optimizer):  # type: ignore[misc]
        def __init__(self, weight_decay: Any, *args: Any, **kwargs: Any) -> None:
            self._decayed, self._weight_decay = set(), weight_decay
            base_optimizer.__init__(self, *args, **kwargs)

    return OptimizerWithDecoupledWeightDecay


class AdamWOptimizer(DecoupledWeightDecayExtension, tf.train.AdamOptimizer):  # type: ignore[misc]
    """Adam with decayed weights.

    >>> v = tf.Variable(1.0)
    >>> step = tf.contrib.opt.AdamWOptimizer(0.1, learning_rate=0.01).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print(v.eval().round(3))
    0.89
    """

    def __init__(self, weight_decay: Any, learning_rate: Any = 0.001, beta1: Any = 0.9, beta2: Any = 0.999, epsilon: float = 1e-8,
                 use_locking: bool = False, name: str = "AdamW") -> None:  # fmt: skip
        super().__init__(weight_decay, learning_rate=learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon, use_locking=use_locking, name=name)


class MomentumWOptimizer(DecoupledWeightDecayExtension, tf.train.MomentumOptimizer):  # type: ignore[misc]
    """Momentum with decayed weights.

    >>> v = tf.Variable(1.0)
    >>> step = tf.contrib.opt.MomentumWOptimizer(0.1, 0.01, 0.9).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print(v.eval().round(3))
    0.88
    """

    def __init__(self, weight_decay: Any, learning_rate: Any, momentum: Any, use_locking: bool = False, name: str = "MomentumW",
                 use_nesterov: bool = False) -> None:  # fmt: skip
        super().__init__(weight_decay, learning_rate=learning_rate, momentum=momentum, use_locking=use_locking, name=name, use_nesterov=use_nesterov)


# -- variants of Adam --------------------------------------------------------------------------------------------
class NadamOptimizer(tf.train.AdamOptimizer):  # type: ignore[misc]
    """Adam with Nesterov's look ahead: the step is along beta1 m + (1 - beta1) g.

    >>> v = tf.Variable(3.0)
    >>> step = tf.contrib.opt.NadamOptimizer(0.1).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print(v.eval().round(3))
    2.81
    """

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        lr, beta1, beta2, epsilon = (self._number(k, var) for k in self._numbers)
        power1, power2 = (tf.cast(p, var.dtype.base_dtype) for p in self._get_beta_accumulators())
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        m = tf.assign(m, m * beta1 + (1 - beta1) * grad)
        v = tf.assign(v, v * beta2 + (1 - beta2) * grad * grad)
        return tf.assign_sub(var, lr * tf.sqrt(1 - power2) / (1 - power1) * (m * beta1 + (1 - beta1) * grad) / (tf.sqrt(v) + epsilon))


class LazyAdamOptimizer(tf.train.AdamOptimizer):  # type: ignore[misc]
    """Adam that for a table leaves rows without gradient, and their means, as they are.

    >>> table = tf.Variable(tf.ones([3, 1]))
    >>> step = tf.contrib.opt.LazyAdamOptimizer(0.1).minimize(tf.nn.embedding_lookup(table, [1]))
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print(table.eval()[:, 0])
    [1.  0.9 1. ]
    """

    def _apply_sparse(self, values: Any, indices: Any, var: Any) -> Any:
        lr, beta1, beta2, epsilon = (self._number(k, var) for k in self._numbers)
        power1, power2 = (tf.cast(p, var.dtype.base_dtype) for p in self._get_beta_accumulators())
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        rows_m = beta1 * tf.gather(m, indices) + (1 - beta1) * values
        rows_v = beta2 * tf.gather(v, indices) + (1 - beta2) * values * values
        step = lr * tf.sqrt(1 - power2) / (1 - power1) * rows_m / (tf.sqrt(rows_v) + epsilon)
        return tf.group(tf.scatter_update(m, indices, rows_m), tf.scatter_update(v, indices, rows_v), tf.scatter_sub(var, indices, step))


class AdaMaxOptimizer(tf.train.AdamOptimizer):  # type: ignore[misc]
    """Adam with the largest of the decayed gradients in place of the root of their mean square.

    >>> v = tf.Variable(3.0)
    >>> step = tf.contrib.opt.AdaMaxOptimizer(0.1).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print(v.eval().round(3))
    2.9
    """

    def __init__(self, learning_rate: Any = 0.001, beta1: Any = 0.9, beta2: Any = 0.999, epsilon: float = 1e-8, use_locking: bool = False,
                 name: str = "AdaMax") -> None:  # fmt: skip
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)

    def _create_slots(self, var_list: Any) -> None:
        graph = tf.get_default_graph()
        if graph not in self._powers:
            self._powers[graph] = (tf.Variable(self._numbers["beta1"], trainable=False, name="beta1_power"),)
        for v in var_list:
            for slot in ("m", "v"):
                self._zeros_slot(v, slot, self._name)

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        lr, beta1, beta2, epsilon = (self._number(k, var) for k in self._numbers)
        power = tf.cast(self._get_beta_accumulators()[0], var.dtype.base_dtype)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        m = tf.assign(m, m * beta1 + (1 - beta1) * grad)
        v = tf.assign(v, tf.maximum(v * beta2, tf.abs(grad)))
        return tf.assign_sub(var, lr / (1 - power) * m / (v + epsilon))

    def _apply_sparse(self, values: Any, indices: Any, var: Any) -> Any:
        lr, beta1, beta2, epsilon = (self._number(k, var) for k in self._numbers)
        power = tf.cast(self._get_beta_accumulators()[0], var.dtype.base_dtype)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        rows_m = beta1 * tf.gather(m, indices) + (1 - beta1) * values
        rows_v = tf.maximum(beta2 * tf.gather(v, indices), tf.abs(values))
        step = lr / (1 - power) * rows_m / (rows_v + epsilon)
        return tf.group(tf.scatter_update(m, indices, rows_m), tf.scatter_update(v, indices, rows_v), tf.scatter_sub(var, indices, step))

    def _finish(self, update_ops: Any, name_scope: str) -> Any:
        (power,) = self._get_beta_accumulators()
        with control_dependencies(update_ops):
            following = power.assign(power * self._tensors["beta1"])
        return tf.group(*update_ops, following, name=name_scope)


# -- by signs ----------------------------------------------------------------------------------------------------
class AddSignOptimizer(tf.train.Optimizer):  # type: ignore[misc]
    """Steps of (alpha + sign(g) sign(m)) g: more where gradient and its running mean m agree. `sign_decay_fn` takes the global step.

    >>> v = tf.Variable(3.0)
    >>> step = tf.contrib.opt.AddSignOptimizer(0.1).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print(v.eval().round(3))
    1.8
    """

    def __init__(self, learning_rate: Any = 0.1, alpha: Any = 1.0, beta: Any = 0.9, sign_decay_fn: Any = None, use_locking: bool = False,
                 name: str = "AddSignOptimizer") -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._numbers = {"learning_rate": learning_rate, "beta": beta, "alpha": alpha}
        self._decay_fn, self._decay = sign_decay_fn, 1.0

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None, name: str | None = None) -> Any:
        if self._decay_fn is not None:
            self._decay = tf.convert_to_tensor(self._decay_fn(global_step), name="sign_decay")
        return super().apply_gradients(grads_and_vars, global_step, name)

    def _create_slots(self, var_list: Any) -> None:
        for v in var_list:
            self._zeros_slot(v, "m", self._name)

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        m, beta = self.get_slot(var, "m"), self._number("beta", var)
        m = tf.assign(m, m * beta + (1 - beta) * grad)
        agreed = self._decay * tf.sign(grad) * tf.sign(m)
        return tf.assign_sub(var, self._number("learning_rate", var) * self._factor(agreed, var) * grad)

    def _factor(self, agreed: Any, var: Any) -> Any:
        return self._number("alpha", var) + agreed


class PowerSignOptimizer(AddSignOptimizer):
    """Steps of base^(sign(g) sign(m)) g.

    >>> v = tf.Variable(3.0)
    >>> step = tf.contrib.opt.PowerSignOptimizer(0.1, base=2.0).minimize(v * v)
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print(v.eval().round(3))
    1.8
    """

    def __init__(self, learning_rate: Any = 0.1, base: float = np.e, beta: Any = 0.9, sign_decay_fn: Any = None, use_locking: bool = False,
                 name: str = "PowerSignOptimizer") -> None:  # fmt: skip
        super().__init__(learning_rate, 0.0, beta, sign_decay_fn, use_locking, name)
        self._log_base = float(np.log(base))

    def _factor(self, agreed: Any, var: Any) -> Any:
        return tf.exp(self._log_base * agreed)


class LARSOptimizer(tf.train.MomentumOptimizer):  # type: ignore[misc]
    """Momentum whose rate for each variable is scaled by |w| / (|g| + decay |w|), for batches of thousands.

    >>> v = tf.Variable([3.0, 4.0])
    >>> step = tf.contrib.opt.LARSOptimizer(1.0, eeta=0.1, weight_decay=0.0).minimize(tf.reduce_sum(v * v))
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print(v.eval())
    [2.7 3.6]
    """

    def __init__(self, learning_rate: Any, momentum: Any = 0.9, weight_decay: float = 0.0001, eeta: float = 0.001, epsilon: float = 0.0,
                 name: str = "LARSOptimizer", skip_list: Any = None, use_nesterov: bool = False) -> None:  # fmt: skip
        if momentum < 0.0:
            raise ValueError(f"momentum should be positive: {momentum}")
        super().__init__(learning_rate, momentum, False, name, use_nesterov)
        self._decay, self._eeta, self._epsilon, self._skipped = weight_decay, eeta, epsilon, skip_list

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        rate, accumulated, momentum = self._number("learning_rate", var), self.get_slot(var, "momentum"), self._number("momentum", var)
        if self._skipped is None or not any(skipped in var.name for skipped in self._skipped):
            w, g = tf.norm(var, ord=2), tf.norm(grad, ord=2)
            trust = self._eeta * w / (g + self._decay * w + self._epsilon)
            both = tf.logical_and(tf.greater(w, 0), tf.greater(g, 0))
            rate = rate * tf.where(both, trust, tf.ones_like(trust))
            grad = grad + self._decay * var
        accumulated = tf.assign(accumulated, momentum * accumulated + rate * grad)
        return tf.assign_sub(var, rate * grad + momentum * accumulated if self._nesterov else accumulated)

    def _apply_sparse(self, values: Any, indices: Any, var: Any) -> Any:
        return tf.train.Optimizer._apply_sparse(self, values, indices, var)


# -- around optimizers -------------------------------------------------------------------------------------------
class MovingAverageOptimizer(tf.train.Optimizer):  # type: ignore[misc]
    """Another optimizer, and a running mean of each variable; `swapping_saver` saves the means under the variables' names.

    >>> v = tf.Variable(3.0, name="v")
    >>> optimizer = tf.contrib.opt.MovingAverageOptimizer(tf.train.GradientDescentOptimizer(0.1), average_decay=0.5)
    >>> step = optimizer.minimize(v * v)
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print([x.name for x in tf.global_variables()], optimizer.get_slot_names())
    ['v:0', 'v/ExponentialMovingAverage:0'] []
    """

    def __init__(self, opt: Any, average_decay: float = 0.9999, num_updates: Any = None, sequential_update: bool = True) -> None:
        super().__init__(False, "MovingAverageOptimizer")
        self._optimizer, self._in_sequence = opt, sequential_update
        self._average = tf.train.ExponentialMovingAverage(average_decay, num_updates=num_updates)
        self._averaged: list[Any] = []

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        return self._optimizer.compute_gradients(*args, **kwargs)

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None, name: str | None = None) -> Any:
        pairs = list(grads_and_vars)
        train_op = self._optimizer.apply_gradients(pairs, global_step=global_step, name=name)
        self._averaged = [v for g, v in pairs if g is not None]
        with control_dependencies([train_op] if self._in_sequence else []):
            averages = self._average.apply(self._averaged)
        return tf.group(train_op, averages, name="train_with_avg")

    def get_slot(self, var: Any, name: str) -> Any:
        return self._optimizer.get_slot(var, name)

    def get_slot_names(self) -> Any:
        return self._optimizer.get_slot_names()

    def variables(self) -> Any:
        return self._optimizer.variables()

    def swapping_saver(self, var_list: Any = None, name: str = "swapping_saver", **kwargs: Any) -> Any:
        """A Saver in whose files each variable's name holds its mean, and the mean's name the variable."""
        if not self._averaged:
            raise RuntimeError("Must call apply_gradients or minimize before creating the swapping_saver")
        names = var_list if isinstance(var_list, dict) else {v.op.name: v for v in (tf.global_variables() if var_list is None else var_list)}
        means = {v: self._average.average(v) for v in self._averaged}
        other = {**means, **{mean: v for v, mean in means.items()}}
        return tf.train.Saver({k: other.get(v, v) for k, v in names.items()}, name=name, **kwargs)


class VariableClippingOptimizer(tf.train.Optimizer):  # type: ignore[misc]
    """Another optimizer, after which variables are clipped to a norm of `max_norm` over the dimensions that a dict says.

    >>> v = tf.Variable([[3.0, 4.0]])
    >>> optimizer = tf.contrib.opt.VariableClippingOptimizer(tf.train.GradientDescentOptimizer(0.0), {v: [1]}, 1.0)
    >>> step = optimizer.minimize(tf.reduce_sum(v))
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print(v.eval())
    [[0.6 0.8]]
    """

    def __init__(self, opt: Any, vars_to_clip_dims: dict[Any, Any], max_norm: float, use_locking: bool = False,
                 colocate_clip_ops_with_vars: bool = False, name: str = "VariableClipping") -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._optimizer, self._dims, self._max_norm = opt, dict(vars_to_clip_dims), max_norm

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        return self._optimizer.compute_gradients(*args, **kwargs)

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        return self._optimizer.get_slot(*args, **kwargs)

    def get_slot_names(self) -> Any:
        return self._optimizer.get_slot_names()

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None, name: str | None = None) -> Any:
        pairs = list(grads_and_vars)
        with tf.name_scope(self._name), control_dependencies([self._optimizer.apply_gradients(pairs, global_step=global_step)]):
            clipped = [tf.assign(v, tf.clip_by_norm(v.read_value(), self._max_norm, self._dims[v])) for _, v in pairs if v in self._dims]
            return tf.group(*clipped, name=name)
