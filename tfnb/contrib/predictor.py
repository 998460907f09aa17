"""tf.contrib.predictor: a saved model as a Python function of arrays by name.

    predict = from_saved_model("export/1511");  predict({"x": [[1.0, 2.0]]})["output"]
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Graph
from tfnb.engine.session import Session

__all__ = ["from_contrib_estimator", "from_estimator", "from_saved_model"]


class Predictor:
    """Feeds the tensors of `feed_tensors` and gives the values of `fetch_tensors`, both by name."""

    def __init__(self, session: Session, feed_tensors: dict[str, Any], fetch_tensors: dict[str, Any]) -> None:
        self.session, self.feed_tensors, self.fetch_tensors = session, feed_tensors, fetch_tensors

    @property
    def graph(self) -> Graph:
        return self.session.graph

    def __call__(self, input_dict: dict[str, Any]) -> dict[str, Any]:
        unknown = set(input_dict) - set(self.feed_tensors)
        if unknown:
            raise ValueError(f"Got unexpected keys in input_dict: {unknown}\nexpected: {set(self.feed_tensors)}")
        return self.session.run(self.fetch_tensors, {self.feed_tensors[k]: v for k, v in input_dict.items()})  # type: ignore[no-any-return]


def from_saved_model(export_dir: str, signature_def_key: str | None = None, signature_def: Any = None, input_names: Any = None, output_names: Any = None,
                     tags: Any = None, graph: Graph | None = None, config: Any = None) -> Predictor:  # fmt: skip
    """The signature (serving_default unless said otherwise) of a SavedModel as a function. Raises ValueError where it is not there.

    >>> with tf.Graph().as_default(), tf.Session() as s:
    ...     x = tf.placeholder(tf.float32, [None])
    ...     tf.saved_model.simple_save(s, "double", {"x": x}, {"y": x * 2.0})
    >>> print(tf.contrib.predictor.from_saved_model("double")({"x": [1.0, 2.0]})["y"])
    [2. 4.]
    """
    from tfnb import saved_model

    graph = graph or Graph()
    with graph.as_default():
        session = Session(graph=graph, config=config)
        given = tags.split(",") if isinstance(tags, str) else list(tags or ["serve"])
        meta = saved_model.load(session, given, export_dir)
        if signature_def is None and not (input_names and output_names):
            key = signature_def_key or "serving_default"
            if key not in meta.signature_def:
                raise ValueError(f"Got signature_def_key {key!r}. Available signatures are {sorted(meta.signature_def)}.")
            signature_def = meta.signature_def[key]
        found = [{k: graph.get_tensor_by_name(v.name) for k, v in side.items()} for side in (signature_def.inputs, signature_def.outputs)] \
            if signature_def is not None else [{k: graph.get_tensor_by_name(v) for k, v in names.items()} for names in (input_names, output_names)]  # fmt: skip
    return Predictor(session, *found)


def from_estimator(estimator: Any, serving_input_receiver_fn: Any, output_key: str | None = None, graph: Graph | None = None,
                   config: Any = None) -> Predictor:  # fmt: skip
    """An estimator's newest checkpoint as a function.

    >>> columns = [tf.feature_column.numeric_column("x")]
    >>> line = tf.estimator.LinearRegressor(columns).train(lambda: ({"x": tf.ones([1, 1])}, tf.ones([1, 1])), steps=1)
    >>> serve = tf.estimator.export.build_raw_serving_input_receiver_fn({"x": tf.placeholder(tf.float32, [None, 1])})
    >>> print(sorted(tf.contrib.predictor.from_estimator(line, serve, "predict")({"x": [[1.0], [2.0]]})))
    ['predictions']
    """
    import os
    import tempfile

    folder = estimator.export_savedmodel(tempfile.mkdtemp(), serving_input_receiver_fn)
    return from_saved_model(os.fsdecode(folder), output_key, graph=graph, config=config)


from_contrib_estimator = from_estimator
