"""The base of Keras's optimizers: what is the same for every rule of a step.

A rule takes the gradient, the variable and its slots, and gives their new values; here gradients are clipped, slots and
hyperparameters become variables, and the values are assigned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core.graph import Tensor, get_default_graph
from tfnb.core.op import convert_to_tensor
from tfnb.core.scopes import name_scope
from tfnb.core.slices import IndexedSlices
from tfnb.core.tracking import grown
from tfnb.keras import named, session
from tfnb.ops import filling
from tfnb.ops.clip import clip_by_norm
from tfnb.ops.compare import clip_by_value
from tfnb.ops.elementwise import cast
from tfnb.ops.sources import group
from tfnb.variables import Variable

__all__ = ["Optimizer"]


class Optimizer:
    """The base: `slots` names what is kept beside each variable, `rule` is one step.

    >>> v = tf.Variable(3.0)
    >>> step = tf.keras.optimizers.SGD(0.1).apply_gradients([(tf.constant(2.0), v)])
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(step)
    >>> print(v.eval())
    2.8
    """

    slots: tuple[str, ...] = ()

    def __init__(self, name: str, **hyper: Any) -> None:
        self.__dict__["_hyper"] = {}
        self._name, self._slots, self._made = name, {}, []
        self._iterations: Variable | None = None
        self.clipnorm, self.clipvalue = hyper.pop("clipnorm", None), hyper.pop("clipvalue", None)
        rate = hyper.pop("lr", None)
        if rate is not None:
            hyper["learning_rate"] = rate
        decay = hyper.pop("decay", 0.0)
        if decay is not None and decay < 0.0:
            raise ValueError(f"decay cannot be less than 0: {decay}")
        self._decay = decay or 0.0
        self._given = dict(hyper, decay=decay)
        self.__dict__["_hyper"] = dict(hyper, decay=decay)

    # -- numbers that can be changed -------------------------------------------------------------------------
    def __getattr__(self, name: str) -> Any:
        name = "learning_rate" if name == "lr" else name
        if name != "_hyper" and name in self.__dict__.get("_hyper", {}):
            return self._hyper[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        name = "learning_rate" if name == "lr" else name
        if name not in self.__dict__.get("_hyper", {}):
            self.__dict__[name] = value
        elif isinstance(self._hyper[name], Variable) and not callable(value):
            session.set_value(self._hyper[name], value)
        else:
            self._hyper[name] = value

    def _make_hyper(self) -> None:
        for name, value in self._hyper.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                self._hyper[name] = session.make_variable(name, float(value), "float32", trainable=False)

    def _number(self, name: str, dtype: Any) -> Tensor:
        value = self._hyper[name]
        return cast(value() if callable(value) and not isinstance(value, (Tensor, Variable)) else value, dtype)  # type: ignore[no-any-return]

    def _rate(self, dtype: Any) -> Tensor:
        """The learning rate of this step."""
        from tfnb.keras.schedules import LearningRateSchedule

        step = cast(self.iterations, dtype)
        rate = self._hyper["learning_rate"]
        rate = cast(rate(step), dtype) if isinstance(rate, LearningRateSchedule) else self._number("learning_rate", dtype)
        return rate / (1.0 + self._number("decay", dtype) * step) if self._decay else rate

    @property
    def iterations(self) -> Variable:
        """How many steps have been made."""
        if self._iterations is None:
            self._iterations = session.make_variable("iter", lambda: convert_to_tensor(0, "int64"), "int64", trainable=False)
            self._made.insert(0, self._iterations)
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Variable) -> None:
        self._iterations = variable

    # -- a step ----------------------------------------------------------------------------------------------
    def rule(self, g: Tensor, w: Tensor, rate: Tensor, n: Callable[[str], Tensor], t: Tensor, *slots: Tensor) -> tuple[Any, ...]:
        """The variable and the slots after step t, from the gradient; `n` gives a hyperparameter."""
        raise NotImplementedError

    def minimize(self, loss: Any, var_list: Any, grad_loss: Any = None, name: str | None = None) -> Any:
        """Makes `loss`, a function of no arguments, smaller by one step on `var_list`."""
        if get_default_graph().eager:
            from tfnb.engine.tape import GradientTape

            with GradientTape() as tape:
                y = loss()
            found = var_list() if callable(var_list) else list(var_list)
            return self.apply_gradients(zip(tape.gradient(y, found, grad_loss), found, strict=True), name)
        y = loss() if callable(loss) and not isinstance(loss, Tensor) else loss
        found = var_list() if callable(var_list) else list(var_list)
        return self.apply_gradients(zip(self.get_gradients(y, found), found, strict=True), name)

    def get_gradients(self, loss: Any, params: Any) -> list[Any]:
        """The gradients of the loss, made shorter where the optimizer was told to. Raises ValueError where one is None."""
        from tfnb.gradients import gradients

        found = gradients(loss, list(params))
        if any(g is None for g in found):
            missing = [v.name for g, v in zip(found, params, strict=True) if g is None]
            raise ValueError(f"Variable {missing[0]} has `None` for gradient. Please make sure that all of your ops have a gradient defined (i.e. are "
                             "differentiable). Common ops without gradient: K.argmax, K.round, K.eval.")  # fmt: skip
        return [self._clipped(g) for g in found]

    def _clipped(self, g: Any) -> Any:
        if self.clipnorm is not None:
            g = clip_by_norm(g, self.clipnorm)
        return g if self.clipvalue is None else clip_by_value(g, -self.clipvalue, self.clipvalue)

    def get_updates(self, loss: Any, params: Any) -> list[Any]:
        """One op that makes a step."""
        return [self.apply_gradients(zip(self.get_gradients(loss, params), params, strict=True))]

    def apply_gradients(self, grads_and_vars: Any, name: str | None = None) -> Any:
        """Changes each variable by its gradient. Raises ValueError where no variable has one."""
        pairs = [(g, v) for g, v in grads_and_vars if g is not None]
        if not pairs:
            raise ValueError("No gradients provided for any variable.")
        with name_scope(self._name):
            with get_default_graph().control_dependencies(None):
                t = self.iterations
                self._make_hyper()
                self._make_slots([v for _, v in pairs])
                grown()
            before = self._begin(pairs[0][1].dtype.base_dtype)
            done = [*before, *(op for g, v in pairs for op in self._one(g, v))]
            if t.graph.eager:
                return t.assign_add(1)
            with get_default_graph().control_dependencies(session.ops_of(done)):
                return group(t.assign_add(1).op, name=name)

    def _children(self) -> list[tuple[str, Any]]:
        counted = [] if self._iterations is None else [("iter", self._iterations)]
        return counted + sorted((k, v) for k, v in self._hyper.items() if isinstance(v, Variable))

    def _begin(self, dtype: Any) -> list[Any]:
        """What is to be done once in a step, before the variables."""
        return []

    def _one(self, g: Any, v: Variable) -> list[Any]:
        """The assignments of one variable's step."""
        if isinstance(g, IndexedSlices):
            g = g.to_tensor() if hasattr(g, "to_tensor") else convert_to_tensor(g)
        dtype = v.dtype.base_dtype
        kept = [self._slots[name][v] for name in self._slot_order()]
        with name_scope("update_" + v.op.name):
            t = cast(self.iterations, dtype) + 1.0
            new, *changed = self.rule(g, v.value(), self._rate(dtype), lambda name: self._number(name, dtype), t, *(s.value() for s in kept))
            if v.constraint is not None:
                new = v.constraint(new)
            return [s.assign(c) for s, c in zip(kept, changed, strict=True)] + [v.assign(new)]

    def _slot_order(self) -> tuple[str, ...]:
        return self.slots

    def _make_slots(self, variables: list[Variable]) -> None:
        for name in self._slot_order():
            for v in variables:
                self.add_slot(v, name)

    def add_slot(self, var: Variable, slot_name: str, initializer: Any = None) -> Variable:
        """The variable `slot_name` beside `var`, made if it is not there."""
        kept = self._slots.setdefault(slot_name, {})
        if var not in kept:
            first = self.start_of(slot_name)
            kept[var] = session.make_variable(
                f"{var.op.name}/{slot_name}", lambda: filling.fill(var.shape.as_list(), convert_to_tensor(first, var.dtype.base_dtype)), None, trainable=False
            )
            self._made.append(kept[var])
        return kept[var]  # type: ignore[no-any-return]

    def start_of(self, slot: str) -> float:
        """What a slot begins with."""
        return 0.0

    def get_slot(self, var: Variable, slot_name: str) -> Variable:
        return self._slots[slot_name][var]  # type: ignore[no-any-return]

    def get_slot_names(self) -> list[str]:
        return list(self._slots)

    # -- as data ---------------------------------------------------------------------------------------------
    @property
    def weights(self) -> list[Variable]:
        return list(self._made)

    def variables(self) -> list[Variable]:
        """All variables that the optimizer made for its steps."""
        return list(self._made)

    def get_weights(self) -> list[Any]:
        return session.batch_get_value(self.weights)

    def set_weights(self, weights: Any) -> None:
        session.batch_set_value(zip(self.weights, weights, strict=True))

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same optimizer of."""
        numbers = {k: float(session.get_value(v)) if isinstance(v, Variable) else named.serialize(v) if hasattr(v, "get_config") else v
                   for k, v in self._hyper.items()}  # fmt: skip
        config = {"name": self._name} | numbers | {k: getattr(self, k) for k in ("epsilon", "amsgrad", "nesterov", "centered") if k in self.__dict__}
        return config | {k: v for k, v in (("clipnorm", self.clipnorm), ("clipvalue", self.clipvalue)) if v is not None}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        from tfnb.keras import schedules

        config = dict(config)
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = schedules.deserialize(config["learning_rate"])
        return cls(**config)
