"""The long way by which courses imported tf.contrib.learn: tensorflow.contrib.learn.python.learn.datasets.mnist."""

import sys

from tfnb.contrib import learn
from tfnb.contrib.learn import datasets

for _name, _module in (("", learn), (".datasets", datasets), (".datasets.base", datasets.base), (".datasets.mnist", datasets.mnist)):
    sys.modules[f"{__name__}.learn{_name}"] = _module
