"""The workloads as one would write them by hand in NumPy: fixed batch, buffers made once and written with `out=`."""

import numpy as np

from . import data

F = np.float32


def add():
    a, b = F(1), F(2)
    return lambda: a + b


def feed():
    two = F(2)
    return lambda: F(1.5) * two


def chain(n):
    lines = "\n".join(f"    y = y {'* a' if i % 2 else '+ b'}" for i in range(n))
    scope = {"a": F(0.99), "b": F(1), "F": F}
    exec(f"def step():\n    y = F(1.5)\n{lines}\n    return y", scope)  # noqa: S102
    return lambda: scope["step"]  # so that making it gives the step


def neuron():
    p = [F(0.3), F(-0.3)]
    x, y, rate, two = data.NEURON_X, data.NEURON_Y, F(0.01), F(2)

    def step():
        e = p[0] * x + p[1] - y
        loss = np.dot(e, e)
        e *= two
        p[0] = p[0] - rate * np.dot(e, x)
        p[1] = p[1] - rate * np.add.reduce(e)
        return loss

    return step


def _entropy(z, y, rows, n):
    """The loss; z becomes its gradient."""
    z -= z.max(1, keepdims=True)
    picked = z[rows, y]
    np.exp(z, out=z)
    s = z.sum(1, keepdims=True)
    loss = (np.log(s[:, 0]) - picked).mean()
    z /= s
    z[rows, y] -= F(1)
    z /= F(n)
    return loss


class _Sgd:
    def __init__(self, params):
        self.params, self.steps = params, [np.empty_like(p) for p in params]

    def __call__(self, grads):
        for p, g, s in zip(self.params, grads, self.steps, strict=False):
            np.multiply(g, F(data.RATE), out=s)
            p -= s


class _Adam:
    def __init__(self, params):
        self.params = params
        self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
        self.s, self.r = [np.empty_like(p) for p in params], [np.empty_like(p) for p in params]
        self.t = 0

    def __call__(self, grads):
        self.t += 1
        rate = F(data.ADAM * (1 - 0.999**self.t) ** 0.5 / (1 - 0.9**self.t))
        for p, g, m, v, s, r in zip(self.params, grads, self.m, self.v, self.s, self.r, strict=False):
            np.subtract(g, m, out=s)
            s *= F(0.1)
            m += s
            np.multiply(g, g, out=s)
            s -= v
            s *= F(0.001)
            v += s
            np.sqrt(v, out=s)
            s += F(1e-8)
            np.multiply(m, rate, out=r)
            r /= s
            p -= r


def mlp(optimizer):
    def make():
        x, y, ws = data.mlp()
        n, rows = len(x), np.arange(len(x))
        bs = [np.zeros(w.shape[1], F) for w in ws]
        hs = [np.empty((n, w.shape[1]), F) for w in ws]
        ds = [np.empty_like(h) for h in hs[:2]]
        ms = [np.empty(h.shape, bool) for h in hs[:2]]
        gws, gbs = [np.empty_like(w) for w in ws], [np.empty_like(b) for b in bs]
        update = optimizer(ws + bs)

        def step():
            h = x
            for i in range(3):
                np.matmul(h, ws[i], out=hs[i])
                hs[i] += bs[i]
                if i < 2:
                    np.maximum(hs[i], F(0), out=hs[i])
                h = hs[i]
            loss = _entropy(hs[2], y, rows, n)
            d = hs[2]
            for i in (2, 1, 0):
                np.matmul((hs[i - 1] if i else x).T, d, out=gws[i])
                np.add.reduce(d, 0, out=gbs[i])
                if i:
                    np.matmul(d, ws[i].T, out=ds[i - 1])
                    np.greater(hs[i - 1], F(0), out=ms[i - 1])
                    ds[i - 1] *= ms[i - 1]
                    d = ds[i - 1]
            update(gws + gbs)
            return loss

        return step

    return make


def _columns(x, out):
    """Windows 5x5 of the padded x as rows of `out`, (n, h, w, 25, c)."""
    n, h, w, _ = out.shape[:4]
    for i in range(5):
        for j in range(5):
            out[:, :, :, 5 * i + j] = x[:, i : i + h, j : j + w]


