"""How variables begin: callables that make a tensor of first values for a shape.

    w = get_variable("w", [784, 10], initializer=truncated_normal_initializer(stddev=0.1))

Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010);
He et al., Delving deep into rectifiers (2015); Saxe et al., Exact solutions to the nonlinear dynamics of
learning (2014).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfnb.core.dtypes import DType, as_dtype, float32
from tfnb.core.graph import Tensor
from tfnb.core.shapes import TensorShape
from tfnb.ops import arrays, elementwise, random
from tfnb.ops.sources import constant as constant_tensor

__all__ = [
    "constant_initializer", "glorot_normal_initializer", "glorot_uniform_initializer", "ones_initializer",
    "orthogonal_initializer", "random_normal_initializer", "random_uniform_initializer",
    "truncated_normal_initializer", "uniform_unit_scaling_initializer", "variance_scaling_initializer",
    "zeros_initializer",
]  # fmt: skip


class Initializer:
    """Makes first values: `initializer(shape, dtype)` is a tensor.

    >>> print(isinstance(tf.zeros_initializer(), tf.keras.initializers.Initializer))
    True
    """

    dtype: DType = float32

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        raise NotImplementedError

    def _dtype(self, dtype: Any) -> DType:
        return self.dtype if dtype is None else as_dtype(dtype).base_dtype

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same initializer of."""
        return {k: v.name if isinstance(v, DType) else v for k, v in vars(self).items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        config = {k: v for k, v in config.items() if k != "partition_info"}
        return cls(**config)

    def __repr__(self) -> str:
        given = ", ".join(f"{k}={v!r}" for k, v in self.get_config().items())
        return f"{type(self).__name__}({given})"


class Zeros(Initializer):
    """All zero.

    >>> print(tf.zeros_initializer()([2]).eval())
    [0. 0.]
    """

    def __init__(self, dtype: Any = float32) -> None:
        self.dtype = as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return arrays.zeros(shape, self._dtype(dtype))


class Ones(Initializer):
    """All one.

    >>> print(tf.ones_initializer()([2]).eval())
    [1. 1.]
    """

    def __init__(self, dtype: Any = float32) -> None:
        self.dtype = as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return arrays.ones(shape, self._dtype(dtype))


class Constant(Initializer):
    """One value everywhere, or the values of a list.

    >>> tf.get_variable("v", [2], initializer=tf.constant_initializer(3.0)).shape
    TensorShape([Dimension(2)])
    """

    def __init__(self, value: Any = 0, dtype: Any = float32, verify_shape: bool = False) -> None:
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value: {type(value)} (expected Python scalar, list or tuple of "
                "values, or numpy.ndarray)."
            )
        self.value, self.dtype = value, as_dtype(dtype)
        self._verify = verify_shape

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None, verify_shape: bool | None = None
    ) -> Tensor:
        verify = self._verify if verify_shape is None else verify_shape
        return constant_tensor(self.value, self._dtype(dtype), shape=shape, verify_shape=verify)

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value, "dtype": self.dtype.name}


class RandomUniform(Initializer):
    """Random numbers from minval to maxval, all equally likely.

    >>> tf.random_uniform_initializer(-1.0, 1.0)([2, 3]).shape
    TensorShape([Dimension(2), Dimension(3)])
    """

    def __init__(
        self, minval: Any = 0, maxval: Any = None, seed: int | None = None, dtype: Any = float32
    ) -> None:
        self.minval, self.maxval, self.seed, self.dtype = minval, maxval, seed, as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return random.random_uniform(shape, self.minval, self.maxval, self._dtype(dtype), seed=self.seed)


class RandomNormal(Initializer):
    """Random numbers from a normal distribution.

    >>> tf.random_normal_initializer(stddev=0.1)([2, 3]).shape
    TensorShape([Dimension(2), Dimension(3)])
    """

    draw = staticmethod(random.random_normal)

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 1.0, seed: int | None = None, dtype: Any = float32
    ) -> None:
        self.mean, self.stddev, self.seed, self.dtype = mean, stddev, seed, _floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return self.draw(shape, self.mean, self.stddev, self._dtype(dtype), seed=self.seed)


