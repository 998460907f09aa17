"""tf.random: random numbers, under their shorter names."""

from tfnb.ops.candidates import log_uniform_candidate_sampler, uniform_candidate_sampler
from tfnb.ops.random import categorical, get_seed, multinomial, set_random_seed, truncated_normal
from tfnb.ops.random import random_normal as normal
from tfnb.ops.random import random_shuffle as shuffle
from tfnb.ops.random import random_uniform as uniform
from tfnb.ops.rejection import random_gamma as gamma
from tfnb.ops.rejection import random_poisson as poisson
from tfnb.ops.stateless import (
    stateless_categorical,
    stateless_multinomial,
    stateless_normal,
    stateless_truncated_normal,
    stateless_uniform,
)

__all__ = [
    "categorical",
    "gamma",
    "get_seed",
    "log_uniform_candidate_sampler",
    "multinomial",
    "normal",
    "poisson",
    "set_random_seed",
    "shuffle",
    "stateless_categorical",
    "stateless_multinomial",
    "stateless_normal",
    "stateless_truncated_normal",
    "stateless_uniform",
    "truncated_normal",
    "uniform",
    "uniform_candidate_sampler",
]
