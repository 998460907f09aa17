"""tf.estimator.export: what a served model is given and gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = [
    "ClassificationOutput", "PredictOutput", "RegressionOutput", "ServingInputReceiver", "build_parsing_serving_input_receiver_fn",
    "build_raw_serving_input_receiver_fn",
]  # fmt: skip


class ServingInputReceiver(NamedTuple):
    """The features of a model function, and the placeholders that a caller feeds.

    >>> x = tf.placeholder(tf.float32, [None], name="x")
    >>> print(list(tf.estimator.export.ServingInputReceiver({"x": x}, {"x": x}).receiver_tensors))
    ['x']
    """

    features: Any
    receiver_tensors: Any
    receiver_tensors_alternatives: Any = None


class PredictOutput:
    """Any tensors, by name.

    >>> print(list(tf.estimator.export.PredictOutput({"y": tf.constant([1.0])}).outputs))
    ['y']
    """

    def __init__(self, outputs: Any) -> None:
        self.outputs = outputs if isinstance(outputs, dict) else {"output": outputs}


class ClassificationOutput:
    """Scores, classes or both.

    >>> print(tf.estimator.export.ClassificationOutput(scores=tf.constant([[0.5, 0.5]])).scores.shape)
    (1, 2)
    """

    def __init__(self, scores: Any = None, classes: Any = None) -> None:
        if scores is None and classes is None:
            raise ValueError("At least one of scores and classes must be set.")
        self.scores, self.classes = scores, classes
        self.outputs = {k: v for k, v in (("scores", scores), ("classes", classes)) if v is not None}


class RegressionOutput:
    """One number for each example.

    >>> print(tf.estimator.export.RegressionOutput(tf.constant([1.0])).value.shape)
    (1,)
    """

    def __init__(self, value: Any) -> None:
        self.value, self.outputs = value, {"outputs": value}


def build_raw_serving_input_receiver_fn(features: dict[str, Any], default_batch_size: int | None = None) -> Callable[[], ServingInputReceiver]:
    """A function that makes a placeholder like each of the features, for any number of examples.

    >>> receiver = tf.estimator.export.build_raw_serving_input_receiver_fn({"x": tf.zeros([1, 2])})()
    >>> print(receiver.features["x"].shape)
    (?, 2)
    """

    def receiver() -> ServingInputReceiver:
        from tfnb.ops.sources import placeholder

        made = {}
        for name, t in features.items():
            sizes = t.shape.as_list() if t.shape.ndims is not None else None
            made[name] = placeholder(t.dtype, None if sizes is None else [default_batch_size, *sizes[1:]], name=t.op.name)
        return ServingInputReceiver(made, made)

    return receiver


def build_parsing_serving_input_receiver_fn(feature_spec: dict[str, Any], default_batch_size: int | None = None) -> Callable[[], ServingInputReceiver]:
    """A function that takes serialized tf.Examples and parses them.

    >>> receiver = tf.estimator.export.build_parsing_serving_input_receiver_fn({"x": tf.FixedLenFeature([2], tf.float32)})()
    >>> print(receiver.features["x"].shape)
    (?, 2)
    """

    def receiver() -> ServingInputReceiver:
        from tfnb.ops.parsing import parse_example
        from tfnb.ops.sources import placeholder

        examples = placeholder("string", [default_batch_size], name="input_example_tensor")
        return ServingInputReceiver(parse_example(examples, feature_spec), {"examples": examples})

    return receiver
