"""tf.keras.models: models, and reading and writing them."""

from tfnb.keras.model import Model, Sequential
from tfnb.keras.saving import clone_model, load_model, model_from_config, model_from_json, save_model

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_config", "model_from_json", "save_model"]
