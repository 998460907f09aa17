"""tf.contrib.stateless: tf.random.stateless_* by their first names."""

from tfnb.ops.stateless import stateless_multinomial, stateless_normal, stateless_truncated_normal, stateless_uniform

stateless_random_normal, stateless_random_uniform = stateless_normal, stateless_uniform

__all__ = ["stateless_multinomial", "stateless_random_normal", "stateless_random_uniform", "stateless_truncated_normal"]
