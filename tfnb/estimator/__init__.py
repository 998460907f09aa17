"""tf.estimator: a model as a function of features and labels, and what trains, evaluates and serves it."""

from tfnb.estimator import export, inputs
from tfnb.estimator.estimator import Estimator, train_and_evaluate
from tfnb.estimator.spec import EstimatorSpec, EvalSpec, ModeKeys, RunConfig, TrainSpec

__all__ = ["Estimator", "EstimatorSpec", "EvalSpec", "ModeKeys", "RunConfig", "TrainSpec", "export", "inputs", "train_and_evaluate"]
