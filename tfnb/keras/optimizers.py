"""Keras's optimizers: a rule of one step each, (gradient, variable, slots) -> new values; the base does the rest.

    optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)
    optimizer.apply_gradients(zip(gradients, variables))
    tf.keras.backend.set_value(optimizer.lr, 0.001)

Hyperparameters are variables once a step has been built, so that callbacks can change them.
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Tensor, get_default_graph
from tfnb.keras import named, session
from tfnb.keras.optimizer import Optimizer
from tfnb.ops.compare import maximum
from tfnb.ops.elementwise import cast
from tfnb.ops.parts import abs as absolute
from tfnb.ops.parts import sign
from tfnb.ops.powers import pow as power
from tfnb.ops.powers import sqrt, square
from tfnb.variables import Variable

__all__ = ["Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "Optimizer", "RMSprop", "SGD", "TFOptimizer", "deserialize", "get", "serialize"]


class SGD(Optimizer):
    """w -= rate g; with momentum, v = momentum v - rate g and w += v.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile(tf.keras.optimizers.SGD(0.01), "mse")
    >>> history = model.fit(np.ones([4, 2]), np.ones([4, 1]), verbose=0)
    >>> print(list(history.history))
    ['loss']
    """

    def __init__(self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, name: str = "SGD", **more: Any) -> None:
        super().__init__(name, learning_rate=learning_rate, momentum=momentum, **more)
        self.nesterov, self._moves = nesterov, not (isinstance(momentum, (int, float)) and momentum == 0)

    def _slot_order(self) -> tuple[str, ...]:
        return ("momentum",) if self._moves else ()

    def rule(self, g: Any, w: Any, rate: Any, n: Any, t: Any, *slots: Any) -> tuple[Any, ...]:
        if not slots:
            return (w - rate * g,)
        v = n("momentum") * slots[0] - rate * g
        return w + (n("momentum") * v - rate * g if self.nesterov else v), v


class RMSprop(Optimizer):
    """g divided by the root of the running mean of g^2. Tieleman and Hinton, Lecture 6.5 (2012).

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile(tf.keras.optimizers.RMSprop(0.01), "mse")
    >>> history = model.fit(np.ones([4, 2]), np.ones([4, 1]), verbose=0)
    >>> print(list(history.history))
    ['loss']
    """

    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7, centered: bool = False,
                 name: str = "RMSprop", **more: Any) -> None:  # fmt: skip
        super().__init__(name, learning_rate=learning_rate, rho=rho, momentum=momentum, **more)
        self.epsilon, self.centered, self._moves = epsilon, centered, bool(momentum)

    def _slot_order(self) -> tuple[str, ...]:
        return ("rms", *(("momentum",) if self._moves else ()), *(("mg",) if self.centered else ()))

    def rule(self, g: Any, w: Any, rate: Any, n: Any, t: Any, *slots: Any) -> tuple[Any, ...]:
        kept = dict(zip(self._slot_order(), slots, strict=True))
        rho = n("rho")
        new = {"rms": rho * kept["rms"] + (1.0 - rho) * square(g)}
        spread = new["rms"]
        if self.centered:
            new["mg"] = rho * kept["mg"] + (1.0 - rho) * g
            spread = spread - square(new["mg"])
        if self._moves:
            new["momentum"] = n("momentum") * kept["momentum"] + rate * g / sqrt(spread + self.epsilon)
            step = new["momentum"]
        else:
            step = rate * g / (sqrt(spread) + self.epsilon)
        return (w - step, *(new[k] for k in self._slot_order()))


class Adagrad(Optimizer):
    """g divided by the root of the sum of all g^2. Duchi, Hazan and Singer (2011).

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile(tf.keras.optimizers.Adagrad(0.01), "mse")
    >>> history = model.fit(np.ones([4, 2]), np.ones([4, 1]), verbose=0)
    >>> print(list(history.history))
    ['loss']
    """

    slots = ("accumulator",)

    def __init__(self, learning_rate: Any = 0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7, name: str = "Adagrad", **more: Any) -> None:
        if initial_accumulator_value < 0.0:
            raise ValueError(f"initial_accumulator_value must be non-negative: {initial_accumulator_value}")
        super().__init__(name, learning_rate=learning_rate, **more)
        self._first, self.epsilon = initial_accumulator_value, epsilon

    def start_of(self, slot: str) -> float:
        return self._first

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        return super().from_config({"initial_accumulator_value": 0.0, **config})  # so in Keras: "adagrad" begins at zero

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"initial_accumulator_value": self._first}

    def rule(self, g: Any, w: Any, rate: Any, n: Any, t: Any, *slots: Any) -> tuple[Any, ...]:
        total = slots[0] + square(g)
        return w - rate * g / (sqrt(total) + self.epsilon), total


class Adadelta(Optimizer):
    """Steps as large as recent steps, by recent gradients. Zeiler (2012).

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile(tf.keras.optimizers.Adadelta(0.01), "mse")
    >>> history = model.fit(np.ones([4, 2]), np.ones([4, 1]), verbose=0)
    >>> print(list(history.history))
    ['loss']
    """

    slots = ("accum_grad", "accum_var")

    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, name: str = "Adadelta", **more: Any) -> None:
        super().__init__(name, learning_rate=learning_rate, rho=rho, **more)
        self.epsilon = epsilon

    def rule(self, g: Any, w: Any, rate: Any, n: Any, t: Any, *slots: Any) -> tuple[Any, ...]:
        rho = n("rho")
        grads = rho * slots[0] + (1.0 - rho) * square(g)
        step = g * sqrt(slots[1] + self.epsilon) / sqrt(grads + self.epsilon)
        return w - rate * step, grads, rho * slots[1] + (1.0 - rho) * square(step)


class Adam(Optimizer):
    """By the running means of g and g^2, corrected for their start at zero. Kingma and Ba (2014).

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile(tf.keras.optimizers.Adam(0.01), "mse")
    >>> history = model.fit(np.ones([4, 2]), np.ones([4, 1]), verbose=0)
    >>> print(list(history.history))
    ['loss']
    """

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, amsgrad: bool = False,
                 name: str = "Adam", **more: Any) -> None:  # fmt: skip
        super().__init__(name, learning_rate=learning_rate, beta_1=beta_1, beta_2=beta_2, **more)
        self.epsilon, self.amsgrad = epsilon or 1e-7, amsgrad

    def _slot_order(self) -> tuple[str, ...]:
        return ("m", "v", "vhat") if self.amsgrad else ("m", "v")

    def rule(self, g: Any, w: Any, rate: Any, n: Any, t: Any, *slots: Any) -> tuple[Any, ...]:
        b1, b2 = n("beta_1"), n("beta_2")
        m = b1 * slots[0] + (1.0 - b1) * g
        v = b2 * slots[1] + (1.0 - b2) * square(g)
        rate = rate * sqrt(1.0 - power(b2, t)) / (1.0 - power(b1, t))
        if not self.amsgrad:
            return w - rate * m / (sqrt(v) + self.epsilon), m, v
        top = maximum(slots[2], v)
        return w - rate * m / (sqrt(top) + self.epsilon), m, v, top


class Adamax(Optimizer):
    """Adam with the largest recent |g| in place of the root. Kingma and Ba (2014), section 7.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile(tf.keras.optimizers.Adamax(0.01), "mse")
    >>> history = model.fit(np.ones([4, 2]), np.ones([4, 1]), verbose=0)
    >>> print(list(history.history))
    ['loss']
    """

    slots = ("m", "v")

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, name: str = "Adamax",
                 **more: Any) -> None:  # fmt: skip
        super().__init__(name, learning_rate=learning_rate, beta_1=beta_1, beta_2=beta_2, **more)
        self.epsilon = epsilon

    def rule(self, g: Any, w: Any, rate: Any, n: Any, t: Any, *slots: Any) -> tuple[Any, ...]:
        b1 = n("beta_1")
        m = b1 * slots[0] + (1.0 - b1) * g
        v = maximum(n("beta_2") * slots[1], absolute(g))
        return w - rate / (1.0 - power(b1, t)) * m / (v + self.epsilon), m, v


class Nadam(Optimizer):
    """Adam that looks ahead as Nesterov's momentum does. Dozat (2015).

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile(tf.keras.optimizers.Nadam(0.01), "mse")
    >>> history = model.fit(np.ones([4, 2]), np.ones([4, 1]), verbose=0)
    >>> print(list(history.history))
    ['loss']
    """

    slots = ("m", "v")

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7, name: str = "Nadam",
                 **more: Any) -> None:  # fmt: skip
        more["decay"] = more.pop("schedule_decay", more.get("decay", 0.004)) or 0.004
        super().__init__(name, learning_rate=learning_rate, beta_1=beta_1, beta_2=beta_2, **more)
        self.epsilon, self._cache = epsilon, None

    def _rate(self, dtype: Any) -> Tensor:
        return self._number("learning_rate", dtype)

    def _begin(self, dtype: Any) -> list[Any]:
        if self._cache is None:
            with get_default_graph().control_dependencies(None):
                self._cache = session.make_variable("momentum_cache", 1.0, "float32", trainable=False)
                self._made.append(self._cache)
        t = cast(self.iterations, dtype) + 1.0
        now, ahead = (self._number("beta_1", dtype) * (1.0 - 0.5 * power(0.96, self._decay * k)) for k in (t, t + 1.0))
        product = self._cache.value() * now
        self._momentum = now, ahead, product, product * ahead
        return [self._cache.assign(product)]

    def rule(self, g: Any, w: Any, rate: Any, n: Any, t: Any, *slots: Any) -> tuple[Any, ...]:
        now, ahead, product, next_product = self._momentum
        b1, b2 = n("beta_1"), n("beta_2")
        m = b1 * slots[0] + (1.0 - b1) * g
        v = b2 * slots[1] + (1.0 - b2) * square(g)
        mean = (1.0 - now) * g / (1.0 - product) + ahead * m / (1.0 - next_product)
        return w - rate * mean / (sqrt(v / (1.0 - power(b2, t))) + self.epsilon), m, v


class Ftrl(Optimizer):
    """Follow the regularized leader, with l1 and l2. McMahan et al. (2013).

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=[2])])
    >>> model.compile(tf.keras.optimizers.Ftrl(0.01), "mse")
    >>> history = model.fit(np.ones([4, 2]), np.ones([4, 1]), verbose=0)
    >>> print(list(history.history))
    ['loss']
    """

    slots = ("accumulator", "linear")

    def __init__(self, learning_rate: Any = 0.001, learning_rate_power: float = -0.5, initial_accumulator_value: float = 0.1,
                 l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0, name: str = "Ftrl",
                 l2_shrinkage_regularization_strength: float = 0.0, **more: Any) -> None:  # fmt: skip
        super().__init__(name, learning_rate=learning_rate, learning_rate_power=learning_rate_power, l1_regularization_strength=l1_regularization_strength,
                         l2_regularization_strength=l2_regularization_strength, **more)  # fmt: skip
        self._first, self._shrinkage = initial_accumulator_value, l2_shrinkage_regularization_strength

    def start_of(self, slot: str) -> float:
        return self._first if slot == "accumulator" else 0.0

    def rule(self, g: Any, w: Any, rate: Any, n: Any, t: Any, *slots: Any) -> tuple[Any, ...]:
        accumulator, linear = slots
        l1, l2, p = n("l1_regularization_strength"), n("l2_regularization_strength"), n("learning_rate_power")
        total = accumulator + square(g)
        shrunk = g + 2.0 * self._shrinkage * w
        linear = linear + shrunk - (power(total, -p) - power(accumulator, -p)) / rate * w
        quadratic = power(total, -p) / rate + 2.0 * l2
        over = cast(absolute(linear) > l1, w.dtype)
        return over * (sign(linear) * l1 - linear) / quadratic, total, linear


class TFOptimizer(Optimizer):
    """An optimizer of tf.train, used by a Keras model."""

    def __init__(self, optimizer: Any, iterations: Any = None) -> None:
        super().__init__(type(optimizer).__name__)
        self.optimizer = optimizer

    def _children(self) -> list[tuple[str, Any]]:
        return [("optimizer", self.optimizer)]

    def get_gradients(self, loss: Any, params: Any) -> list[Any]:
        return [g for g, _ in self.optimizer.compute_gradients(loss, params)]

    def apply_gradients(self, grads_and_vars: Any, name: str | None = None) -> Any:
        from tfnb.train.steps import get_global_step

        return self.optimizer.apply_gradients(list(grads_and_vars), global_step=get_global_step())

    @property
    def weights(self) -> list[Variable]:
        return self.optimizer.variables()  # type: ignore[no-any-return]

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError


TABLE = {c.__name__: c for c in (SGD, RMSprop, Adagrad, Adadelta, Adam, Adamax, Nadam, Ftrl)}
TABLE |= {k.lower(): v for k, v in TABLE.items()}


def get(identifier: Any) -> Any:
    """The optimizer of a name (in any case of letters), a configuration, or itself; those of tf.train are wrapped.

    Raises ValueError for what is none of these.

    >>> config = tf.keras.optimizers.serialize(tf.keras.optimizers.SGD(0.1))
    >>> print(type(tf.keras.optimizers.deserialize(config)).__name__)
    SGD
    """
    from tfnb.train.optimizers import Optimizer as Plain

    if isinstance(identifier, Plain):
        return TFOptimizer(identifier)
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        return named.get(identifier, TABLE, "optimizer")
    found = TABLE.get(identifier.lower()) if isinstance(identifier, str) else None
    if found is None:
        raise ValueError("Could not interpret optimizer identifier:", identifier)
    return found.from_config({})


deserialize, serialize = get, named.serialize


def __getattr__(name: str) -> Any:
    if name == "schedules":
        from tfnb.keras import schedules

        return schedules
    from tfnb.coverage import absent

    raise absent("tf.keras.optimizers", name)
