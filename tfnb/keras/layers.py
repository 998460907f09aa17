"""tf.keras.layers: the layers of tf.layers under Keras's names."""

from tfnb.layers import BatchNormalization, Conv1D, Conv2D, Conv2DTranspose, Dense, Dropout, Flatten, Layer

__all__ = [
    "BatchNormalization",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
]
