"""tf.feature_column: features as a table's columns, each with a way to become numbers for a network.

    age = tf.feature_column.numeric_column("age")
    city = tf.feature_column.categorical_column_with_vocabulary_list("city", ["Rome", "Oslo"])
    x = tf.feature_column.input_layer(features, [age, tf.feature_column.embedding_column(city, 4)])
"""

from tfnb.feature_column.columns import (
    bucketized_column,
    categorical_column_with_hash_bucket,
    categorical_column_with_identity,
    categorical_column_with_vocabulary_file,
    categorical_column_with_vocabulary_list,
    crossed_column,
    embedding_column,
    indicator_column,
    numeric_column,
    shared_embedding_columns,
    weighted_categorical_column,
)
from tfnb.feature_column.inputs import input_layer, linear_model, make_parse_example_spec

__all__ = [
    "bucketized_column", "categorical_column_with_hash_bucket", "categorical_column_with_identity", "categorical_column_with_vocabulary_file",
    "categorical_column_with_vocabulary_list", "crossed_column", "embedding_column", "indicator_column", "input_layer", "linear_model",
    "make_parse_example_spec", "numeric_column", "shared_embedding_columns", "weighted_categorical_column",
]  # fmt: skip
