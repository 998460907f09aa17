"""The numbers that every implementation of a workload starts from. Also read by Python 3.7, for TensorFlow 1.15."""

import numpy as np


def normal(seed, *shape):
    return (
        np.random.RandomState(seed).standard_normal(shape) * (2.0 / max(1, int(np.prod(shape[:-1])))) ** 0.5
    ).astype(np.float32)


def labels(n, classes=10):
    return np.random.RandomState(5).randint(0, classes, n).astype(np.int64)


MLP = [(784, 256), (256, 128), (128, 10)]
MLP_BATCH, CNN_BATCH, LSTM_BATCH, LSTM_STEPS, LSTM_IN, LSTM_UNITS = 128, 64, 128, 28, 28, 128
RATE = 0.01
ADAM = 1e-3


def mlp():
    x = np.random.RandomState(1).rand(MLP_BATCH, 784).astype(np.float32)
    return x, labels(MLP_BATCH), [normal(10 + i, *s) for i, s in enumerate(MLP)]


def cnn():
    x = np.random.RandomState(2).rand(CNN_BATCH, 28, 28, 1).astype(np.float32)
    shapes = [(5, 5, 1, 32), (5, 5, 32, 64), (7 * 7 * 64, 1024), (1024, 10)]
    return x, labels(CNN_BATCH), [normal(20 + i, *s) for i, s in enumerate(shapes)]


def lstm():
    x = np.random.RandomState(3).rand(LSTM_BATCH, LSTM_STEPS, LSTM_IN).astype(np.float32)
    return x, labels(LSTM_BATCH), normal(30, LSTM_IN + LSTM_UNITS, 4 * LSTM_UNITS), normal(31, LSTM_UNITS, 10)


NEURON_X = np.array([1, 2, 3, 4], np.float32)
NEURON_Y = np.array([0, -1, -2, -3], np.float32)
