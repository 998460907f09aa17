"""The Python call behind each magic: tf.show, tf.inspect, tf.scalars, tf.device_panel, and the stepper's view."""

from __future__ import annotations

import importlib.util
from html import escape
from typing import Any

from tfnb.core.graph import get_default_graph

__all__ = ["device_panel", "graph_diff", "inspect", "roofline", "scalars", "session_panel", "show", "stepper"]


def show(graph: Any = None, fetches: Any = None, mark: Any = (), feeds: Any = (), **view: Any) -> Any:
    """A picture of a graph; with `fetches`, what they do not need is faded. `mark` are operations to point out.

    `colour` is one of views/colour.py's COLOURINGS, `direction` BT, TB, LR or RL; `depth` closes scopes deeper than that,
    `collapse` and `expand` name scopes. The result has `svg`, `source` (DOT), `save(path)` and `widget()`.
    """
    from tfnb.jupyter.explore import shown

    graph = graph or get_default_graph()
    if fetches is not None:
        listed = fetches if isinstance(fetches, (list, tuple)) else [fetches]
        if (parts := _in_parts(graph, [graph.as_graph_element(f) for f in listed])) is not None:
            return parts
        view |= {"fetches": [graph.as_graph_element(f).name for f in listed], "feeds": [graph.as_graph_element(f).name for f in feeds]}
    made = [op.name for op in mark]
    by_cell = {op.producer for op in mark}
    if made:
        view["mark"] = by_cell.pop() if len(by_cell) == 1 and None not in by_cell else made
    return shown(graph, view)


def _in_parts(graph: Any, fetches: list[Any]) -> Any:
    """The picture of a run on several devices, as the graph's newest session would do it; None where it has only one."""
    from tfnb.engine.session import live_sessions

    session = next((s for s in reversed(live_sessions()) if s.graph is graph), None)
    if session is None or not any(op.device for op in graph.get_operations()):
        return None
    plan = session.plan(fetches)
    if not hasattr(plan.step, "segments"):
        return None
    from tfnb.views.parts import draw_parts

    return draw_parts(plan)


def graph_diff(before: Any, after: Any = None, **view: Any) -> Any:
    """What is added, removed and changed from one graph to another, as one picture.

    Graphs, GraphDefs and lists of operations can be compared; of a plan (`sess.plan(...)`) alone, the run as it is written
    and what tfnb's passes leave of it. The result's `of` has `added`, `removed` and `changed`.
    """
    from tfnb.engine.plans import Plan
    from tfnb.jupyter.explore import shown
    from tfnb.views.diff import Diff, diff, passes_diff

    if isinstance(before, Diff):
        return shown(before, view)
    return shown(passes_diff(before) if isinstance(before, Plan) else diff(before, after), view)


def roofline(graph: Any = None, device: str | None = None) -> Any:
    """The roofline of a device (the newest session's) with the graph's nodes below it, as SVG."""
    from IPython.display import SVG

    from tfnb.engine import trace
    from tfnb.engine.session import live_sessions
    from tfnb.views.roofline import roofline as picture

    graph = graph or get_default_graph()
    session = next((s for s in reversed(live_sessions()) if s.graph is graph), None)
    return SVG(picture(graph, trace.latest(graph), device or (session.device if session else "cpu:numpy")))


def stepper(run: Any) -> Any:
    """A view of a Stepper: the widget, or pages of text where there are no widgets."""
    if _has("stepper"):
        from tfnb.jupyter.widgets.stepper import StepperView

        return StepperView(run)
    return Pages(run)


def inspect(value: Any, feed_dict: Any = None) -> Any:
    """A value under the microscope: any slice of an array, or of what a tensor comes to in the session that is open.

    >>> tf.inspect([[1.0, -2.0], [0.0, 3.0]]).text()
    'value: float64 2×2, -2 to 3'
    """
    from tfnb.core.graph import Tensor
    from tfnb.engine.session import get_default_session, live_sessions
    from tfnb.jupyter.widgets.inspector import InspectorView

    name = getattr(value, "name", "value")
    if isinstance(value, Tensor) or hasattr(value, "_ref_tensor"):
        session = get_default_session() or next(iter(reversed(live_sessions())), None)
        if session is None:
            raise ValueError("A tensor has a value in a session only: open one with sess = tf.Session().")
        value = session.run(value, feed_dict)
    return InspectorView(value, str(name))


