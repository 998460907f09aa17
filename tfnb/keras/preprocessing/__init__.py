"""tf.keras.preprocessing: texts and sequences made ready for a network."""

from tfnb.keras.preprocessing import sequence, text

__all__ = ["sequence", "text"]