class _Conv:
    """A 5x5 convolution, relu and 2x2 pooling, forward and backward, by im2col."""

    def __init__(self, x_shape, w):
        n, s, _, c = x_shape
        k = w.shape[3]
        self.w, self.b, self.c = w.reshape(-1, k), np.zeros(k, F), c
        self.pad = np.zeros((n, s + 4, s + 4, c), F)
        self.cols = np.empty((n, s, s, 25, c), F)
        self.z = np.empty((n * s * s, k), F)
        self.gw, self.gb = np.empty_like(self.w), np.empty_like(self.b)
        self.shape = (n, s // 2, 2, s // 2, 2, k)

    def forward(self, x):
        s = self.cols.shape[1]
        self.pad[:, 2 : s + 2, 2 : s + 2] = x
        _columns(self.pad, self.cols)
        np.matmul(self.cols.reshape(-1, 25 * self.c), self.w, out=self.z)
        self.z += self.b
        np.maximum(self.z, F(0), out=self.z)
        six = self.z.reshape(self.shape)
        self.y = np.maximum(
            np.maximum(six[:, :, 0, :, 0], six[:, :, 0, :, 1]),
            np.maximum(six[:, :, 1, :, 0], six[:, :, 1, :, 1]),
        )
        return self.y

    def backward(self, dy, further):
        six = self.z.reshape(self.shape)
        d = np.zeros_like(six)
        taken = self.y <= 0
        for i in (0, 1):
            for j in (0, 1):
                hit = (six[:, :, i, :, j] == self.y) & ~taken
                taken |= hit
                np.multiply(dy, hit, out=d[:, :, i, :, j])
        d = d.reshape(self.z.shape)
        np.matmul(self.cols.reshape(-1, 25 * self.c).T, d, out=self.gw)
        np.add.reduce(d, 0, out=self.gb)
        if not further:
            return None
        back = np.matmul(d, self.w.T).reshape(self.cols.shape)
        dx = np.zeros_like(self.pad)
        s = self.cols.shape[1]
        for i in range(5):
            for j in range(5):
                dx[:, i : i + s, j : j + s] += back[:, :, :, 5 * i + j]
        return dx[:, 2 : s + 2, 2 : s + 2]


def cnn():
    x, y, weights = data.cnn()
    n, rows = len(x), np.arange(len(x))
    one, two = _Conv(x.shape, weights[0]), _Conv((n, 14, 14, 32), weights[1])
    w3, w4 = weights[2:]
    b3, b4 = np.zeros(1024, F), np.zeros(10, F)
    update = _Sgd([one.w, one.b, two.w, two.b, w3, b3, w4, b4])

    def step():
        h2 = two.forward(one.forward(x)).reshape(n, -1)
        h3 = np.maximum(h2 @ w3 + b3, F(0))
        z = h3 @ w4 + b4
        loss = _entropy(z, y, rows, n)
        d3 = z @ w4.T
        d3 *= h3 > 0
        d2 = (d3 @ w3.T).reshape(two.y.shape)
        one.backward(two.backward(d2, True), False)
        update([one.gw, one.gb, two.gw, two.gb, h2.T @ d3, d3.sum(0), h3.T @ z, z.sum(0)])
        return loss

    return step


def lstm():
    x, y, kernel, out = data.lstm()
    n, steps, u = len(x), data.LSTM_STEPS, data.LSTM_UNITS
    rows = np.arange(n)
    wx, wh, bias = kernel[: data.LSTM_IN], kernel[data.LSTM_IN :], np.zeros(4 * u, F)
    xt = np.ascontiguousarray(x.transpose(1, 0, 2))
    gates, hs, cs, tc = (np.zeros((steps + 1, n, k * u), F) for k in (4, 1, 1, 1))
    dz = np.empty((steps, n, 4 * u), F)
    update = _Sgd([wx, wh, bias, out])

    def sigmoid(a):
        a *= F(-1)
        np.exp(a, out=a)
        a += F(1)
        np.reciprocal(a, out=a)

    def step():
        np.matmul(xt.reshape(-1, data.LSTM_IN), wx, out=gates[:steps].reshape(-1, 4 * u))  # all steps at once
        for t in range(steps):
            g = gates[t]
            g += hs[t] @ wh
            g += bias
            g[:, 2 * u : 3 * u] += F(1)
            sigmoid(g[:, :u]), sigmoid(g[:, 2 * u :]), np.tanh(g[:, u : 2 * u], out=g[:, u : 2 * u])
            np.multiply(cs[t], g[:, 2 * u : 3 * u], out=cs[t + 1])
            cs[t + 1] += g[:, :u] * g[:, u : 2 * u]
            np.tanh(cs[t + 1], out=tc[t])
            np.multiply(tc[t], g[:, 3 * u :], out=hs[t + 1])
        z = hs[steps] @ out
        loss = _entropy(z, y, rows, n)
        dh, dc = z @ out.T, np.zeros((n, u), F)
        for t in reversed(range(steps)):
            i, j, f, o = (gates[t][:, k * u : (k + 1) * u] for k in range(4))
            dc += dh * o * (1 - tc[t] * tc[t])
            d = dz[t]
            d[:, :u] = dc * j * i * (1 - i)
            d[:, u : 2 * u] = dc * i * (1 - j * j)
            d[:, 2 * u : 3 * u] = dc * cs[t] * f * (1 - f)
            d[:, 3 * u :] = dh * tc[t] * o * (1 - o)
            dh = d @ wh.T
            dc = dc * f
        flat = dz.reshape(-1, 4 * u)
        update(
            [
                xt.reshape(-1, data.LSTM_IN).T @ flat,
                hs[:steps].reshape(-1, u).T @ flat,
                flat.sum(0),
                hs[steps].T @ z,
            ]
        )
        return loss

    return step


def works():
    return {
        "add": add, "feed": feed, "ops10": chain(10), "ops100": chain(100), "ops1000": chain(1000), "neuron": neuron,
        "mlp_sgd": mlp(_Sgd), "mlp_adam": mlp(_Adam), "cnn": cnn, "lstm": lstm,
    }  # fmt: skip
