"""The fetched part of a graph as a script that runs without tfnb, or as a listing to read.

    script = export(sess, [loss, train], {x: batch}, "numpy")      also "jax", "torch"; "jaxpr" and "tf1" are listings
    print(script.text);  script.save("step.py")                    larger arrays go beside it, into step.npz

The script holds the generated step, the source of every kernel that it calls, and the session's variables at this moment.
`run(x)` does what `sess.run` would do next, and changes the variables in the script's `state`. Random ops draw the session's
own numbers where they have a seed; without one no numbers are promised, here as there.
"""

from __future__ import annotations

import builtins
import re
import zlib
from base64 import b85encode
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tfnb.core.graph import Tensor
from tfnb.engine.bundling import Bundle, NotWritten, value_text
from tfnb.engine.fetches import feeds_of
from tfnb.engine.namespaces import JaxNamespace, Namespace
from tfnb.engine.plans import Plan
from tfnb.engine.states import settle

__all__ = ["TARGETS", "Script", "export", "export_plan", "packed", "script_head"]

TARGETS = ("numpy", "jax", "torch", "jaxpr", "tf1")
EMBEDDED = 200_000  # bytes of compressed arrays that are written into the script itself

_CALLED = re.compile(r"\bops\.(\w+)")
_USED = re.compile(r"\bxp\.(\w+)")
_ON_HOST = re.compile(r"\bhost\.(\w+)")
_WORD = re.compile(r"\b[A-Za-z_]\w*")


class Script(NamedTuple):
    """An export: its text, and arrays that are too large to stand in it."""

    text: str
    arrays: dict[str, np.ndarray]
    target: str

    def save(self, path: str | Path) -> list[Path]:
        """Writes the script, and beside it its arrays where there are any; the files written."""
        path = Path(path)
        path.write_text(self.text, encoding="utf-8")
        if not self.arrays:
            return [path]
        beside = path.with_suffix(".npz")
        np.savez_compressed(beside, **self.arrays)  # type: ignore[arg-type]
        return [path, beside]

    def __str__(self) -> str:
        return self.text


def export(session: Any, fetches: Any, feed_dict: Any = None, target: str = "numpy") -> Script:
    """The run of `fetches` as a script or listing of a target. `feed_dict` may be just the fed tensors.

    Raises ValueError, naming the node, where something cannot be written: a Python function, an iterator, an op without
    a counterpart in PyTorch.
    """
    fed = feeds_of(session.graph, feed_dict) if isinstance(feed_dict, dict) else {}
    return export_plan(session, session.plan(fetches, feed_dict), target, fed)


def export_plan(session: Any, plan: Plan, target: str, fed: dict[Tensor, Any] | None = None) -> Script:
    """`export` of what is planned already; `fed` gives shapes to the jaxpr."""
    if target not in TARGETS:
        raise ValueError(f"Exports are {', '.join(TARGETS)}; not {target!r}.")
    settle(session, plan.program)
    if target == "torch":
        from tfnb.engine.exporting_torch import torch_script

        made: Script = torch_script(session, plan)
        return made
    if target == "tf1":
        from tfnb.engine.exporting_tf1 import tf1_listing

        return Script(tf1_listing(plan.program), {}, target)
    if target == "jaxpr":
        return Script(_jaxpr(session, plan, fed or {}), {}, target)
    return _script(session, plan, target)


