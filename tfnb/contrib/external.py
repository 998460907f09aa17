"""Minimizers from outside the graph, which ask it for a loss and gradients: SciPy's L-BFGS-B and its like."""

from __future__ import annotations

from typing import Any

import numpy as np

import tfnb as tf

__all__ = ["ExternalOptimizerInterface", "ScipyOptimizerInterface"]


class ExternalOptimizerInterface:
    """The base: packs the variables into one vector, and puts the vector that `_minimize` finds back into them.

    `var_to_bounds` maps variables to (lowest, highest), numbers or arrays; `equalities` and `inequalities` (>= 0) are tensors.

    >>> v = tf.Variable([7.0, 7.0])
    >>> optimizer = tf.contrib.opt.ExternalOptimizerInterface(tf.reduce_sum(v * v))
    """

    def __init__(self, loss: Any, var_list: Any = None, equalities: Any = None, inequalities: Any = None, var_to_bounds: Any = None,
                 **optimizer_kwargs: Any) -> None:  # fmt: skip
        self._loss, self._equalities, self._inequalities = loss, list(equalities or []), list(inequalities or [])
        self._vars = tf.trainable_variables() if var_list is None else list(var_list)
        self._options = optimizer_kwargs
        self._shapes = [tuple(v.shape.as_list()) for v in self._vars]
        self._places = [tf.placeholder(v.dtype.base_dtype, shape) for v, shape in zip(self._vars, self._shapes, strict=True)]
        self._updates = [tf.assign(v, p) for v, p in zip(self._vars, self._places, strict=True)]
        self._gradient = self._packed_gradient(loss)
        self._constraints = [(t, self._packed_gradient(t)) for t in [*self._equalities, *self._inequalities]]
        self._bounds = None if var_to_bounds is None else self._packed_bounds(var_to_bounds)

    def _packed_gradient(self, y: Any) -> Any:
        found = tf.gradients(y, self._vars)
        flat = [tf.zeros_like(v) if g is None else tf.convert_to_tensor(g) for g, v in zip(found, self._vars, strict=True)]
        return tf.concat([tf.reshape(g, [-1]) for g in flat], 0)

    def _packed_bounds(self, var_to_bounds: Any) -> Any:
        low, high = [], []
        for v, shape in zip(self._vars, self._shapes, strict=True):
            a, b = var_to_bounds.get(v, (-np.inf, np.inf))
            low.append(np.broadcast_to(a, shape).ravel())
            high.append(np.broadcast_to(b, shape).ravel())
        return list(zip(np.concatenate(low), np.concatenate(high), strict=True))

    def minimize(self, session: Any = None, feed_dict: Any = None, fetches: Any = None, step_callback: Any = None, loss_callback: Any = None,
                 **run_kwargs: Any) -> None:  # fmt: skip
        """Finds the variables' values and puts them into the session; `loss_callback` gets each loss and the `fetches`."""
        session, feeds, fetches = session or tf.get_default_session(), dict(feed_dict or {}), list(fetches or [])

        def ask(tensors: Any) -> Any:
            def asked(x: Any) -> Any:
                session.run(self._updates, dict(zip(self._places, self._unpacked(x), strict=True)), **run_kwargs)
                return session.run(tensors, feeds, **run_kwargs)

            return asked

        loss = ask([self._loss, self._gradient, *fetches])

        def loss_and_gradient(x: Any) -> Any:
            value, gradient, *found = loss(x)
            if loss_callback is not None:
                loss_callback(*found)
            return value, gradient

        constraints = [ask([t, g]) for t, g in self._constraints]
        n = len(self._equalities)
        start = np.concatenate([np.ravel(x) for x in session.run(self._vars, feeds)])
        found = self._minimize(initial_val=start, loss_grad_func=loss_and_gradient, equality_funcs=constraints[:n], equality_grad_funcs=constraints[:n],
                               inequality_funcs=constraints[n:], inequality_grad_funcs=constraints[n:], packed_bounds=self._bounds,
                               step_callback=step_callback, optimizer_kwargs=self._options)  # fmt: skip
        session.run(self._updates, dict(zip(self._places, self._unpacked(found), strict=True)), **run_kwargs)

    def _unpacked(self, x: Any) -> list[Any]:
        ends = np.cumsum([int(np.prod(s)) for s in self._shapes])[:-1]
        return [part.reshape(s) for part, s in zip(np.split(np.asarray(x), ends), self._shapes, strict=True)]

    def _minimize(self, **_: Any) -> Any:
        raise NotImplementedError("To use ExternalOptimizerInterface, subclass from it and implement the _minimize() method.")


class ScipyOptimizerInterface(ExternalOptimizerInterface):
    """`scipy.optimize.minimize` over the variables: `method` ('L-BFGS-B'; 'SLSQP' where there are constraints) and `options`.

    >>> v = tf.Variable([7.0, 7.0])
    >>> optimizer = tf.contrib.opt.ScipyOptimizerInterface(tf.reduce_sum(v * v), options={"maxiter": 100})
    >>> sess.run(tf.global_variables_initializer())
    >>> optimizer.minimize(sess)
    >>> print(abs(v.eval()).max() < 1e-4)
    True
    """

    def _minimize(self, *, initial_val: Any, loss_grad_func: Any, equality_funcs: Any, inequality_funcs: Any, packed_bounds: Any,
                  step_callback: Any, optimizer_kwargs: Any, **_: Any) -> Any:  # fmt: skip
        try:
            import scipy.optimize
        except ImportError as error:
            raise ImportError("ScipyOptimizerInterface needs SciPy: pip install scipy") from error
        options = dict(optimizer_kwargs)
        method = options.pop("method", None) or ("SLSQP" if equality_funcs or inequality_funcs else "L-BFGS-B")

        def of(asked: Any, i: int) -> Any:
            return lambda x: np.asarray(asked(x)[i], np.float64)

        constraints = [{"type": kind, "fun": of(asked, 0), "jac": of(asked, 1)}
                       for kind, funcs in (("eq", equality_funcs), ("ineq", inequality_funcs)) for asked in funcs]  # fmt: skip

        def loss(x: Any) -> Any:
            value, gradient = loss_grad_func(x)
            return float(value), np.asarray(gradient, np.float64)

        found = scipy.optimize.minimize(loss, initial_val.astype(np.float64), method=method, jac=True, bounds=packed_bounds, callback=step_callback,
                                        constraints=constraints, **options)  # fmt: skip
        tf.logging.info("Optimization terminated with:\n  Message: %s\n  Objective function value: %f\n  Number of iterations: %d\n"
                        "  Number of functions evaluations: %d", found.message, found.fun, found.nit, found.nfev)  # fmt: skip
        return found.x