def device_panel() -> Any:
    """The devices, and how to get those that are missing."""
    if _has("devices"):
        from tfnb.jupyter.widgets.devices import DeviceView

        return DeviceView()
    return Devices()


def rehearsal(session: Any, device: str, given: Any = None) -> Any:
    """The device view with a card of a run compiled for TPUs that need not be there (engine/ahead.py).

    `given` is the run's fetches and feeds; the session's last training step when left out. Shown at once, filled when
    the compiler is done.
    """
    import numpy as np
    from IPython.display import display

    from tfnb.engine.fetches import feeds_of
    from tfnb.engine.rehearsal import last_step
    from tfnb.jupyter.widgets.devices import DeviceView

    if given is None:
        plan, shapes = last_step(session)
    else:
        fed = feeds_of(session.graph, given[1])
        plan, shapes = session.plan(*given), {t: np.shape(v) for t, v in fed.items()}
    view = DeviceView(session)
    display(view)
    view.rehearse(device, plan, shapes)


def memory(session: Any, fetches: Any, feeds: Any = None) -> Any:
    """A picture of what is in memory after each line of a step, with the peak; `feeds` is a feed_dict or only its keys."""
    from tfnb.engine.liveset import live_set
    from tfnb.views.memory import draw_memory

    return draw_memory(live_set(session, fetches, feeds), session.plan(fetches, feeds).source)


def session_panel(session: Any) -> Any:
    """A session's variables, with what can be done with them."""
    if _has("session"):
        from tfnb.jupyter.widgets.session import SessionView

        return SessionView(session)
    return session.variable_states()


def scalars(*tags: str, smoothing: float = 0.6) -> Any:
    """The curves of the scalars written so far, as a figure."""
    from IPython import get_ipython
    from IPython.display import SVG

    from tfnb.jupyter.extension import curves_of

    curves = curves_of(get_ipython())
    if curves is None:
        raise RuntimeError("No curves are kept here: run %load_ext tfnb.jupyter first.")
    return SVG(curves.scalars.svg(tags, smoothing))


def _has(widget: str) -> bool:
    return importlib.util.find_spec(f"tfnb.jupyter.widgets.{widget}") is not None


class Pages:
    """A run without controls: the code with the line that is next, and the values so far. Step it from Python."""

    def __init__(self, run: Any) -> None:
        self.run = run

    def __getattr__(self, name: str) -> Any:
        return getattr(self.run, name)

    def __repr__(self) -> str:
        lines = self.run.plan.source.splitlines()
        marked = [("-> " if i == self.run.line else "   ") + text for i, text in enumerate(lines, 1)]
        values = [f"   {k} = {v}" for k, v in self.run.values.items()]
        return "\n".join([*marked, "", "values so far:", *values])

    def _repr_html_(self) -> str:
        return f'<pre aria-label="The run, step {self.run.position}">{escape(repr(self))}</pre>'


class Devices:
    """The devices as a table."""

    def _repr_html_(self) -> str:
        from tfnb.engine.backends import devices

        rows = "".join(f"<tr><td>{escape(d.name)}</td><td>{'yes' if d.available else 'no'}</td><td>{escape(d.description)}</td>"
                       f"<td>{escape(d.missing)}</td></tr>" for d in devices())  # fmt: skip
        return f"<table><thead><tr><th>device</th><th>available</th><th>what</th><th>missing</th></tr></thead><tbody>{rows}</tbody></table>"

    def __repr__(self) -> str:
        from tfnb.engine.backends import devices

        return "\n".join(f"{d.name:10} {'yes' if d.available else 'no ':3} {d.description} {d.missing}" for d in devices())