class TruncatedNormal(RandomNormal):
    """Random numbers from a normal distribution, none further than two standard deviations from the mean.

    >>> tf.truncated_normal_initializer(stddev=0.1)([2, 3]).shape
    TensorShape([Dimension(2), Dimension(3)])
    """

    draw = staticmethod(random.truncated_normal)


class UniformUnitScaling(Initializer):
    """Uniform numbers that keep the scale of the inputs: within +-sqrt(3 / inputs) * factor.

    >>> tf.uniform_unit_scaling_initializer()([2, 3]).shape
    TensorShape([Dimension(2), Dimension(3)])
    """

    def __init__(self, factor: float = 1.0, seed: int | None = None, dtype: Any = float32) -> None:
        self.factor, self.seed, self.dtype = factor, seed, _floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        inputs = max(math.prod(_sizes(shape)[:-1]), 1.0)
        limit = math.sqrt(3 / inputs) * self.factor
        return random.random_uniform(shape, -limit, limit, self._dtype(dtype), seed=self.seed)


class VarianceScaling(Initializer):
    """Random numbers whose variance is scale / n, n a neuron's inputs, its outputs or their mean.

    >>> tf.variance_scaling_initializer(scale=2.0)([2, 3]).shape
    TensorShape([Dimension(2), Dimension(3)])
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        dtype: Any = float32,
    ) -> None:
        if scale <= 0.0:
            raise ValueError("`scale` must be positive float.")
        if mode not in {"fan_in", "fan_out", "fan_avg"}:
            raise ValueError("Invalid `mode` argument:", mode)
        if distribution.lower() not in {"normal", "uniform", "truncated_normal", "untruncated_normal"}:
            raise ValueError("Invalid `distribution` argument:", distribution.lower())
        self.scale, self.mode, self.distribution, self.seed = scale, mode, distribution.lower(), seed
        self.dtype = _floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        sizes = _sizes(partition_info.full_shape if partition_info is not None else shape)
        fan_in, fan_out = fans(sizes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        scale, dtype = self.scale / max(1.0, n), self._dtype(dtype)
        if self.distribution in ("normal", "truncated_normal"):
            stddev = (
                math.sqrt(scale) / 0.87962566103423978
            )  # cutting the tails off has made the variance smaller
            return random.truncated_normal(shape, 0.0, stddev, dtype, seed=self.seed)
        if self.distribution == "untruncated_normal":
            return random.random_normal(shape, 0.0, math.sqrt(scale), dtype, seed=self.seed)
        limit = math.sqrt(3.0 * scale)
        return random.random_uniform(shape, -limit, limit, dtype, seed=self.seed)


class GlorotUniform(VarianceScaling):
    """Uniform numbers within +-sqrt(6 / (inputs + outputs)); what `get_variable` uses by default.

    >>> tf.glorot_uniform_initializer(seed=1)([2, 2]).shape
    TensorShape([Dimension(2), Dimension(2)])
    """

    def __init__(self, seed: int | None = None, dtype: Any = float32) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "dtype": self.dtype.name}


class GlorotNormal(GlorotUniform):
    """Normal numbers of variance 2 / (inputs + outputs).

    >>> tf.glorot_normal_initializer(seed=1)([2, 2]).shape
    TensorShape([Dimension(2), Dimension(2)])
    """

    def __init__(self, seed: int | None = None, dtype: Any = float32) -> None:
        VarianceScaling.__init__(self, 1.0, "fan_avg", "truncated_normal", seed, dtype)


class Orthogonal(Initializer):
    """A matrix whose rows or columns are orthogonal: it keeps lengths.

    >>> q = tf.orthogonal_initializer(seed=1)([2, 2])
    >>> print(tf.abs(tf.matmul(q, q, transpose_a=True)).eval())
    [[1. 0.]
     [0. 1.]]
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None, dtype: Any = float32) -> None:
        self.gain, self.seed, self.dtype = gain, seed, _floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        from tfnb.ops import decompositions, diagonals, linear, parts

        sizes, dtype = _sizes(shape), self._dtype(dtype)
        if len(sizes) < 2:
            raise ValueError("The tensor to initialize must be at least two-dimensional")
        rows, columns = math.prod(sizes[:-1]), sizes[-1]
        z = random.random_normal((max(rows, columns), min(rows, columns)), dtype=dtype, seed=self.seed)
        q, r = decompositions.qr(z, full_matrices=False)
        q = elementwise.multiply(q, parts.sign(diagonals.matrix_diag_part(r)))
        q = linear.matrix_transpose(q) if rows < columns else q
        return self.gain * arrays.reshape(q, sizes)


