"""tf.keras: models of layers that are compiled, fitted and asked. A part is loaded when it is asked for."""

from tfnb.lazy import lazy

_PARTS = ("activations", "backend", "callbacks", "constraints", "datasets", "estimator", "initializers", "layers", "losses", "metrics", "models",
          "optimizers", "preprocessing", "regularizers", "utils", "wrappers")  # fmt: skip

__version__ = "2.2.4-tf"
__all__ = ["Input", "Model", "Sequential", "activations", "backend", "callbacks", "constraints", "datasets", "estimator", "initializers",
           "layers", "losses", "metrics", "models", "optimizers", "preprocessing", "regularizers", "utils", "wrappers"]  # noqa: F822  # fmt: skip
__getattr__, __dir__ = lazy("tf.keras", {"Input": "keras.network", "Model": "keras.model", "Sequential": "keras.model"}, {p: f"keras.{p}" for p in _PARTS})