# -- NumPy and JAX -----------------------------------------------------------------------------------------------
def _script(session: Any, plan: Plan, target: str) -> Script:
    _refuse(plan)
    code = plan.code
    words = set(_WORD.findall(code.source))
    bundle = Bundle(reserved=words | {"host", "step", "run", "state", "main", "data", "sys", "Path", "jax"})
    source = code.source
    try:
        source = _CALLED.sub(lambda m: bundle.add(getattr(code.env["ops"], m[1]), m[1]), source)
        for name, value in code.env.items():
            if name in words and name not in ("np", "ops", "host") and getattr(builtins, name, None) is not value:
                own = _apart(name)
                if own != bundle.add(value, own, fixed=True) or own != name:
                    source = re.sub(rf"(?<![\w.]){name}\b(?! ?=[^=])", own, source)
        bundle.attributes.update(_USED.findall(source))
        namespace = _namespace(bundle, target, "xp", bundle.attributes)
        if "host" in words:
            namespace += "\n\n\n" + _namespace(bundle, "numpy", "host", set(_ON_HOST.findall(source)))
        early = bool(bundle.arrays)
        state = _state(session, plan, bundle)
    except NotWritten as e:
        raise ValueError(f"This run cannot be written as {target}: there is no text for {e}.") from None
    arrays = dict(bundle.arrays)
    head = script_head(plan, target)
    loaded, beside = packed(arrays)
    imports = sorted(bundle.imports.values(), key=lambda line: ("__future__" not in line, line))
    if target == "jax":
        imports += ["import jax", "import jax.numpy", "", 'jax.config.update("jax_enable_x64", True)']
    jit = "step = jax.jit(step)\n" if target == "jax" and code.compilable and not plan.program.structured else ""
    before, behind = (loaded, "") if early else ("", loaded)  # a large constant is needed at once, variables last
    parts = [head + "\n".join(imports), before, namespace, bundle.text, source.rstrip(), jit, behind, state, _main(plan, target)]
    return Script("\n\n\n".join(p for p in parts if p) + "\n", beside, target)


def _apart(name: str) -> str:
    """A constant's name that hides nothing of Python's: a node may be called max, and a kernel may call max."""
    return f"{name}_constant" if hasattr(builtins, name) else name


def _refuse(plan: Plan) -> None:
    program = plan.program
    if program.missing:
        raise ValueError(f"The placeholder {program.missing[0].name} is needed and not among the feeds.")
    for ins in program.instructions:
        d = ins.op.definition
        if d.resource is not None or ins.op.type in ("PyFunc", "PyFuncStateless", "EagerPyFunc") or "dataset" in ins.op.type.lower():
            raise ValueError(f"{ins.op.name} ({ins.op.type}) works on something of this process: feed its result instead.")


def _namespace(bundle: Bundle, target: str, name: str, used: set[str]) -> str:
    """xp: the library itself, or with the few functions beside it that the step uses."""
    owner = JaxNamespace if target == "jax" else Namespace
    library = "jax.numpy" if target == "jax" else "np"
    methods = bundle.methods(owner, used)
    if target == "jax":
        methods += bundle.methods(Namespace, {n for n in used if n not in vars(JaxNamespace)})
    if not methods:
        return f"{name} = {library}"
    body = "\n\n".join("    " + m.replace("\n", "\n    ") for m in methods)
    return (f'class {name.title()}Namespace:\n    """{library} and what the step needs beside it."""\n\n    _library = {library}\n\n'
            f"    def __getattr__(self, name):\n        return getattr(self._library, name)\n\n{body}\n\n\n{name} = {name.title()}Namespace()")  # fmt: skip


def _state(session: Any, plan: Plan, bundle: Bundle) -> str:
    """The session's variables, random counters and such as the script's `state`, in the order of the step's arguments."""
    program, get = plan.program, session._backend.get
    lines = []
    for read, name, value in zip(program.reads, plan.code.arguments[len(program.feeds) :], session.kept(program), strict=True):
        held = get(value)
        if type(held).__name__ == "Missing":
            held = None
        lines.append(f"    {name!r}: {bundle.value(held, f'state_{name}')},  # {read.kind} of {read.key}")
    return "\n".join(["state = {", *lines, "}"])


