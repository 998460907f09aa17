"""`import tfnb` is light, and all but the JAX device works without JAX."""

import subprocess
import sys


def python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_heavy_packages_are_not_imported():
    code = "import sys, tfnb; print([m for m in ('jax', 'cupy', 'IPython', 'matplotlib', 'ipywidgets', 'sklearn') if m in sys.modules])"
    assert python(code) == "[]"


def test_without_jax():
    code = (
        "import sys; sys.modules['jax'] = None\n"
        "import tfnb as tf\n"
        "v = tf.Variable(1.0); up = v.assign_add(1.0); init = tf.global_variables_initializer()\n"
        "with tf.Session() as s:\n    s.run(init); print(s.run(up))\n"
        "try:\n    tf.Session(device='cpu:jax')\n"
        "except ValueError as e:\n    print('pip install jax' in str(e))"
    )
    assert python(code) == "2.0\nTrue"


def test_threads_of_matrix_products_do_not_wait_long_for_more():
    code = "import os, sys\n{}\nimport tfnb; print(os.environ.get('OPENBLAS_THREAD_TIMEOUT'))"
    assert python(code.format("os.environ.pop('OPENBLAS_THREAD_TIMEOUT', None)")) == "20"
    assert python(code.format("os.environ['OPENBLAS_THREAD_TIMEOUT'] = '4'")) == "4"
