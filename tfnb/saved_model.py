"""tf.saved_model: a trained graph in a folder, with the names of what goes in and what comes out.

    simple_save(sess, "model", inputs={"x": x}, outputs={"y": y})     model/saved_model.pb, model/variables/
    loader.load(sess, [tag_constants.SERVING], "model")
"""

from __future__ import annotations

import os
from typing import Any

from tfnb.core import protos
from tfnb.core.tensor_proto import shape_proto
from tfnb.lazy import Part
from tfnb.train.meta_graph import export_meta_graph, import_meta_graph, read_message

__all__ = [
    "Builder", "build_signature_def", "build_tensor_info", "builder", "classification_signature_def", "constants", "contains_saved_model",
    "get_tensor_from_tensor_info", "is_valid_signature", "load", "loader", "main_op", "main_op_with_restore", "maybe_saved_model_directory",
    "predict_signature_def", "regression_signature_def", "signature_constants", "signature_def_utils", "simple_save", "tag_constants",
    "utils",
]  # fmt: skip

_FILE, _VARIABLES = "saved_model.pb", os.path.join("variables", "variables")

tag_constants = Part("tf.saved_model.tag_constants", SERVING="serve", TRAINING="train", GPU="gpu", TPU="tpu")
signature_constants = Part(
    "tf.saved_model.signature_constants",
    DEFAULT_SERVING_SIGNATURE_DEF_KEY="serving_default", PREDICT_METHOD_NAME="tensorflow/serving/predict", PREDICT_INPUTS="inputs",
    PREDICT_OUTPUTS="outputs", CLASSIFY_METHOD_NAME="tensorflow/serving/classify", CLASSIFY_INPUTS="inputs", CLASSIFY_OUTPUT_CLASSES="classes",
    CLASSIFY_OUTPUT_SCORES="scores", REGRESS_METHOD_NAME="tensorflow/serving/regress", REGRESS_INPUTS="inputs", REGRESS_OUTPUTS="outputs",
)  # fmt: skip


def build_tensor_info(tensor: Any) -> Any:
    """A tensor's name, dtype and shape as a message.

    >>> print(tf.saved_model.build_tensor_info(tf.zeros([2], name="x")).name)
    x:0
    """
    return protos.TensorInfo(name=tensor.name, dtype=tensor.dtype.base_dtype.enum, tensor_shape=shape_proto(tensor.shape))


def get_tensor_from_tensor_info(tensor_info: Any, graph: Any = None, import_scope: str | None = None) -> Any:
    """The tensor of the graph (the default one) that a TensorInfo names.

    >>> x = tf.zeros([2], name="x")
    >>> print(tf.saved_model.get_tensor_from_tensor_info(tf.saved_model.build_tensor_info(x)) is x)
    True
    """
    from tfnb.core.graph import get_default_graph

    name = f"{import_scope}/{tensor_info.name}" if import_scope else tensor_info.name
    return (graph or get_default_graph()).get_tensor_by_name(name)


def build_signature_def(inputs: Any = None, outputs: Any = None, method_name: str | None = None) -> Any:
    """A signature from TensorInfos by name.

    >>> info = tf.saved_model.build_tensor_info(tf.zeros([2], name="x"))
    >>> print(tf.saved_model.build_signature_def({"x": info}, {"y": info}, "predict").method_name)
    predict
    """
    out = protos.SignatureDef(method_name=method_name or "")
    for into, given in ((out.inputs, inputs), (out.outputs, outputs)):
        for name, info in (given or {}).items():
            into[name].CopyFrom(info)
    return out


def classification_signature_def(examples: Any, classes: Any, scores: Any) -> Any:
    """A signature that gives classes, scores or both for serialized examples. Raises ValueError without examples or outputs.

    >>> signature = tf.saved_model.classification_signature_def(tf.constant(["text"]), tf.constant(["cat"]), tf.ones([1]))
    >>> print(signature.method_name)
    tensorflow/serving/classify
    """
    if examples is None:
        raise ValueError("Classification examples cannot be None.")
    outputs = {k: build_tensor_info(v) for k, v in (("classes", classes), ("scores", scores)) if v is not None}
    if not outputs:
        raise ValueError("Classification classes and scores cannot both be None.")
    return build_signature_def({"inputs": build_tensor_info(examples)}, outputs, signature_constants.CLASSIFY_METHOD_NAME)


