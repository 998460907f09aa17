"""tf.keras.layers: the layers of Keras, a file for each kind, loaded when asked for."""

from tfnb.lazy import lazy

_FILES = {
    "base": ("InputSpec", "Layer"),
    "network": ("Input", "InputLayer"),
    "layers.core": ("Activation", "ActivityRegularization", "Dense", "Dropout", "Embedding", "Flatten", "Lambda", "Masking", "Permute",
                    "RepeatVector", "Reshape", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    "layers.shapes": ("ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "ThresholdedReLU", "AlphaDropout", "GaussianDropout", "GaussianNoise",
                      "Cropping1D", "Cropping2D", "Cropping3D", "UpSampling1D", "UpSampling2D", "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D",
                      "ZeroPadding3D"),
    "layers.convolution": ("Conv1D", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "Convolution1D", "Convolution2D",
                           "Convolution2DTranspose", "Convolution3D", "Convolution3DTranspose", "DepthwiseConv2D", "SeparableConv1D",
                           "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D"),
    "layers.pooling": ("AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "AvgPool1D", "AvgPool2D", "AvgPool3D",
                       "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalAvgPool1D", "GlobalAvgPool2D",
                       "GlobalAvgPool3D", "GlobalMaxPool1D", "GlobalMaxPool2D", "GlobalMaxPool3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
                       "GlobalMaxPooling3D", "MaxPool1D", "MaxPool2D", "MaxPool3D", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D"),
    "layers.merging": ("Add", "AdditiveAttention", "Attention", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract", "add",
                       "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract"),
    "layers.normalization": ("BatchNormalization", "LayerNormalization"),
    "layers.recurrent": ("AbstractRNNCell", "GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "SimpleRNN", "SimpleRNNCell", "StackedRNNCells"),
    "layers.wrappers": ("Bidirectional", "TimeDistributed", "Wrapper"),
}  # fmt: skip

NAMES = {name: f"keras.{file}" for file, names in _FILES.items() for name in names}
__all__ = sorted(NAMES)
__getattr__, __dir__ = lazy("tf.keras.layers", NAMES)


def deserialize(config: object, custom_objects: object = None) -> object:
    """The layer of a configuration.

    >>> layer = tf.keras.layers.Dense(3)
    >>> print(tf.keras.layers.deserialize(tf.keras.layers.serialize(layer)).units)
    3
    """
    from tfnb.keras import saving

    return saving.layer_from(config, custom_objects)


def serialize(layer: object) -> object:
    """The class and configuration of a layer.

    >>> print(tf.keras.layers.serialize(tf.keras.layers.Flatten())["class_name"])
    Flatten
    """
    from tfnb.keras.named import serialize as written

    return written(layer)
