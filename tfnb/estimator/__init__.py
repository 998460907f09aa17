"""tf.estimator: a model as a function of features and labels, and what trains, evaluates and serves it."""

from tfnb.estimator import export, inputs
from tfnb.estimator.estimator import Estimator, train_and_evaluate
from tfnb.estimator.exporters import BestExporter, Exporter, FinalExporter, LatestExporter
from tfnb.estimator.spec import EstimatorSpec, EvalSpec, ModeKeys, RunConfig, TrainSpec, VocabInfo, WarmStartSettings
from tfnb.lazy import lazy
from tfnb.train.hooks import CheckpointSaverHook, LoggingTensorHook, NanTensorHook, SessionRunHook, StepCounterHook, StopAtStepHook, SummarySaverHook

_CANNED = (
    "BaselineClassifier", "BaselineRegressor", "DNNClassifier", "DNNLinearCombinedClassifier", "DNNLinearCombinedRegressor", "DNNRegressor",
    "LinearClassifier", "LinearRegressor",
)  # fmt: skip
__all__ = [
    *_CANNED, "BestExporter", "CheckpointSaverHook", "Estimator", "EstimatorSpec", "EvalSpec", "Exporter", "FinalExporter", "LatestExporter",
    "LoggingTensorHook", "ModeKeys", "NanTensorHook", "RunConfig", "SessionRunHook", "StepCounterHook", "StopAtStepHook", "SummarySaverHook",
    "TrainSpec", "VocabInfo", "WarmStartSettings", "classifier_parse_example_spec", "export", "inputs", "regressor_parse_example_spec",
    "train_and_evaluate",
]  # fmt: skip
__getattr__, _found = lazy("tf.estimator", dict.fromkeys(_CANNED, "estimator.canned") | dict.fromkeys(
    ("classifier_parse_example_spec", "regressor_parse_example_spec"), "estimator.parsing"))  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)
