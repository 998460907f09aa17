"""The workloads in JAX: one jitted step each, parameters donated."""

import jax
import jax.numpy as jnp
import numpy as np

from . import data


def _entropy(logits, y):
    return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(len(y)), y])


def _training(loss, params, *batch, adam=False):
    def sgd(params, state, *batch):
        value, g = jax.value_and_grad(loss)(params, *batch)
        return jax.tree.map(lambda p, d: p - data.RATE * d, params, g), state, value

    def with_adam(params, state, *batch):
        m, v, t = state
        value, g = jax.value_and_grad(loss)(params, *batch)
        t = t + 1
        m = jax.tree.map(lambda m, d: m + (d - m) * 0.1, m, g)
        v = jax.tree.map(lambda v, d: v + (d * d - v) * 0.001, v, g)
        rate = data.ADAM * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        return (
            jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), params, m, v),
            (m, v, t),
            value,
        )

    step = jax.jit(with_adam if adam else sgd, donate_argnums=(0, 1))
    zeros = jax.tree.map(jnp.zeros_like, params)
    kept = [
        jax.device_put(params),
        (zeros, jax.tree.map(jnp.zeros_like, params), jnp.float32(0)) if adam else (),
    ]

    def run():
        kept[0], kept[1], value = step(kept[0], kept[1], *batch)
        return float(value)

    return run


def add():
    f = jax.jit(lambda a, b: a + b)
    a, b = jnp.float32(1), jnp.float32(2)
    return lambda: np.asarray(f(a, b))


def feed():
    f = jax.jit(lambda x: x * 2)
    return lambda: np.asarray(f(np.float32(1.5)))


def chain(n):
    def make():
        def step(y):
            for i in range(n):
                y = y * 0.99 if i % 2 else y + 1.0
            return y

        f = jax.jit(step)
        return lambda: np.asarray(f(np.float32(1.5)))

    return make


def neuron():
    def loss(p, x, y):
        return jnp.sum((p[0] * x + p[1] - y) ** 2)

    return _training(loss, (jnp.float32(0.3), jnp.float32(-0.3)), data.NEURON_X, data.NEURON_Y)


def mlp(adam):
    def make():
        x, y, weights = data.mlp()

        def loss(p, x, y):
            h = x
            for i, (w, b) in enumerate(p):
                h = h @ w + b
                h = jax.nn.relu(h) if i < 2 else h
            return _entropy(h, y)

        return _training(loss, [(w, np.zeros(w.shape[1], np.float32)) for w in weights], x, y, adam=adam)

    return make


def cnn():
    x, y, weights = data.cnn()

    def loss(p, x, y):
        h = x
        for w, b in p[:2]:
            h = jax.lax.conv_general_dilated(h, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            h = jax.nn.relu(h + b)
            n, s, _, c = h.shape
            h = h.reshape(n, s // 2, 2, s // 2, 2, c).max(
                (2, 4)
            )  # XLA does far better so than by reduce_window
        h = h.reshape(len(x), -1)
        h = jax.nn.relu(h @ p[2][0] + p[2][1])
        return _entropy(h @ p[3][0] + p[3][1], y)

    return _training(loss, [(w, np.zeros(w.shape[-1], np.float32)) for w in weights], x, y)


def lstm():
    x, y, kernel, out = data.lstm()

    def loss(p, x, y):
        kernel, bias, out = p
        h = c = jnp.zeros((data.LSTM_BATCH, data.LSTM_UNITS))
        for t in range(data.LSTM_STEPS):
            i, j, f, o = jnp.split(jnp.concatenate([x[:, t], h], 1) @ kernel + bias, 4, 1)
            c = c * jax.nn.sigmoid(f + 1.0) + jax.nn.sigmoid(i) * jnp.tanh(j)
            h = jnp.tanh(c) * jax.nn.sigmoid(o)
        return _entropy(h @ out, y)

    return _training(loss, (kernel, np.zeros(4 * data.LSTM_UNITS, np.float32), out), x, y)


def works():
    return {
        "add": add, "feed": feed, "ops10": chain(10), "ops100": chain(100), "ops1000": chain(1000), "neuron": neuron, "mlp_sgd": mlp(False),
        "mlp_adam": mlp(True), "cnn": cnn, "lstm": lstm,
    }  # fmt: skip
