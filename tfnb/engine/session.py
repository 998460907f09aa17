"""Session: keeps the variables of a graph and runs parts of it.

    with Session(graph) as sess:
        sess.run(init)
        loss_value, _ = sess.run([loss, train_op], feed_dict={x: batch})

Each distinct set of fetches and feeds is planned once: pruned, ordered, written as Python, compiled, and kept.
"""

from __future__ import annotations

import itertools
import threading
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from tfnb.core.errors import teach
from tfnb.core.garbage import kept_alive
from tfnb.core.graph import Graph, Operation, Tensor, get_default_graph
from tfnb.core.slices import IndexedSlices
from tfnb.engine import blas, faults, placement
from tfnb.engine.auto import on_host
from tfnb.engine.backends import Backend, backend, default_device
from tfnb.engine.codegen import Code, generate
from tfnb.engine.fetches import FetchPlan, feeds_of
from tfnb.engine.memory import keep_freed_memory
from tfnb.engine.plans import Plan, VariableState
from tfnb.engine.program import VARIABLES, Program, build, inputs_of
from tfnb.engine.recording import recorded, recorders
from tfnb.engine.runner import Runner, as_kept, fetch_key
from tfnb.engine.session_stack import defaults, get_default_session
from tfnb.engine.waiting import limited

__all__ = ["InteractiveSession", "Plan", "Session", "VariableState", "get_default_session", "live_sessions", "run_hooks"]

_live: list[weakref.ref[Session]] = []
_serial = itertools.count(1)
FULL_TRACE = 3  # tf.RunOptions.FULL_TRACE

run_hooks: list[Callable[[Session, Plan], None]] = []
"""Called before each run with the session and its plan, by tools that watch (the stepper's magic, the panel)."""


def _mesh_backend(mesh: dict[str, int], shardings: Any, device: str, graph: Graph) -> Backend:
    from tfnb.engine.mesh import MeshBackend  # needs JAX

    return MeshBackend(mesh, device.split(":")[0], shardings, graph)


