"""The names of `tf.`: found by text, loaded at need, the same as if every chapter had been loaded at once."""

import importlib
import subprocess
import sys

import pytest

import tfnb as tf
from tfnb.core.op import registry


def fresh(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_table_is_what_the_modules_say():
    told = {}
    for module in tf._MODULES:
        told.update(dict.fromkeys(getattr(importlib.import_module(f"tfnb.{module}"), "__all__", ()), module))
    assert told == tf._chapters()


@pytest.mark.parametrize("module", tf._MODULES)
def test_a_chapter_has_the_names_it_promises(module):
    loaded = importlib.import_module(f"tfnb.{module}")
    for name in loaded.__all__:
        if tf._chapters()[name] == module:
            assert getattr(tf, name) is getattr(loaded, name)


def test_dir_and_star_have_the_names_before_any_is_loaded():
    code = "import tfnb, sys\nprint('reduce_sum' in dir(tfnb), 'Session' in tfnb.__all__, 'tfnb.ops.reduce' in sys.modules)"
    assert fresh(code) == "True True False"
    assert (
        fresh(
            "from tfnb import *\nimport builtins\nbuiltins.print(callable(reduce_sum), Session.__name__, gradients.__name__)"
        )
        == "True Session gradients"
    )


def test_a_function_is_not_hidden_by_the_module_of_its_name():
    assert fresh("import tfnb as tf, tfnb.gradients, tfnb.variables\nprint(callable(tf.gradients))") == "True"


def test_the_registry_holds_every_type_whoever_asks_first():
    assert (
        fresh(
            "from tfnb.core.op import registry\nimport tfnb\nprint('Cholesky' in registry, registry['MatMul'].type)"
        )
        == "True MatMul"
    )
    assert fresh("from tfnb.core.op import registry\nimport tfnb\nprint(len(list(registry)) > 200)") == "True"
    assert registry.get("NoSuchType") is None
    with pytest.raises(KeyError):
        registry["NoSuchType"]


def test_a_gradient_that_another_chapter_holds_is_found():
    code = (
        "import tfnb as tf\n"
        "from tfnb.ops import decompositions\n"
        "x = tf.constant([[4.0]])\n"
        "y = decompositions.cholesky(x)\n"
        "with tf.Session() as s: print(s.run(tf.gradients(y, x)[0]))"
    )
    assert fresh(code) == "[[0.25]]"


def test_eval_finds_its_way_before_a_session_was_named():
    code = "import tfnb as tf\nx = tf.constant(1.0)\ntry:\n    x.eval()\nexcept ValueError as e:\n    print('No default session' in str(e))"
    assert fresh(code) == "True"


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        tf.nonsense  # noqa: B018
