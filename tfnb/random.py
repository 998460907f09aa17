"""tf.random: random numbers, under their shorter names."""

from tfnb.ops.random import categorical, get_seed, multinomial, set_random_seed, truncated_normal
from tfnb.ops.random import random_normal as normal
from tfnb.ops.random import random_shuffle as shuffle
from tfnb.ops.random import random_uniform as uniform
from tfnb.ops.rejection import random_gamma as gamma
from tfnb.ops.rejection import random_poisson as poisson

__all__ = [
    "categorical",
    "gamma",
    "get_seed",
    "multinomial",
    "normal",
    "poisson",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]