class Session:
    """Runs operations of a graph and owns the values of its variables.

    `device` chooses the backend ('cpu:numpy', 'cpu:jax', 'gpu:cupy', 'gpu:jax', 'tpu:jax'; 'auto' times the first two;
    without it TFNB_DEVICE does), `mesh` and `shardings` several devices (engine/mesh.py); `target` and `config` are
    accepted as TensorFlow's.

    >>> with tf.Session() as s: print(s.run(tf.constant(3) + 4))
    7
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None, device: str | None = None,
                 mesh: dict[str, int] | None = None, shardings: Any = None) -> None:  # fmt: skip
        if target and not isinstance(target, str):
            raise TypeError(f"target must be a string, but got {type(target)}")
        if graph is not None and not isinstance(graph, Graph):
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        if config is not None and not hasattr(config, "SerializeToString"):
            raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
        self.graph = graph or get_default_graph()
        self.name = f"session {next(_serial)}"
        self.closed = False
        self.runs = 0
        self.traced: Any = None  # the last Trace
        self._config, self._target = config, target
        where = device or default_device()
        if where == "cpu:jax" and mesh is None:
            placement.prepare(config)
        self._backend: Backend = backend(where) if mesh is None else _mesh_backend(mesh, shardings, where, self.graph)
        self._placed = (-1, 0, False)
        self._assigned: tuple[Any, dict[Operation, str]] = (None, {})
        keep_freed_memory()
        if (threads := getattr(config, "intra_op_parallelism_threads", 0)) > 0:
            blas.set_threads(threads)
        self._values: dict[str, Any] = {}
        self._blocks: dict[str, Any] = {}
        self._written: dict[str, int] = {}
        self._plans: dict[Any, tuple[FetchPlan, Plan]] = {}
        self._runners: dict[Any, Runner] = {}
        self._entered: list[Any] = []
        self._lock = threading.RLock()
        _live.append(weakref.ref(self))

    # -- running --------------------------------------------------------------------------------------------------
    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """The values of `fetches`, in their structure; operations give None.

        Raises TensorFlow's errors for what is no fetch or feed, and OpError (with the node and its line) for what
        fails while running; then no variable has changed.
        """
        kind = type(fetches)
        key = fetches if kind is Tensor else (kind, *fetches) if kind is list else fetch_key(fetches)
        try:
            runner = self._runners[(key, *feed_dict) if feed_dict else key]
        except (KeyError, TypeError):  # not seen yet, or nothing that can be a key
            runner = None
        if runner is None or runner.edits != self.graph.edits:
            self._check_open()
            fed = feeds_of(self.graph, feed_dict)
            runner = self._runner(fetches, feed_dict, fed)
            given: Any = fed.values()
        else:
            given = feed_dict.values() if feed_dict else ()
        if run_hooks:
            for hook in run_hooks:
                hook(self, runner.plan)
        if run_metadata is not None and getattr(options, "trace_level", 0) == FULL_TRACE:
            traced = self.trace(fetches, feed_dict)
            traced.fill(run_metadata)
            return traced.results
        work = recorded(self, runner) if recorders else runner
        if options is not None and (limit := getattr(options, "timeout_in_ms", 0)) > 0:
            with limited(limit):
                return work(given)
        return work(given)

    def _runner(self, fetches: Any, feed_dict: Any, fed: dict[Tensor, Any]) -> Runner:
        """The runner of these fetches and feeds; kept under them where they tell all (no nesting, one value a key)."""
        wanted, plan = self._planned(fetches, fed)
        runner = Runner(self, wanted, plan, fed)
        key = fetch_key(fetches)
        if key is not None and not any(isinstance(k, (tuple, IndexedSlices)) for k in feed_dict or ()) and len(fed) == len(feed_dict or ()):
            if len(self._runners) > 256:
                self._runners.clear()
            self._runners[(key, *feed_dict) if feed_dict else key] = runner
        return runner

    def _check_open(self) -> None:
        if self.closed:
            raise teach(RuntimeError("Attempted to use a closed Session."), "Open a new one: sess = tf.Session().")
        if self.graph.version == 0:
            raise RuntimeError("The Session graph is empty.  Add operations to the graph before calling run().")

    def _planned(self, fetches: Any, fed: dict[Tensor, Any]) -> tuple[FetchPlan, Plan]:
        wanted = FetchPlan(self.graph, fetches)
        key = (self.graph.edits, tuple(wanted.flat), tuple(fed), self._backend.name)
        with self._lock:
            if key not in self._plans:
                if len(self._plans) > 256:
                    self._plans.clear()
                self._place()
                with kept_alive():
                    self._plans[key] = (wanted, self._made(wanted, fed))
            return wanted, self._plans[key][1]

    def _made(self, wanted: FetchPlan, fed: dict[Tensor, Any]) -> Plan:
        program = build(self.graph, wanted.flat, fed)
        code = generate(program)
        return Plan(program, code, self._compiled(program, code), self._backend.name, weakref.ref(self))

    def _place(self) -> None:
        """Whether the devices asked for are there; asked of each operation once, needed or not, as TensorFlow does."""
        ops = self.graph.get_operations()
        edits, seen, asking = self._placed
        if edits == self.graph.edits and seen == len(ops):
            return
        if not self._target:
            grown = edits == self.graph.edits
            asking = placement.check(ops[seen:] if grown else ops, self.list_devices(), self._config) or grown and asking
        self._placed = (self.graph.edits, len(ops), asking)
        if getattr(self._config, "log_device_placement", False):
            print(*(placement.mapping(self.list_devices()) if edits < 0 else ()), *placement.lines(self._places()), sep="\n")

    def _places(self) -> dict[Operation, str]:
        """The device of every operation; found anew where the graph has changed or the session has moved."""
        if self._assigned[0] != self._placed[:2]:
            self._assigned = self._placed[:2], placement.assign(self.graph.get_operations(), self.list_devices(), self._backend.kind)
        return self._assigned[1]

    def _compiled(self, program: Program, code: Code) -> Callable[..., Any]:
        """The step on the session's device or, where nodes ask for others, in parts."""
        if self._placed[2] and not self._backend.spread:
            from tfnb.engine.segments import in_segments

            if (parts := in_segments(program, self._places(), self)) is not None:
                return parts
        return self._backend.compile(program, code)

    def _first(self, op: Operation) -> Any:
        """What an op's state is in a new session. A resource is kept at once: other runs may use it before this one ends."""
        return self._first_block(op) if op.definition.resource is None else self._blocks.setdefault(op.name, op.definition.resource(op))

    def _first_block(self, op: Operation) -> int:
        """Where an op's random numbers begin in a new session: at 0, or, if it has no seed, somewhere else each time."""
        unseeded = op.attrs.get("seed", 1) == 0 == op.attrs.get("seed2", 1)
        return self._backend.chance() if unseeded else 0

    def kept(self, program: Program) -> list[Any]:
        """What the session keeps of what a program reads. Raises FailedPreconditionError for a missing value."""
        if program.missing:
            raise faults.not_fed(program.missing[0])
        out: list[Any] = []
        for kind, key in program.reads:
            if kind == "ready":
                out.append(np.bool_(key in self._values))
            elif kind == "state":
                out.append(self._blocks[key] if key in self._blocks else self._first(self.graph.get_operation_by_name(key)))
            elif key in self._values:
                out.append(self._values[key])
            elif kind == "maybe":
                out.append(faults.Missing(self.graph.get_operation_by_name(key)))
            else:
                raise faults.uninitialized(self.graph.get_operation_by_name(key))
        return out

    def keep(self, program: Program, changed: Any, given: Any) -> None:
        """Takes over what a run wrote, all at once, so that a stopped run leaves no half of it."""
        values, written, runs = self._values, self._written, self.runs
        for (kind, key), value in zip(program.writes, changed, strict=True):
            if kind == "state":
                self._blocks[key] = value
                continue
            if type(value) is faults.Missing:  # the branch that writes it was not taken
                continue
            values[key] = as_kept(value, given) if type(value) is np.ndarray else value
            written[key] = runs

    def hand_out(self, wanted: FetchPlan, program: Program, results: Any) -> list[Any]:
        """Fetched values as NumPy's, the caller's own to change; None for operations."""
        values = iter(self._backend.get_all(results))
        out = []
        fed = set(program.feeds)
        for f in wanted.flat:
            value = None if isinstance(f, Operation) else next(values)
            if f in fed:
                value = np.array(value)  # TensorFlow gives back what it was fed, as an array even of no axes
            elif isinstance(value, np.ndarray):
                value = value[()] if value.ndim == 0 else value.copy()
            out.append(value)
        return out

    def _explain(self, error: Exception, plan: Plan) -> Exception:
        files = {code.filename: (program, code) for program, code in getattr(plan.step, "codes", [(plan.program, plan.code)])}
        frame = error.__traceback__
        found = None
        while frame is not None:
            if frame.tb_frame.f_code.co_filename in files:
                found = frame
            frame = frame.tb_next
        if found is None:
            return error
        program, code = files[found.tb_frame.f_code.co_filename]
        index = code.instruction_at(found.tb_lineno)
        if index is None:
            return error
        op = program.instructions[index].op
        known = {**found.tb_frame.f_globals, **found.tb_frame.f_locals}
        return faults.fault(error, op, inputs_of(program, op, known))

    def plan(self, fetches: Any, feed_dict: Any = None) -> Plan:
        """The plan of a run, without running it; its `source` is the generated step. Feeds may be just their keys."""
        feeds = feed_dict if isinstance(feed_dict, dict) else dict.fromkeys(feed_dict or ())
        keys = {self.graph.as_graph_element(k, allow_operation=False): None for k in feeds}
        return self._planned(fetches, keys)[1]

    def step(self, fetches: Any, feed_dict: Any = None, **options: Any) -> Any:
        """A Stepper at the start of a run of `fetches`; options are those of Stepper (keep_bytes)."""
        from tfnb.engine.stepper import Stepper

        self._check_open()
        fed = feeds_of(self.graph, feed_dict)
        wanted, plan = self._planned(fetches, fed)
        if hasattr(plan.step, "segments"):  # all lines are stepped where the session is
            self._values = {k: self._backend.put(on_host(v)) for k, v in self._values.items()}
        return Stepper(self, wanted, plan, fed, **options)

    def trace(self, fetches: Any, feed_dict: Any = None) -> Any:
        """Runs `fetches` once, line by line, and says what each line took and made: engine/trace.py."""
        from tfnb.engine.trace import trace

        return trace(self, fetches, feed_dict)

    def make_callable(self, fetches: Any, feed_list: Any = None, accept_options: bool = False) -> Callable[..., Any]:
        """A function of the values of `feed_list` that runs `fetches`."""
        feeds = list(feed_list or ())

        def call(*values: Any, **options: Any) -> Any:
            if not options and (fast := self._runners.get(key)) is not None and fast.edits == self.graph.edits and not run_hooks and not recorders:
                return fast(values) if len(values) == len(feeds) else self.run(fetches, dict(zip(feeds, values, strict=False)))
            return self.run(fetches, dict(zip(feeds, values, strict=False)), **options)

        key = (fetch_key(fetches), *feeds) if feeds else fetch_key(fetches)
        return call

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> Any:
        from tfnb.engine.partial import PartialRun

        return PartialRun(self, fetches, feeds)

    def partial_run(self, handle: Any, fetches: Any, feed_dict: Any = None) -> Any:
        return handle.run(fetches, feed_dict)

    # -- variables and devices ------------------------------------------------------------------------------------
    @property
    def device(self) -> str:
        return self._backend.name

    def to(self, device: str) -> Session:
        """Goes on on another device; variables keep their values."""
        target = backend(device)
        with self._lock:
            self._values = {k: target.put(on_host(self._backend.get(v))) for k, v in self._values.items()}
            self._backend, self._placed, self._assigned = target, (-1, 0, False), (None, {})
            self._runners.clear()
        return self

    def variable_states(self) -> list[VariableState]:
        """Every variable of the graph, in the order in which they were made."""
        trainable = {getattr(v, "op", v).name for v in self.graph.get_collection("trainable_variables")}
        return [self._state(op, op.name in trainable) for op in self.graph.get_operations() if op.type in VARIABLES]

    def _state(self, op: Operation, trainable: bool) -> VariableState:
        value = self._values.get(op.name)
        dtype = op.attrs["dtype"].name
        if value is None:
            return VariableState(op.name, (), dtype, 0, False, trainable, None)
        nbytes = int(getattr(value, "nbytes", 0))
        return VariableState(op.name, tuple(np.shape(value)), dtype, nbytes, True, trainable, self._written.get(op.name))

    def variable_value(self, name: str) -> Any:
        """The variable's value as a NumPy array; None before it is initialised."""
        value = self._values.get(name.split(":")[0])
        return None if value is None else np.asarray(on_host(self._backend.get(value)))

    # -- life -----------------------------------------------------------------------------------------------------
    @property
    def graph_def(self) -> Any:
        return self.graph.as_graph_def()

    @property
    def sess_str(self) -> str:
        return ""

    def list_devices(self) -> list[placement.DeviceAttributes]:
        """The devices that `tf.device` may ask for in this session."""
        return placement.available(self._backend.kind, self._config, self._backend.count)

    def close(self) -> None:
        """Frees the variables; the session cannot run any more."""
        self.closed = True
        self._values.clear()
        self._plans.clear()
        self._runners.clear()

    def as_default(self) -> Any:
        """A context in which `eval` and `run` use this session; it does not close it."""
        return defaults.enter(self)

    def __enter__(self) -> Session:
        if self._entered:
            raise RuntimeError("Session context managers are not re-entrant. "
                               "Use `Session.as_default()` if you want to enter a session multiple times.")  # fmt: skip
        self._entered = [self.graph.as_default(), self.as_default()]
        for context in self._entered:
            context.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        for context in reversed(self._entered):
            context.__exit__(*error)
        self._entered = []
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"{len(self._values)} variables on {self.device}, {self.runs} runs"
        return f"<tf.Session {self.name!r}: {state}>"


class InteractiveSession(Session):
    """A session that is the default from the moment it is made.

    >>> tf.constant(3).eval()
    np.int32(3)
    """

    _active = 0

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None, device: str | None = None) -> None:
        super().__init__(target, graph, config, device)
        if InteractiveSession._active > 0:
            warnings.warn("An interactive session is already active. This can cause out-of-memory errors in some cases. You must explicitly "
                          "call `InteractiveSession.close()` to release resources held by the other session(s).", stacklevel=2)  # fmt: skip
        InteractiveSession._active += 1
        self._entered = [self.graph.as_default()] if graph is not None else []
        for context in self._entered:
            context.__enter__()
        defaults.stack.append(self)

    def close(self) -> None:
        if not self.closed:
            InteractiveSession._active -= 1
        super().close()
        for context in reversed(self._entered):
            context.__exit__(None, None, None)
        self._entered = []
        if self in defaults.stack:
            defaults.stack.remove(self)


def live_sessions() -> list[Session]:
    """Sessions that are open and still referred to, newest last."""
    found = [r() for r in _live]
    _live[:] = [r for r, s in zip(_live, found, strict=True) if s is not None and not s.closed]
    return [s for s in found if s is not None and not s.closed]