def packed(arrays: dict[str, np.ndarray]) -> tuple[str, dict[str, np.ndarray]]:
    """How the script gets its arrays: from its own text where they are small, else from the file beside it."""
    if not arrays:
        return "", {}
    buffer = BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    text = b85encode(zlib.compress(buffer.getvalue(), 9)).decode()
    if len(text) > EMBEDDED:
        return 'from pathlib import Path\n\ndata = dict(np.load(Path(__file__).with_suffix(".npz")))', arrays
    lines = "\n".join(f'    "{text[i : i + 120]}"' for i in range(0, len(text), 120))
    imports = "from base64 import b85decode\nfrom io import BytesIO\nfrom zlib import decompress"
    return f"{imports}\n\ndata = dict(np.load(BytesIO(decompress(b85decode(\n{lines}\n)))))", {}


def script_head(plan: Plan, target: str) -> str:
    program = plan.program
    fetched = ", ".join(f.name for f in program.fetches)
    library = {"numpy": "NumPy", "jax": "NumPy and JAX", "torch": "NumPy and PyTorch"}[target]
    fed = "".join(f"\n    {t.name:24} {t.dtype.base_dtype.name} {t.shape}" for t in program.feeds) or " nothing"
    return f'"""One step of a graph, written by tfnb; it needs {library} only.\n\nFetches: {fetched}.\nFeeds:{fed}\n"""\n\n'


def _main(plan: Plan, target: str) -> str:
    program, code = plan.program, plan.code
    fed = list(code.arguments[: len(program.feeds)])
    names = [f.name for f in program.fetches if isinstance(f, Tensor)]
    written = [_argument(plan, w) for w in program.writes]
    numbers = [(n, t.dtype.base_dtype) for n, t in zip(fed, program.feeds, strict=True) if t.dtype.base_dtype.name != "string"]
    casts = [f"    {n} = np.asarray({n}, {value_text(dtype)})" for n, dtype in numbers]
    shown = [f'    print("run({", ".join(fed)}) gives {", ".join(names) or "nothing"}")']
    if not fed:
        shown = ["    for name, value in zip(FETCHED, run()):", "        print(name, value)"]
    convert = "[np.asarray(v) for v in fetched]" if target == "jax" else "list(fetched)"
    return "\n".join([
        f"FETCHED = {names!r}", f"WRITTEN = {written!r}", "", "", f"def run({', '.join(fed)}):",
        '    """One run: the fetched values in order, each once; what it writes is in `state` for the next."""', *casts,
        f"    fetched, changed = step({', '.join([*fed, '*state.values()'])})",
        "    state.update((n, v) for n, v in zip(WRITTEN, changed) if n in state)", f"    return {convert}", "", "",
        'if __name__ == "__main__":', *shown,
    ])  # fmt: skip


def _argument(plan: Plan, written: Any) -> str:
    """The name under which the step takes what it writes; what it writes only is not kept between runs of the script."""
    op = plan.program.graph.get_operation_by_name(written.key)
    return plan.program.names[op.outputs[0]] + ("_block" if written.kind == "state" else "")


# -- JAX's own language ---------------------------------------------------------------------------------------------
def _jaxpr(session: Any, plan: Plan, fed: dict[Tensor, Any]) -> str:
    """What JAX makes of the step: its jaxpr, for the shapes that are fed (1 for what is unknown)."""
    from tfnb.engine.backends import backend

    if not plan.code.compilable:
        raise ValueError("This run has no jaxpr: a shape depends on values, it branches or loops, or a node works on the host.")
    target = backend("cpu:jax")
    jax: Any = target.jax  # type: ignore[attr-defined]
    given = [fed[t] if fed.get(t) is not None else np.zeros([n or 1 for n in t.shape.as_list()], t.dtype.base_dtype.np) for t in plan.program.feeds]
    step = plan.code.function(target.xp)
    values = [target.put(np.int64(v) if type(v) is int else v) for v in [*given, *map(session._backend.get, session.kept(plan.program))]]
    return str(jax.make_jaxpr(step)(*values))


