"""tf.train: optimizers, checkpoints and what training programs need beside."""

from tfnb.summary import summary_iterator as summary_iterator
from tfnb.train.adaptive import *  # noqa: F403
from tfnb.train.averages import ExponentialMovingAverage as ExponentialMovingAverage
from tfnb.train.checkpoint import *  # noqa: F403
from tfnb.train.cluster import *  # noqa: F403
from tfnb.train.coordinator import *  # noqa: F403
from tfnb.train.hooks import *  # noqa: F403
from tfnb.train.inputs import *  # noqa: F403
from tfnb.train.kept import *  # noqa: F403
from tfnb.train.meta_graph import *  # noqa: F403
from tfnb.train.monitored import *  # noqa: F403
from tfnb.train.optimizers import *  # noqa: F403
from tfnb.train.proximal import *  # noqa: F403
from tfnb.train.queue_runner import *  # noqa: F403
from tfnb.train.saver import *  # noqa: F403
from tfnb.train.steps import *  # noqa: F403
from tfnb.train.supervisor import *  # noqa: F403
from tfnb.train.warm import *  # noqa: F403

_MESSAGES = ("BytesList", "Example", "Feature", "FeatureList", "FeatureLists", "Features", "FloatList", "Int64List", "SequenceExample")


def __getattr__(name: str) -> object:
    """Messages of TFRecord files, made when they are first asked for."""
    if name in _MESSAGES:
        from tfnb.core import protos

        return getattr(protos, name)
    from tfnb.coverage import absent

    raise absent("tf.train", name)
