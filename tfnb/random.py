"""tf.random: random numbers, under their shorter names."""

from tfnb.ops.random import categorical, get_seed, multinomial, set_random_seed, truncated_normal
from tfnb.ops.random import random_normal as normal
from tfnb.ops.random import random_shuffle as shuffle
from tfnb.ops.random import random_uniform as uniform

__all__ = [
    "categorical",
    "get_seed",
    "multinomial",
    "normal",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]