class Identity(Initializer):
    """The unit matrix.

    >>> print(tf.initializers.identity()([2, 2]).eval())
    [[1. 0.]
     [0. 1.]]
    """

    def __init__(self, gain: float = 1.0, dtype: Any = float32) -> None:
        self.gain, self.dtype = gain, _floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        from tfnb.ops import diagonals

        sizes = _sizes(shape)
        if len(sizes) != 2:
            raise ValueError("Identity matrix initializer can only be used for 2D matrices.")
        eye = diagonals.eye(*sizes, dtype=self._dtype(dtype))
        return eye if self.gain == 1.0 else elementwise.multiply(self.gain, eye)


def _sizes(shape: Any) -> list[int]:
    return [int(n) for n in TensorShape(shape).as_list()]  # type: ignore[arg-type]


def fans(sizes: list[int]) -> tuple[float, float]:
    """How many inputs and outputs a neuron with weights of this shape has."""
    if len(sizes) < 2:
        n = float(sizes[0]) if sizes else 1.0
        return n, n
    window = math.prod(sizes[:-2])
    return float(sizes[-2] * window), float(sizes[-1] * window)


def _floating(dtype: Any) -> DType:
    dtype = as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"Expected floating point type, got {dtype!r}.")
    return dtype


def he_normal(seed: int | None = None) -> Initializer:
    """Normal numbers of variance 2 / inputs, for relu.

    >>> print(tf.initializers.he_normal(seed=1)([3, 4]).shape)
    (3, 4)
    """
    return VarianceScaling(2.0, "fan_in", "truncated_normal", seed)


def he_uniform(seed: int | None = None) -> Initializer:
    """Uniform numbers of variance 2 / inputs, for relu.

    >>> print(tf.initializers.he_uniform(seed=1)([3, 4]).shape)
    (3, 4)
    """
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


def lecun_normal(seed: int | None = None) -> Initializer:
    """Normal numbers of variance 1 / inputs, for selu.

    >>> print(tf.initializers.lecun_normal(seed=1)([3, 4]).shape)
    (3, 4)
    """
    return VarianceScaling(1.0, "fan_in", "truncated_normal", seed)


def lecun_uniform(seed: int | None = None) -> Initializer:
    """Uniform numbers of variance 1 / inputs.

    >>> print(tf.initializers.lecun_uniform(seed=1)([3, 4]).shape)
    (3, 4)
    """
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


zeros, ones, constant, identity, orthogonal = Zeros, Ones, Constant, Identity, Orthogonal
random_uniform, random_normal, truncated_normal = RandomUniform, RandomNormal, TruncatedNormal
uniform_unit_scaling, variance_scaling = UniformUnitScaling, VarianceScaling
glorot_uniform, glorot_normal = GlorotUniform, GlorotNormal
zeros_initializer, ones_initializer, constant_initializer, orthogonal_initializer = (
    Zeros,
    Ones,
    Constant,
    Orthogonal,
)
random_uniform_initializer, random_normal_initializer, truncated_normal_initializer = (
    RandomUniform,
    RandomNormal,
    TruncatedNormal,
)
uniform_unit_scaling_initializer, variance_scaling_initializer = UniformUnitScaling, VarianceScaling
glorot_uniform_initializer, glorot_normal_initializer = GlorotUniform, GlorotNormal


def __getattr__(name: str) -> Any:
    """Operations that initialise, under the names they have here: tf.initializers.global_variables()."""
    module, there = _OPERATIONS.get(name, ("", ""))
    if module:
        import importlib

        return getattr(importlib.import_module(module), there)
    from tfnb.coverage import absent

    raise absent("tf.initializers", name)


_OPERATIONS = {
    "global_variables": ("tfnb.variables", "global_variables_initializer"), "local_variables": ("tfnb.variables", "local_variables_initializer"),
    "tables_initializer": ("tfnb.ops.tables", "tables_initializer"), "variables": ("tfnb.variables", "variables_initializer"),
}  # fmt: skip
