"""The workloads in eager PyTorch."""

import torch
import torch.nn.functional as F

from . import data


def _training(parameters, optimizer, loss):
    def step():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        return value.item()

    return step


def _sgd(p):
    return torch.optim.SGD(p, data.RATE)


def _tensors(arrays):
    return [torch.tensor(a, requires_grad=True) for a in arrays]


def add():
    a, b = torch.tensor(1.0), torch.tensor(2.0)
    return lambda: a + b


def feed():
    return lambda: torch.tensor(1.5) * 2.0


def chain(n):
    def make():
        def step():
            y = torch.tensor(1.5)
            for i in range(n):
                y = y * 0.99 if i % 2 else y + 1.0
            return y

        return step

    return make


def neuron():
    w, b = torch.tensor(0.3, requires_grad=True), torch.tensor(-0.3, requires_grad=True)
    x, y = torch.tensor(data.NEURON_X), torch.tensor(data.NEURON_Y)
    return _training([w, b], torch.optim.SGD([w, b], 0.01), lambda: ((w * x + b - y) ** 2).sum())


def mlp(optimizer):
    def make():
        x, y, weights = data.mlp()
        x, y, ws = torch.tensor(x), torch.tensor(y), _tensors(weights)
        bs = [torch.zeros(w.shape[1], requires_grad=True) for w in ws]

        def loss():
            h = x
            for i, (w, b) in enumerate(zip(ws, bs, strict=False)):
                h = h @ w + b
                h = F.relu(h) if i < 2 else h
            return F.cross_entropy(h, y)

        return _training(ws + bs, optimizer(ws + bs), loss)

    return make


def cnn():
    x, y, weights = data.cnn()
    x, y = torch.tensor(x).permute(0, 3, 1, 2).contiguous(), torch.tensor(y)
    kernels = _tensors([w.transpose(3, 2, 0, 1).copy() for w in weights[:2]])
    first = weights[2].reshape(7, 7, 64, 1024).transpose(2, 0, 1, 3).reshape(-1, 1024).copy()
    ws = _tensors([first, weights[3]])
    bs = [torch.zeros(n, requires_grad=True) for n in (32, 64, 1024, 10)]

    def loss():
        h = x
        for k, b in zip(kernels, bs, strict=False):
            h = F.max_pool2d(F.relu(F.conv2d(h, k, b, padding=2)), 2)
        h = F.relu(h.flatten(1) @ ws[0] + bs[2])
        return F.cross_entropy(h @ ws[1] + bs[3], y)

    return _training(None, _sgd(kernels + ws + bs), loss)


def lstm():
    x, y, kernel, out = data.lstm()
    x, y = torch.tensor(x), torch.tensor(y)
    kernel, out, bias = *_tensors([kernel, out]), torch.zeros(4 * data.LSTM_UNITS, requires_grad=True)

    def loss():
        h = c = torch.zeros(data.LSTM_BATCH, data.LSTM_UNITS)
        for xt in x.unbind(1):
            i, j, f, o = (torch.cat([xt, h], 1) @ kernel + bias).chunk(4, 1)
            c = c * torch.sigmoid(f + 1.0) + torch.sigmoid(i) * torch.tanh(j)
            h = torch.tanh(c) * torch.sigmoid(o)
        return F.cross_entropy(h @ out, y)

    return _training(None, _sgd([kernel, out, bias]), loss)


def works():
    return {
        "add": add, "feed": feed, "ops10": chain(10), "ops100": chain(100), "ops1000": chain(1000), "neuron": neuron, "mlp_sgd": mlp(_sgd),
        "mlp_adam": mlp(lambda p: torch.optim.Adam(p, data.ADAM)), "cnn": cnn, "lstm": lstm,
    }  # fmt: skip
