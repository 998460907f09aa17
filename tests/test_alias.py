"""`import tensorflow` means tfnb between install_alias() and remove_alias()."""

import sys

import pytest

import tfnb


@pytest.fixture
def alias():
    tfnb.install_alias()
    yield
    tfnb.remove_alias()


def run(code):
    space = {}
    exec(code, space)
    return space


def test_the_package_is_tfnb_itself(alias):
    assert run("import tensorflow as tf")["tf"] is tfnb
    tf = run("import tensorflow.contrib.layers as layers, tensorflow as tf")
    assert tf["layers"] is tfnb.contrib.layers
    assert run("from tensorflow import nn, placeholder")["placeholder"] is tfnb.placeholder
    assert run("from tensorflow.contrib import layers")["layers"] is tfnb.contrib.layers
    assert tfnb.__spec__.name == "tfnb" and tfnb.contrib.layers.__spec__.name == "tfnb.contrib.layers"


@pytest.mark.parametrize(
    "code, name, want",
    [
        ("from tensorflow.python.framework import ops", "ops.get_default_graph", "get_default_graph"),
        ("from tensorflow.python.framework import ops", "ops.RegisterGradient", "RegisterGradient"),
        ("from tensorflow.python.ops import array_ops", "array_ops.reshape", "reshape"),
        ("from tensorflow.python.ops import math_ops as m", "m.matmul", "matmul"),
        ("import tensorflow.python.ops.nn_ops as n", "n.softmax", "nn.softmax"),
        ("from tensorflow.python.ops.variable_scope import get_variable", "get_variable", "get_variable"),
        ("from tensorflow.python.framework.dtypes import float32", "float32", "float32"),
        ("from tensorflow.core.framework import graph_pb2", "graph_pb2.GraphDef", "GraphDef"),
        ("from tensorflow.python.training import optimizer", "optimizer.Optimizer", "train.Optimizer"),
    ],
)
def test_internals(alias, code, name, want):
    place = tfnb
    for part in want.split("."):
        place = getattr(place, part)
    assert eval(name, run(code)) is place


def test_what_is_not_there_is_an_import_error(alias):
    with pytest.raises(ImportError):
        run("import tensorflow.nosuchthing")
    with pytest.raises(ImportError):
        run("from tensorflow.python.ops.math_ops import nosuchthing")


@pytest.mark.parametrize(
    "code, words",
    [
        ("import tensorflow.contrib.quantize", "TensorFlow 1.15 has tf.contrib.quantize, tfnb has not: graphs rewritten"),
        ("import tensorflow.lite as lite", "it converts models for phones"),
        ("from tensorflow.contrib.rnn import GridLSTMCell", "TensorFlow 1.15 has tf.contrib.rnn.GridLSTMCell, tfnb has not"),
        ("from tensorflow.contrib import graph_editor", "import_graph_def with input_map"),
    ],
)
def test_what_tensorflow_has_and_tfnb_has_not_is_said_at_the_import(alias, code, words):
    with pytest.raises(ImportError) as e:
        run(code)
    assert words in str(e.value)


@pytest.mark.parametrize(
    "code, name, want",
    [
        ("from tensorflow.python.keras.layers import Dense", "Dense", "keras.layers.Dense"),
        ("from tensorflow.python.keras.preprocessing.sequence import pad_sequences", "pad_sequences", "keras.preprocessing.sequence.pad_sequences"),
        ("from tensorflow.python.keras.engine.training import Model", "Model", "keras.Model"),
        ("from tensorflow.python.saved_model import signature_constants as s", "s.PREDICT_METHOD_NAME", "saved_model.PREDICT_METHOD_NAME"),
        ("from tensorflow.python.saved_model.builder import SavedModelBuilder", "SavedModelBuilder", "saved_model.Builder"),
        ("from tensorflow.python.platform import tf_logging as logging", "logging.INFO", "logging.INFO"),
        ("from tensorflow.python.framework import tensor_util", "tensor_util.constant_value", "get_static_value"),
        ("from tensorflow.python.ops import variable_scope as vs", "vs.get_variable", "get_variable"),
        ("from tensorflow.python.ops import lookup_ops", "lookup_ops.index_table_from_file", "contrib.lookup.index_table_from_file"),
        ("from tensorflow.python.tools import inspect_checkpoint", "inspect_checkpoint.print_tensors_in_checkpoint_file",
         "tools.print_tensors_in_checkpoint_file"),
        ("from tensorflow.python import pywrap_tensorflow", "pywrap_tensorflow.NewCheckpointReader", "train.NewCheckpointReader"),
    ],
)  # fmt: skip
def test_more_internals(alias, code, name, want):
    first, *rest = name.split(".")
    assert _at(run(code)[first], rest) is _at(tfnb, want.split("."))


def test_all_is_undone():
    before = {k: v for k, v in sys.modules.items() if k.split(".")[0] == "tensorflow"}
    finders = list(sys.meta_path)
    tfnb.install_alias()
    tfnb.install_alias()  # twice is once
    run("from tensorflow.python.framework import ops")
    tfnb.remove_alias()
    assert sys.meta_path == finders
    assert {k: v for k, v in sys.modules.items() if k.split(".")[0] == "tensorflow"} == before
    tfnb.remove_alias()


def test_the_magic_and_unload():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "tfnb.jupyter")
    shell.run_line_magic("tfnb_alias", "")
    assert run("import tensorflow as tf")["tf"] is tfnb
    shell.run_line_magic("tfnb_alias", "--off")
    assert "tensorflow" not in sys.modules
    shell.run_line_magic("tfnb_alias", "")
    shell.run_line_magic("unload_ext", "tfnb.jupyter")
    from tfnb.alias import _finder

    assert _finder not in sys.meta_path


@pytest.mark.parametrize(
    "code, name, want",
    [
        ("from tensorflow.contrib.layers.python.layers import layers as inner", "inner.fully_connected", "contrib.layers.fully_connected"),
        ("from tensorflow.contrib.layers.python.layers import utils", "utils.smart_cond", "contrib.framework.smart_cond"),
        ("from tensorflow.python.layers import utils", "utils.smart_cond", "contrib.framework.smart_cond"),
        ("from tensorflow.contrib.framework.python.ops import arg_scope", "arg_scope", "contrib.framework.arg_scope"),
        ("from tensorflow.python.lib.io import file_io", "file_io.get_matching_files", "gfile.Glob"),
    ],
)
def test_inner_files_of_contrib_hold_what_it_holds(alias, code, name, want):
    space = run(code)
    first, *rest = name.split(".")
    assert _at(space[first], rest) is _at(tfnb, want.split("."))


def _at(found, path):
    for part in path:
        found = getattr(found, part)
    return found
