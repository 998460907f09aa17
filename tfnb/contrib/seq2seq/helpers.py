"""What a decoder is fed: the target while training, its own choices afterwards.

Each helper has `initialize() -> (finished, inputs)`, `sample(time, outputs, state)` and `next_inputs(time, outputs, state, ids)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core import nest
from tfnb.core.graph import Tensor
from tfnb.core.op import convert_to_tensor
from tfnb.core.shapes import TensorShape
from tfnb.ops import arrays, random, reduce
from tfnb.ops.compare import equal, greater_equal, select
from tfnb.ops.control import cond
from tfnb.ops.elementwise import cast
from tfnb.ops.movement import tile
from tfnb.ops.neural import embedding_lookup
from tfnb.ops.shaping import transpose
from tfnb.ops.tensor_array import TensorArray

__all__ = [
    "CustomHelper", "GreedyEmbeddingHelper", "Helper", "InferenceHelper", "SampleEmbeddingHelper", "ScheduledEmbeddingTrainingHelper",
    "ScheduledOutputTrainingHelper", "TrainingHelper",
]  # fmt: skip


class Helper:
    """The base: `batch_size`, and the shape and dtype of what is chosen at a step.

    >>> issubclass(tf.contrib.seq2seq.TrainingHelper, tf.contrib.seq2seq.Helper)
    True
    """

    batch_size: Any
    sample_ids_shape: Any = TensorShape([])
    sample_ids_dtype: Any = "int32"

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        raise NotImplementedError

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        raise NotImplementedError

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None) -> tuple[Any, Any, Any]:
        raise NotImplementedError


class TrainingHelper(Helper):
    """Feeds the target, step by step; `inputs` [batch, time, n], or [time, batch, n] where `time_major`.

    >>> helper = tf.contrib.seq2seq.TrainingHelper(tf.constant([[[1.0], [2.0]]]), [2])
    >>> finished, first = helper.initialize()
    >>> print(finished.eval(), first.eval())
    [False] [[1.]]
    """

    def __init__(self, inputs: Any, sequence_length: Any, time_major: bool = False, name: str | None = None) -> None:
        inputs = nest.map_structure(convert_to_tensor, inputs)
        self._inputs = inputs
        turned = inputs if time_major else nest.map_structure(lambda x: transpose(x, [1, 0, *range(2, x.shape.ndims)]), inputs)
        self._rows = nest.map_structure(lambda x: TensorArray(x.dtype, size=arrays.shape(x)[0], element_shape=x.shape[1:]).unstack(x), turned)
        self.sequence_length = convert_to_tensor(sequence_length, "int32", name="sequence_length")
        if self.sequence_length.shape.ndims not in (1, None):
            raise ValueError(f"Expected sequence_length to be a vector, but received shape: {self.sequence_length.shape}")
        self._blank = nest.map_structure(lambda x: arrays.zeros_like(x[0]), turned)
        self.batch_size = self.sequence_length.shape.as_list()[0] or arrays.shape(self.sequence_length)[0]

    inputs = property(lambda self: self._inputs)

    def _at(self, time: Any, over: Any) -> Any:
        """The inputs of a step; zeros once all sequences are over."""
        found = nest.map_structure(lambda row, blank: cond(over, lambda: blank, lambda: row.read(time)), self._rows, self._blank)
        for x, blank in zip(nest.flatten(found), nest.flatten(self._blank), strict=True):
            x.set_shape(blank.shape)
        return found

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        finished = equal(convert_to_tensor(0), self.sequence_length)
        return finished, self._at(convert_to_tensor(0), reduce.reduce_all(finished))

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        return cast(reduce.argmax(outputs, axis=-1), "int32")

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any = None, name: str | None = None, **_: Any) -> tuple[Any, Any, Any]:
        finished = greater_equal(time + 1, self.sequence_length)
        return finished, self._at(time + 1, reduce.reduce_all(finished)), state


class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """Feeds the target, or now and then what was drawn from the outputs. Bengio et al. (2015).

    >>> helper = tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper(tf.zeros([2, 3, 4]), [3, 3], tf.eye(4), sampling_probability=0.0)
    >>> print(helper.sample(0, tf.zeros([2, 4]), None).eval())
    [-1 -1]
    """

    def __init__(self, inputs: Any, sequence_length: Any, embedding: Any, sampling_probability: Any, time_major: bool = False, seed: int | None = None,
                 scheduling_seed: int | None = None, name: str | None = None) -> None:  # fmt: skip
        super().__init__(inputs, sequence_length, time_major, name)
        self._embed = embedding if callable(embedding) else lambda ids: embedding_lookup(embedding, ids)
        self._share, self._seed, self._when = convert_to_tensor(sampling_probability), seed, scheduling_seed

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        chosen = random.random_uniform([self.batch_size], seed=self._when) < self._share
        drawn = cast(arrays.squeeze(random.multinomial(outputs, 1, seed=self._seed), [1]), "int32")
        return select(chosen, drawn, arrays.ones_like(drawn) * -1)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any = None, name: str | None = None, **_: Any) -> tuple[Any, Any, Any]:
        finished, target, state = super().next_inputs(time, outputs, state)
        own = self._embed(select(sample_ids < 0, arrays.zeros_like(sample_ids), sample_ids))
        return finished, select(sample_ids < 0, target, own), state


class ScheduledOutputTrainingHelper(TrainingHelper):
    """Feeds the target, or now and then the output itself.

    >>> helper = tf.contrib.seq2seq.ScheduledOutputTrainingHelper(tf.zeros([2, 3, 4]), [3, 3], sampling_probability=1.0)
    >>> print(helper.sample(0, tf.zeros([2, 4]), None).eval())
    [1 1]
    """

    def __init__(self, inputs: Any, sequence_length: Any, sampling_probability: Any, time_major: bool = False, seed: int | None = None,
                 next_inputs_fn: Any = None, auxiliary_inputs: Any = None, name: str | None = None) -> None:  # fmt: skip
        super().__init__(inputs, sequence_length, time_major, name)
        self._share, self._seed, self._next = convert_to_tensor(sampling_probability), seed, next_inputs_fn

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        return cast(random.random_uniform([self.batch_size], seed=self._seed) < self._share, "int32")

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any = None, name: str | None = None, **_: Any) -> tuple[Any, Any, Any]:
        finished, target, state = super().next_inputs(time, outputs, state)
        own = outputs if self._next is None else self._next(outputs)
        return finished, select(cast(sample_ids, "bool"), own, target), state


class GreedyEmbeddingHelper(Helper):
    """Feeds the row of the likeliest word, until it is the end.

    >>> helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(tf.eye(3), start_tokens=[1, 1], end_token=2)
    >>> print(helper.sample(0, tf.constant([[0.0, 1.0, 9.0], [5.0, 0.0, 0.0]]), None).eval())
    [2 0]
    """

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any) -> None:
        self._embed = embedding if callable(embedding) else lambda ids: embedding_lookup(embedding, ids)
        self._start, self._end = convert_to_tensor(start_tokens, "int32", name="start_tokens"), convert_to_tensor(end_token, "int32", name="end_token")
        if self._start.shape.ndims != 1:
            raise ValueError("start_tokens must be a vector")
        if self._end.shape.ndims != 0:
            raise ValueError("end_token must be a scalar")
        self.batch_size = self._start.shape.as_list()[0] or arrays.size(self._start)
        self._first = self._embed(self._start)

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        return tile(convert_to_tensor([False]), arrays.reshape(convert_to_tensor(self.batch_size), [1])), self._first

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        return cast(reduce.argmax(outputs, axis=-1), "int32")

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None) -> tuple[Any, Any, Any]:
        finished = equal(sample_ids, self._end)
        found = cond(reduce.reduce_all(finished), lambda: self._first, lambda: self._embed(sample_ids))
        found.set_shape(self._first.shape)
        return finished, found, state


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """Feeds the row of a word that was drawn by its probability.

    >>> helper = tf.contrib.seq2seq.SampleEmbeddingHelper(tf.eye(3), start_tokens=[1, 1], end_token=2, seed=1)
    >>> print(helper.sample(0, tf.constant([[0.0, 0.0, 99.0], [99.0, 0.0, 0.0]]), None).eval())
    [2 0]
    """

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any, softmax_temperature: Any = None, seed: int | None = None) -> None:
        super().__init__(embedding, start_tokens, end_token)
        self._temperature, self._seed = softmax_temperature, seed

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        logits = outputs if self._temperature is None else outputs / self._temperature
        return cast(arrays.squeeze(random.multinomial(logits, 1, seed=self._seed), [1]), "int32")


class CustomHelper(Helper):
    """A helper from three functions.

    >>> start = lambda: (tf.constant([False]), tf.zeros([1, 2]))
    >>> draw = lambda time, outputs, state: tf.argmax(outputs, -1, output_type=tf.int32)
    >>> go_on = lambda time, outputs, state, sample_ids: (sample_ids > 0, outputs, state)
    >>> helper = tf.contrib.seq2seq.CustomHelper(start, draw, go_on)
    >>> print(helper.sample(0, tf.constant([[1.0, 3.0]]), None).eval())
    [1]
    """

    def __init__(self, initialize_fn: Callable[..., Any], sample_fn: Callable[..., Any], next_inputs_fn: Callable[..., Any], sample_ids_shape: Any = None,
                 sample_ids_dtype: Any = None) -> None:  # fmt: skip
        self._functions = initialize_fn, sample_fn, next_inputs_fn
        self.sample_ids_shape, self.sample_ids_dtype = TensorShape(sample_ids_shape or []), sample_ids_dtype or "int32"
        self.batch_size: Any = None

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        finished, inputs = self._functions[0]()
        self.batch_size = finished.shape.as_list()[0] or arrays.size(finished)
        return finished, inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        return self._functions[1](time=time, outputs=outputs, state=state)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None) -> tuple[Any, Any, Any]:
        return self._functions[2](time=time, outputs=outputs, state=state, sample_ids=sample_ids)  # type: ignore[no-any-return]


class InferenceHelper(Helper):
    """Feeds what was sampled, or what a function makes of it.

    >>> helper = tf.contrib.seq2seq.InferenceHelper(tf.tanh, [2], tf.float32, tf.zeros([1, 2]), lambda sample: [False])
    >>> print(helper.sample(0, tf.zeros([1, 2]), None).eval())
    [[0. 0.]]
    """

    def __init__(self, sample_fn: Callable[..., Any], sample_shape: Any, sample_dtype: Any, start_inputs: Any, end_fn: Callable[..., Any],
                 next_inputs_fn: Any = None) -> None:  # fmt: skip
        self._sample, self._end, self._next = sample_fn, end_fn, next_inputs_fn
        self.sample_ids_shape, self.sample_ids_dtype = TensorShape(sample_shape), sample_dtype
        self._first: Tensor = convert_to_tensor(start_inputs)
        self.batch_size = self._first.shape.as_list()[0] or arrays.shape(self._first)[0]

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        return tile(convert_to_tensor([False]), arrays.reshape(convert_to_tensor(self.batch_size), [1])), self._first

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        return self._sample(outputs)

    def next_inputs(self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None) -> tuple[Any, Any, Any]:
        return self._end(sample_ids), sample_ids if self._next is None else self._next(sample_ids), state