def regression_signature_def(examples: Any, predictions: Any) -> Any:
    """A signature that gives a number for each serialized example. Raises ValueError without examples or predictions.

    >>> signature = tf.saved_model.regression_signature_def(tf.constant(["text"]), tf.ones([1], name="y"))
    >>> print(signature.method_name)
    tensorflow/serving/regress
    """
    if examples is None or predictions is None:
        raise ValueError("Regression examples and predictions cannot be None.")
    return build_signature_def({"inputs": build_tensor_info(examples)}, {"outputs": build_tensor_info(predictions)},
                               signature_constants.REGRESS_METHOD_NAME)  # fmt: skip


def is_valid_signature(signature_def: Any) -> bool:
    """Whether a signature has a known method with the inputs and outputs that it needs.

    >>> signature = tf.saved_model.predict_signature_def({"x": tf.zeros([2])}, {"y": tf.ones([2])})
    >>> print(tf.saved_model.is_valid_signature(signature))
    True
    """
    method = signature_def.method_name
    if method == signature_constants.CLASSIFY_METHOD_NAME:
        return set(signature_def.inputs) == {"inputs"} and bool(signature_def.outputs) and set(signature_def.outputs) <= {"classes", "scores"}
    if method == signature_constants.REGRESS_METHOD_NAME:
        return set(signature_def.inputs) == {"inputs"} and set(signature_def.outputs) == {"outputs"}
    return method == signature_constants.PREDICT_METHOD_NAME and len(signature_def.inputs) > 0 and len(signature_def.outputs) > 0


def _main_op() -> Any:
    """The operation that gives variables and tables their first values.

    >>> v = tf.Variable(1.0)
    >>> sess.run(tf.saved_model.main_op.main_op())
    >>> print(v.eval())
    1.0
    """
    from tfnb.ops.sources import group
    from tfnb.ops.tables import tables_initializer
    from tfnb.variables import global_variables_initializer, local_variables_initializer

    return group(global_variables_initializer(), local_variables_initializer(), tables_initializer())


def main_op_with_restore(restore_op_name: str) -> Any:
    """The same for local variables and tables, after the operation of this name has run.

    >>> with tf.Session() as s:
    ...     start = tf.group(tf.global_variables_initializer(), name="start")
    ...     s.run(tf.saved_model.main_op_with_restore("start"))
    """
    from tfnb.core.graph import get_default_graph
    from tfnb.ops.sources import group
    from tfnb.ops.tables import tables_initializer
    from tfnb.variables import local_variables_initializer

    with get_default_graph().control_dependencies([get_default_graph().get_operation_by_name(restore_op_name)]):
        return group(local_variables_initializer(), tables_initializer())


def predict_signature_def(inputs: dict[str, Any], outputs: dict[str, Any]) -> Any:
    """The signature of a prediction, from tensors by name.

    >>> signature = tf.saved_model.predict_signature_def({"x": tf.zeros([2], name="x")}, {"y": tf.ones([2], name="y")})
    >>> print(signature.inputs["x"].name)
    x:0
    """
    infos = [{k: build_tensor_info(v) for k, v in given.items()} for given in (inputs, outputs)]
    return build_signature_def(*infos, signature_constants.PREDICT_METHOD_NAME)


class Builder:
    """Writes a model into a new folder.

    >>> v = tf.Variable(1.0, name="v")
    >>> sess.run(v.initializer)
    >>> builder = tf.saved_model.Builder("model")
    >>> builder.add_meta_graph_and_variables(sess, [tf.saved_model.SERVING])
    >>> _ = builder.save()
    >>> print(tf.saved_model.contains_saved_model("model"))
    True
    """

    def __init__(self, export_dir: str) -> None:
        self._folder, self._message = os.fsdecode(export_dir), protos.SavedModel(saved_model_schema_version=1)
        if os.path.isdir(self._folder) and os.listdir(self._folder):
            raise AssertionError(f"Export directory already exists, and isn't empty. Please choose a different export directory, or delete all "
                                 f"the contents of the specified directory: {self._folder}")  # fmt: skip
        os.makedirs(self._folder, exist_ok=True)

    def add_meta_graph_and_variables(self, sess: Any, tags: Any, signature_def_map: Any = None, **_: Any) -> None:
        """The session's graph and the values of its variables."""
        from tfnb.train.saver import Saver

        with sess.graph.as_default():
            Saver(allow_empty=True).save(sess, os.path.join(self._folder, _VARIABLES), write_meta_graph=False, write_state=False)
            self.add_meta_graph(tags, signature_def_map)

    def add_meta_graph(self, tags: Any, signature_def_map: Any = None, **_: Any) -> None:
        meta = export_meta_graph()
        meta.meta_info_def.tags.extend(tags)
        for key, signature in (signature_def_map or {}).items():
            meta.signature_def[key].CopyFrom(signature)
        self._message.meta_graphs.add().CopyFrom(meta)

    def save(self, as_text: bool = False) -> str:
        """Writes the model; its path is returned."""
        path = os.path.join(self._folder, _FILE + ("txt" if as_text else ""))
        with open(path, "wb") as f:
            f.write(str(self._message).encode() if as_text else self._message.SerializeToString())
        return path


