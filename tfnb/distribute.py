"""tf.distribute: strategies, each of which here is one device with the whole batch.

    strategy = tf.distribute.MirroredStrategy()
    with strategy.scope(): model = ...                    strategy.num_replicas_in_sync is 1
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tfnb.core import nest
from tfnb.lazy import Part
from tfnb.train.cluster import Server

__all__ = [
    "CrossDeviceOps", "HierarchicalCopyAllReduce", "InputContext", "MirroredStrategy", "NcclAllReduce", "OneDeviceStrategy", "ReduceOp",
    "ReductionToOneDevice", "ReplicaContext", "Server", "Strategy", "experimental", "get_replica_context", "get_strategy", "has_strategy",
    "in_cross_replica_context",
]  # fmt: skip


class ReduceOp:
    """How the values of replicas become one.

    >>> print(tf.distribute.ReduceOp.SUM, tf.distribute.ReduceOp.MEAN)
    SUM MEAN
    """

    SUM, MEAN = "SUM", "MEAN"


class CrossDeviceOps:
    """How values are added over devices: accepted.

    >>> print(issubclass(tf.distribute.HierarchicalCopyAllReduce, tf.distribute.CrossDeviceOps))
    True
    """

    def __init__(self, *_: Any, **__: Any) -> None: ...


class HierarchicalCopyAllReduce(CrossDeviceOps):
    """Accepted.

    >>> print(isinstance(tf.distribute.HierarchicalCopyAllReduce(), tf.distribute.CrossDeviceOps))
    True
    """


class NcclAllReduce(CrossDeviceOps):
    """Accepted.

    >>> print(isinstance(tf.distribute.NcclAllReduce(), tf.distribute.CrossDeviceOps))
    True
    """


class ReductionToOneDevice(CrossDeviceOps):
    """Accepted.

    >>> print(isinstance(tf.distribute.ReductionToOneDevice(), tf.distribute.CrossDeviceOps))
    True
    """


class InputContext:
    """Which part of the input this replica reads: all of it.

    >>> print(tf.distribute.InputContext().num_input_pipelines)
    1
    """

    num_input_pipelines, input_pipeline_id, num_replicas_in_sync = 1, 0, 1

    def get_per_replica_batch_size(self, global_batch_size: int) -> int:
        return global_batch_size


class ReplicaContext:
    """The replica that runs: there is one.

    >>> print(tf.distribute.get_replica_context().num_replicas_in_sync)
    1
    """

    num_replicas_in_sync, replica_id_in_sync_group = 1, 0

    @property
    def strategy(self) -> Strategy:
        return get_strategy()

    def all_reduce(self, reduce_op: Any, value: Any) -> Any:
        return value

    def merge_call(self, merge_fn: Any, args: Any = (), kwargs: Any = None) -> Any:
        return merge_fn(get_strategy(), *args, **(kwargs or {}))


class Strategy:
    """One replica on one device. Arguments for more are accepted.

    >>> with tf.distribute.MirroredStrategy().scope():
    ...     v = tf.Variable(1.0)
    """

    num_replicas_in_sync = 1

    def __init__(self, *_: Any, **__: Any) -> None: ...

    @property
    def extended(self) -> Strategy:
        return self

    worker_devices = parameter_devices = ("/device:CPU:0",)

    @contextlib.contextmanager
    def scope(self) -> Iterator[Strategy]:
        """What is made inside belongs to this strategy."""
        _entered.append(self)
        try:
            yield self
        finally:
            _entered.pop()

    def experimental_run_v2(self, fn: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Calls the function: once, there is one replica."""
        return fn(*args, **(kwargs or {}))

    run = experimental_run_v2

    def reduce(self, reduce_op: Any, value: Any, axis: int | None = None) -> Any:
        """The replicas' values as one, also along an axis."""
        from tfnb.ops.reduce import reduce_mean, reduce_sum

        if axis is None:
            return value
        return nest.map_structure(lambda v: (reduce_sum if reduce_op == ReduceOp.SUM else reduce_mean)(v, axis=axis), value)

    def experimental_distribute_dataset(self, dataset: Any) -> Any:
        """The data set itself."""
        return dataset

    def make_dataset_iterator(self, dataset: Any) -> Any:
        """An iterator over the data set, to be initialised."""
        return dataset.make_initializable_iterator()

    def make_input_fn_iterator(self, input_fn: Any, replication_mode: Any = None) -> Any:
        return self.make_dataset_iterator(input_fn(InputContext()))

    def experimental_local_results(self, value: Any) -> tuple[Any, ...]:
        """The values of the replicas: one."""
        return (value,)

    unwrap = experimental_local_results

    def broadcast(self, tensor: Any, destinations: Any = None) -> Any:
        return tensor

    def experimental_make_numpy_dataset(self, numpy_input: Any, session: Any = None) -> Any:
        from tfnb.data import Dataset

        return Dataset.from_tensor_slices(numpy_input)


class MirroredStrategy(Strategy):
    """Copies on several devices; here one.

    >>> strategy = tf.distribute.MirroredStrategy()
    >>> with strategy.scope():
    ...     v = tf.Variable(1.0)
    >>> print(strategy.num_replicas_in_sync)
    1
    """


class OneDeviceStrategy(Strategy):
    """One device.

    >>> print(tf.distribute.OneDeviceStrategy("/cpu:0").num_replicas_in_sync)
    1
    """


class _More(Strategy):
    """A strategy of several machines; here one process.

    >>> print(tf.distribute.experimental.CentralStorageStrategy().num_replicas_in_sync)
    1
    """


_entered: list[Strategy] = []
_default = Strategy()


def get_strategy() -> Strategy:
    """The strategy that holds here.

    >>> print(tf.distribute.get_strategy().num_replicas_in_sync)
    1
    """
    return _entered[-1] if _entered else _default


def has_strategy() -> bool:
    """Whether a strategy was entered.

    >>> print(tf.distribute.has_strategy())
    False
    """
    return bool(_entered)


def get_replica_context() -> ReplicaContext:
    """The replica that runs.

    >>> print(tf.distribute.get_replica_context().num_replicas_in_sync)
    1
    """
    return ReplicaContext()


def in_cross_replica_context() -> bool:
    """Whether this is outside of any replica.

    >>> print(tf.distribute.in_cross_replica_context())
    False
    """
    return bool(_entered)


experimental = Part("tf.distribute.experimental", CentralStorageStrategy=_More, MultiWorkerMirroredStrategy=_More, ParameterServerStrategy=_More,
                    CollectiveCommunication=Part("tf.distribute.experimental.CollectiveCommunication", AUTO="AUTO", RING="RING", NCCL="NCCL"))  # fmt: skip
