"""tf.keras.wrappers: a Keras model with the methods that scikit-learn's tools ask for."""

from __future__ import annotations

import copy
import types
from typing import Any

import numpy as np

from tfnb.keras.base import takes
from tfnb.keras.utils import to_categorical

__all__ = ["scikit_learn"]


class BaseWrapper:
    """A function that builds a compiled model, and the arguments for it and for `fit`."""

    def __init__(self, build_fn: Any = None, **sk_params: Any) -> None:
        self.build_fn, self.sk_params = build_fn, sk_params

    def get_params(self, **_: Any) -> dict[str, Any]:
        return copy.deepcopy(self.sk_params) | {"build_fn": self.build_fn}

    def set_params(self, **params: Any) -> Any:
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params.update(params)
        return self

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Builds the model and fits it; the History."""
        function = self.build_fn or self.__call__  # type: ignore[operator]
        self.model = function(**{k: v for k, v in self.sk_params.items() if takes(function, k)})
        if "categorical_crossentropy" == self.model.loss and np.ndim(y) != 2:
            y = to_categorical(y)
        return self.model.fit(x, y, **self._of("fit"), **kwargs)

    def _of(self, method: str) -> dict[str, Any]:
        """The arguments that a method of the model takes."""
        return {k: v for k, v in self.sk_params.items() if takes(getattr(self.model, method), k)}


class KerasClassifier(BaseWrapper):
    """A model that names classes.

    >>> def build():
    ...     model = tf.keras.Sequential([tf.keras.layers.Dense(2, "softmax", input_shape=(1,))])
    ...     model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    ...     return model
    >>> found = tf.keras.wrappers.scikit_learn.KerasClassifier(build, epochs=1, verbose=0)
    >>> history = found.fit(np.array([[0.0], [1.0]]), np.array([0, 1]))
    >>> found.predict(np.array([[0.0]])).shape
    (1,)
    """

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        y = np.array(y)
        self.classes_ = np.arange(y.shape[1]) if y.ndim == 2 and y.shape[1] > 1 else np.unique(y)
        return super().fit(x, y if y.ndim == 2 and y.shape[1] > 1 else np.searchsorted(self.classes_, y), **kwargs)

    def predict_proba(self, x: Any, **kwargs: Any) -> Any:
        p = self.model.predict(x, **kwargs)
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p

    def predict(self, x: Any, **kwargs: Any) -> Any:
        return self.classes_[self.predict_proba(x, **kwargs).argmax(-1)]

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        y = np.array(y)
        return float(np.mean(self.predict(x) == (y.argmax(-1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel())))


class KerasRegressor(BaseWrapper):
    """A model that gives numbers.

    >>> def build():
    ...     model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,))])
    ...     model.compile("adam", "mse")
    ...     return model
    >>> found = tf.keras.wrappers.scikit_learn.KerasRegressor(build, epochs=1, verbose=0)
    >>> history = found.fit(np.array([[0.0], [1.0]]), np.array([0.0, 1.0]))
    >>> found.predict(np.array([[0.0], [1.0]])).shape
    (2,)
    """

    def predict(self, x: Any, **kwargs: Any) -> Any:
        return np.squeeze(self.model.predict(x, **kwargs), axis=-1)

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        loss = self.model.evaluate(x, y, verbose=0, **kwargs)
        return -float(loss[0] if isinstance(loss, list) else loss)


scikit_learn = types.ModuleType("tfnb.keras.wrappers.scikit_learn", "Models with scikit-learn's methods.")
scikit_learn.KerasClassifier, scikit_learn.KerasRegressor = KerasClassifier, KerasRegressor  # type: ignore[attr-defined]