def simple_save(session: Any, export_dir: str, inputs: dict[str, Any], outputs: dict[str, Any], legacy_init_op: Any = None) -> None:
    """Writes a model for prediction into a new folder.

    >>> v = tf.Variable(1.0, name="v")
    >>> sess.run(v.initializer)
    >>> tf.saved_model.simple_save(sess, "model", {"x": tf.zeros([2])}, {"y": v * 2})
    >>> print(tf.saved_model.contains_saved_model("model"))
    True
    """
    made = Builder(export_dir)
    key = signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    made.add_meta_graph_and_variables(session, [tag_constants.SERVING], {key: predict_signature_def(inputs, outputs)})
    made.save()


def contains_saved_model(export_dir: str) -> bool:
    """Whether the folder holds a model.

    >>> print(tf.saved_model.contains_saved_model("nothing_there"))
    False
    """
    return any(os.path.isfile(os.path.join(export_dir, name)) for name in (_FILE, _FILE + "txt"))


maybe_saved_model_directory = contains_saved_model


def load(sess: Any, tags: Any, export_dir: str, import_scope: str | None = None, **_: Any) -> Any:
    """Adds a folder's graph to the session's graph, restores its variables and returns its MetaGraphDef.

    Raises OSError for a folder without a model, RuntimeError for tags that no graph of it has.

    >>> v = tf.Variable(2.0, name="v")
    >>> sess.run(v.initializer)
    >>> tf.saved_model.simple_save(sess, "model", {"x": tf.zeros([2])}, {"y": v * 2})
    >>> with tf.Graph().as_default(), tf.Session() as other:
    ...     _ = tf.saved_model.load(other, [tf.saved_model.SERVING], "model")
    ...     print(other.run("v:0"))
    2.0
    """
    if not contains_saved_model(export_dir):
        raise OSError(f"SavedModel file does not exist at: {export_dir}/{{saved_model.pbtxt|saved_model.pb}}")
    name = next(n for n in (_FILE, _FILE + "txt") if os.path.isfile(os.path.join(export_dir, n)))
    model = read_message(os.path.join(export_dir, name), protos.SavedModel())
    meta = next((m for m in model.meta_graphs if set(m.meta_info_def.tags) == set(tags)), None)
    if meta is None:
        raise RuntimeError(f"MetaGraphDef associated with tags {str(list(tags)).strip('[]')} could not be found in SavedModel. To inspect available "
                           "tag-sets in the SavedModel, please use the SavedModel CLI: `saved_model_cli`")  # fmt: skip
    with sess.graph.as_default():
        saver = import_meta_graph(meta, import_scope=import_scope)
        if saver is not None:
            saver.restore(sess, os.path.join(export_dir, _VARIABLES))
    return meta


loader = Part("tf.saved_model.loader", load=load, maybe_saved_model_directory=contains_saved_model)
builder = Part("tf.saved_model.builder", SavedModelBuilder=Builder)
utils = Part("tf.saved_model.utils", build_tensor_info=build_tensor_info, get_tensor_from_tensor_info=get_tensor_from_tensor_info)
signature_def_utils = Part(
    "tf.saved_model.signature_def_utils", build_signature_def=build_signature_def, predict_signature_def=predict_signature_def,
    classification_signature_def=classification_signature_def, regression_signature_def=regression_signature_def,
    is_valid_signature=is_valid_signature,
)  # fmt: skip
main_op = Part("tf.saved_model.main_op", main_op=_main_op, main_op_with_restore=main_op_with_restore)
constants = Part(
    "tf.saved_model.constants", ASSETS_DIRECTORY="assets", ASSETS_KEY="saved_model_assets", LEGACY_INIT_OP_KEY="legacy_init_op",
    MAIN_OP_KEY="saved_model_main_op", SAVED_MODEL_FILENAME_PB="saved_model.pb", SAVED_MODEL_FILENAME_PBTXT="saved_model.pbtxt",
    SAVED_MODEL_SCHEMA_VERSION=1, VARIABLES_DIRECTORY="variables", VARIABLES_FILENAME="variables",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    """Constants under their later, shorter names: tf.saved_model.SERVING."""
    for part in (tag_constants, signature_constants, constants):
        if name in vars(part) and name.isupper():
            return vars(part)[name]
    from tfnb.coverage import absent

    raise absent("tf.saved_model", name)
