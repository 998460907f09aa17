"""tf.contrib.learn: estimators with their older methods, experiments, vocabularies and data sets."""

from tfnb.lazy import lazy

_FILES = {
    "estimators": ("DNNClassifier", "DNNLinearCombinedClassifier", "DNNLinearCombinedRegressor", "DNNRegressor", "Estimator", "LinearClassifier",
                   "LinearRegressor", "MetricSpec", "ModeKeys", "ModelFnOps", "PredictionKey", "SKCompat", "infer_real_valued_columns_from_input"),
    "experiment": ("Experiment", "ExportStrategy", "InputFnOps", "RunConfig", "learn_runner", "make_export_strategy"),
}  # fmt: skip
_NAMES = {name: f"contrib.learn.{file}" for file, names in _FILES.items() for name in names}
_PARTS = {name: f"contrib.learn.{name}" for name in ("datasets", "preprocessing", "python", "utils")}
__all__ = sorted({*_NAMES, *_PARTS})
__getattr__, __dir__ = lazy("tf.contrib.learn", _NAMES, _PARTS)
