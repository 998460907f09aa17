"""tf.train: optimizers, checkpoints and what training programs need beside."""

from tfnb.train.adaptive import *  # noqa: F403
from tfnb.train.coordinator import *  # noqa: F403
from tfnb.train.hooks import *  # noqa: F403
from tfnb.train.monitored import *  # noqa: F403
from tfnb.train.optimizers import *  # noqa: F403
from tfnb.train.proximal import *  # noqa: F403
from tfnb.train.saver import *  # noqa: F403
from tfnb.train.steps import *  # noqa: F403
