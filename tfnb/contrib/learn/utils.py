"""tf.contrib.learn.utils: what writes models after an evaluation."""

from tfnb.contrib.learn.experiment import InputFnOps, make_export_strategy
from tfnb.lazy import Part

__all__ = ["input_fn_utils", "saved_model_export_utils"]

saved_model_export_utils = Part("tf.contrib.learn.utils.saved_model_export_utils", make_export_strategy=make_export_strategy)
input_fn_utils = Part("tf.contrib.learn.utils.input_fn_utils", InputFnOps=InputFnOps)
