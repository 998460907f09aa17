"""Clusters, as far as one process can stand for one: their description, a server that is this process, and who holds variables.

    cluster = tf.train.ClusterSpec({"ps": ["a:1"], "worker": ["b:1", "c:1"]})
    with tf.device(tf.train.replica_device_setter(cluster=cluster)): ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfnb.core.errors import teach

__all__ = ["ClusterSpec", "Server", "replica_device_setter"]


class ClusterSpec:
    """The addresses of a cluster's tasks, by job.

    >>> tf.train.ClusterSpec({"worker": ["a:1", "b:1"]}).num_tasks("worker")
    2
    """

    def __init__(self, cluster: Any) -> None:
        if isinstance(cluster, ClusterSpec):
            cluster = cluster.as_dict()
        if not isinstance(cluster, dict):
            raise TypeError("`cluster` must be a dictionary mapping one or more job names to lists of network addresses, or a `ClusterDef` protocol buffer")
        self._tasks = {job: dict(tasks) if isinstance(tasks, dict) else dict(enumerate(tasks)) for job, tasks in cluster.items()}

    def as_dict(self) -> dict[str, Any]:
        """The addresses by job."""
        return {job: list(t.values()) if sorted(t) == list(range(len(t))) else dict(t) for job, t in self._tasks.items()}

    @property
    def jobs(self) -> list[str]:
        return list(self._tasks)

    def num_tasks(self, job_name: str) -> int:
        """How many tasks a job has."""
        return len(self._job(job_name))

    def task_indices(self, job_name: str) -> list[int]:
        return sorted(self._job(job_name))

    def task_address(self, job_name: str, task_index: int) -> str:
        """A task's address. Raises ValueError where there is none."""
        tasks = self._job(job_name)
        if task_index not in tasks:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}")
        return tasks[task_index]  # type: ignore[no-any-return]

    def job_tasks(self, job_name: str) -> list[str]:
        return list(self._job(job_name).values())

    def _job(self, job_name: str) -> dict[int, Any]:
        if job_name not in self._tasks:
            raise ValueError(f"No such job in cluster: {job_name!r}")
        return self._tasks[job_name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClusterSpec) and self._tasks == other._tasks

    def __hash__(self) -> int:
        return hash(str(self._tasks))

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def __repr__(self) -> str:
        return f"ClusterSpec({self.as_dict()!r})"


class Server:
    """This process as a task of a cluster. Sessions on its target run here; other tasks are not waited for.

    Raises ValueError for a task that the cluster has not. Programs of several processes are beyond tfnb: each runs for itself.

    >>> print(tf.train.Server.__name__)
    Server
    """

    def __init__(self, server_or_cluster_def: Any, job_name: str | None = None, task_index: int | None = None, protocol: str | None = None,
                 config: Any = None, start: bool = True) -> None:  # fmt: skip
        cluster = ClusterSpec(server_or_cluster_def)
        jobs = cluster.jobs
        if job_name is None:
            if len(jobs) != 1:
                raise ValueError("Must specify an explicit `job_name` when the `cluster` has more than one job.")
            job_name = jobs[0]
        address = cluster.task_address(job_name, task_index or 0)
        self._target, self.job_name, self.task_index = f"{protocol or 'grpc'}://{address}", job_name, task_index or 0
        self.cluster = cluster

    @classmethod
    def create_local_server(cls, config: Any = None, start: bool = True) -> Server:
        """A server of one task in this process."""
        return cls({"local": ["localhost:0"]}, protocol="grpc", config=config, start=start)

    @property
    def target(self) -> str:
        return self._target

    @property
    def server_def(self) -> dict[str, Any]:
        return {"cluster": self.cluster.as_dict(), "job_name": self.job_name, "task_index": self.task_index}

    def start(self) -> None:
        """Nothing: this process runs already."""

    def join(self) -> None:
        """Raises RuntimeError: nobody would end the wait, because tfnb joins no other process."""
        raise teach(RuntimeError("tf.train.Server.join() would wait for ever: tfnb runs a program in one process."),
                    "Run the worker's part alone; its variables are kept in this process.")  # fmt: skip


_VARIABLES = ("Variable", "VariableV2", "AutoReloadVariable", "MutableHashTable", "MutableHashTableV2", "MutableDenseHashTable", "VarHandleOp",
              "BoostedTreesEnsembleResourceHandleOp")  # fmt: skip


def replica_device_setter(ps_tasks: int = 0, ps_device: str = "/job:ps", worker_device: str = "/job:worker", merge_devices: bool = True,
                          cluster: Any = None, ps_ops: Any = None, ps_strategy: Callable[[Any], int] | None = None) -> Any:  # fmt: skip
    """A device function that puts variables on the tasks of `ps_device` by turns, all else on `worker_device`.

    >>> with tf.device(tf.train.replica_device_setter(ps_tasks=2)):
    ...     v, w = tf.Variable(1.0), tf.Variable(2.0)
    >>> print(v.device, w.device)
    /job:ps/task:0 /job:ps/task:1
    """
    from tfnb.core.devices import DeviceSpec

    if cluster is not None:
        found = cluster.as_dict() if isinstance(cluster, ClusterSpec) else dict(cluster)
        job = DeviceSpec.from_string(ps_device).job
        if job not in found or not found[job]:
            return None
        ps_tasks = len(found[job])
    if ps_tasks == 0:
        return None
    turns = iter(range(10**9))
    kinds = list(ps_ops or _VARIABLES)

    def device(op: Any) -> str:
        current = DeviceSpec.from_string(op.device or "")
        if op.type in kinds:
            task = ps_strategy(op) if ps_strategy is not None else next(turns) % ps_tasks
            chosen = DeviceSpec.from_string(f"{ps_device}/task:{task}")
        else:
            chosen = DeviceSpec.from_string(worker_device or "")
        if not merge_devices:
            return op.device or chosen.to_string()
        chosen.merge_from(current)
        return chosen.to_string()

    return device
