"""A step as a PyTorch script: a table of what each op is called there, in terms of the op's own parameters.

    "Relu": "torch.relu({features})"      "Sum": "total({input}, {reduction_indices}, {keep_dims})"

Backward nodes are written out like all others: nothing is left to autograd, so that the script shows the same graph.
Branches and loops are Python's `if` and `while`. Random ops have no counterpart: PyTorch draws other numbers.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from tfnb.core.dtypes import as_dtype
from tfnb.core.graph import Operation, Tensor
from tfnb.core.shapes import TensorShape
from tfnb.core.static import ints
from tfnb.engine.layout import lay_out
from tfnb.engine.plans import Plan
from tfnb.engine.program import Instruction, value_name, variable_of, written
from tfnb.engine.regions import FLOW, source

__all__ = ["TABLE", "torch_script"]

_SLICE = "{begin}, {end}, {strides}, {begin_mask}, {end_mask}, {ellipsis_mask}, {new_axis_mask}, {shrink_axis_mask}"

TABLE: dict[str, str] = {
    # -- element by element
    "Identity": "{input}", "Neg": "-{x}", "Square": "{x} * {x}", "Sigmoid": "torch.sigmoid({x})", "Tanh": "torch.tanh({x})",
    "Exp": "torch.exp({x})", "Expm1": "torch.expm1({x})", "Log": "torch.log({x})", "Log1p": "torch.log1p({x})", "Sqrt": "torch.sqrt({x})",
    "Rsqrt": "torch.rsqrt({x})", "Abs": "torch.abs({x})", "Sign": "torch.sign({x})", "Floor": "torch.floor({x})", "Ceil": "torch.ceil({x})",
    "Round": "torch.round({x})", "Rint": "torch.round({x})", "Sin": "torch.sin({x})", "Cos": "torch.cos({x})", "Tan": "torch.tan({x})",
    "Sinh": "torch.sinh({x})", "Cosh": "torch.cosh({x})", "Asin": "torch.asin({x})", "Acos": "torch.acos({x})", "Atan": "torch.atan({x})",
    "Erf": "torch.erf({x})", "Erfc": "torch.erfc({x})", "Lgamma": "torch.lgamma({x})", "Digamma": "torch.digamma({x})",
    "Reciprocal": "1 / {x}", "IsNan": "torch.isnan({x})", "IsInf": "torch.isinf({x})", "IsFinite": "torch.isfinite({x})",
    "ZerosLike": "torch.zeros_like({x})", "OnesLike": "torch.ones_like({x})", "LogicalNot": "~{x}", "StopGradient": "{input}",
    "PreventGradient": "{input}", "Cast": "{x}.to({DstT})", "CheckNumerics": "{tensor}",
    # -- two inputs
    "Add": "{x} + {y}", "AddV2": "{x} + {y}", "Sub": "{x} - {y}", "Mul": "{x} * {y}", "RealDiv": "{x} / {y}", "Div": "{x} / {y}",
    "DivNoNan": "torch.where({y} == 0, torch.zeros_like({x} / {y}), {x} / {y})", "FloorDiv": "torch.floor_divide({x}, {y})",
    "FloorMod": "torch.remainder({x}, {y})", "Maximum": "torch.maximum({x}, {y})", "Minimum": "torch.minimum({x}, {y})", "Pow": "torch.pow({x}, {y})",
    "SquaredDifference": "({x} - {y}) ** 2", "Atan2": "torch.atan2({y}, {x})", "Equal": "{x} == {y}", "NotEqual": "{x} != {y}", "Less": "{x} < {y}",
    "LessEqual": "{x} <= {y}", "Greater": "{x} > {y}", "GreaterEqual": "{x} >= {y}", "LogicalAnd": "{x} & {y}", "LogicalOr": "{x} | {y}",
    "AddN": "sum({inputs})",
    # -- activations
    "Relu": "torch.relu({features})", "Relu6": "F.relu6({features})", "Elu": "F.elu({features})", "Selu": "F.selu({features})",
    "LeakyRelu": "F.leaky_relu({features}, {alpha})", "Softplus": "F.softplus({features})", "Softsign": "F.softsign({features})",
    "Softmax": "torch.softmax({logits}, -1)", "LogSoftmax": "torch.log_softmax({logits}, -1)",
    "TanhGrad": "{dy} * (1 - {y} * {y})", "SigmoidGrad": "{dy} * {y} * (1 - {y})", "ReluGrad": "{gradients} * ({features} > 0)",
    "Relu6Grad": "{gradients} * (({features} > 0) & ({features} < 6))", "SqrtGrad": "{dy} * 0.5 / {y}", "RsqrtGrad": "{dy} * -0.5 * {y} ** 3",
    "ReciprocalGrad": "-{dy} * {y} * {y}", "EluGrad": "torch.where({outputs} < 0, {gradients} * ({outputs} + 1), {gradients})",
    "SoftplusGrad": "{gradients} * torch.sigmoid({features})", "SoftsignGrad": "{gradients} / (1 + torch.abs({features})) ** 2",
    # -- sums
    "Sum": "total({input}, {reduction_indices}, {keep_dims})", "Mean": "mean({input}, {reduction_indices}, {keep_dims})",
    "Max": "torch.amax({input}, axes({input}, {reduction_indices}), {keep_dims})",
    "Min": "torch.amin({input}, axes({input}, {reduction_indices}), {keep_dims})",
    "All": "torch.all({input}, axes({input}, {reduction_indices}), {keep_dims})",
    "Any": "torch.any({input}, axes({input}, {reduction_indices}), {keep_dims})",
    "ArgMax": "torch.argmax({input}, {dimension})", "ArgMin": "torch.argmin({input}, {dimension})", "L2Loss": "({t} * {t}).sum() / 2",
    "SpreadLike": "spread_like({dy}, {x}, {reduction_indices}, {keep_dims})", "SumToShapeOf": "{dy}.sum_to_size({x}.shape)",
    # -- matrices and convolutions
    "MatMul": "matmul({a}, {b}, {transpose_a}, {transpose_b})", "BatchMatMul": "matmul({x}, {y}, {adj_x}, {adj_y})",
    "BatchMatMulV2": "matmul({x}, {y}, {adj_x}, {adj_y})", "BiasAdd": "{value} + {bias}", "BiasAddGrad": "{out_backprop}.flatten(0, -2).sum(0)",
    "Conv2D": "conv2d({input}, {filter}, {strides}, {padding}, {dilations})",
    "Conv2DBackpropInput": "back(lambda x: conv2d(x, {filter}, {strides}, {padding}, {dilations}), {input_sizes}, {out_backprop})",
    "Conv2DBackpropFilter": "back(lambda w: conv2d({input}, w, {strides}, {padding}, {dilations}), {filter_sizes}, {out_backprop})",
    "MaxPool": "max_pool({input}, {ksize}, {strides}, {padding})", "AvgPool": "avg_pool({value}, {ksize}, {strides}, {padding})",
    "MaxPoolGrad": "through(lambda x: max_pool(x, {ksize}, {strides}, {padding}), {orig_input}, {grad})",
    "AvgPoolGrad": "back(lambda x: avg_pool(x, {ksize}, {strides}, {padding}), {orig_input_shape}, {grad})",
    # -- shapes
    "Shape": "torch.tensor({input}.shape, dtype={out_type})", "Size": "torch.tensor({input}.numel(), dtype={out_type})",
    "ShapeN": "[torch.tensor(v.shape, dtype={out_type}) for v in {input}]",
    "Rank": "torch.tensor({input}.ndim, dtype=torch.int32)", "Reshape": "{tensor}.reshape({shape})", "ExpandDims": "{input}.unsqueeze({dim})",
    "Squeeze": "squeeze({input}, {squeeze_dims})", "Transpose": "{x}.permute({perm})", "ConcatV2": "torch.cat({values}, {axis})",
    "Pack": "torch.stack({values}, {axis})", "Tile": "{input}.tile({multiples})", "Fill": "{value}.expand({dims})",
    "BroadcastTo": "{input}.expand({shape})", "Select": "select({condition}, {x}, {y})", "SelectV2": "torch.where({condition}, {t}, {e})",
    "GatherV2": "gather({params}, {indices}, {axis})", "Slice": "cut({input}, {begin}, {size})", "Range": "arange({start}, {limit}, {delta})",
    "Split": "torch.tensor_split({value}, {num}, {split_dim})", "Unpack": "torch.unbind({value}, {axis})",
    "InvertPermutation": "torch.argsort({x}).to({x}.dtype)",
    "StridedSlice": f"strided_slice({{input}}, {_SLICE})", "StridedSliceGrad": f"strided_slice_grad({{shape}}, {{dy}}, {_SLICE})",
    # -- what loops write to and read from
    "TensorArrayV3": "TensorArray({size}, {dtype}, {element_shape}, {dynamic_size}), FLOW", "TensorArraySizeV3": "{handle}.size()",
    "TensorArrayWriteV3": "{handle}.write({index}, {value})", "TensorArrayReadV3": "{handle}.read({index})",
    "TensorArrayScatterV3": "{handle}.scatter({indices}, {value})", "TensorArrayGatherV3": "{handle}.gather({indices})",
    "TensorArraySplitV3": "{handle}.split({value}, {lengths})", "TensorArrayConcatV3": "{handle}.concat()",
    "TensorArrayGradV3": "{handle}.gradient({source}), FLOW",
    "StackV2": "[]", "StackPushV2": "push({handle}, {elem})", "StackPopV2": "{handle}.pop()",
    # -- losses
    "SoftmaxCrossEntropyWithLogits": "softmax_xent({features}, {labels})", "SparseSoftmaxCrossEntropyWithLogits": "sparse_softmax_xent({features}, {labels})",
    # -- updates
    "Assign": "{value}", "AssignAdd": "{ref} + {value}", "AssignSub": "{ref} - {value}", "AssignVariableOp": "{value}",
    "AssignAddVariableOp": "{resource} + {value}", "AssignSubVariableOp": "{resource} - {value}", "ReadVariableOp": "{resource}",
    "ApplyGradientDescent": "{var} - {alpha} * {delta}", "ResourceApplyGradientDescent": "{var} - {alpha} * {delta}",
    "ApplyMomentum": "momentum_step({var}, {accum}, {lr}, {grad}, {momentum}, {use_nesterov})",
    "ResourceApplyMomentum": "momentum_step({var}, {accum}, {lr}, {grad}, {momentum}, {use_nesterov})",
    "ApplyAdam": "adam_step({var}, {m}, {v}, {beta1_power}, {beta2_power}, {lr}, {beta1}, {beta2}, {epsilon}, {grad})",
    "ResourceApplyAdam": "adam_step({var}, {m}, {v}, {beta1_power}, {beta2_power}, {lr}, {beta1}, {beta2}, {epsilon}, {grad})",
}  # fmt: skip

_ARRAY = '''FLOW = torch.tensor(0.0)  # orders reads and writes in the graph; Python's lines are in order


class TensorArray:
    """A list of tensors, each written once; in a gradient's list what is written adds up, and the rest is zero."""

    def __init__(self, size, dtype, shape=None, dynamic=False, shapes=None):
        self.values, self.shapes = [None] * int(size), shapes or [None] * int(size)
        self.dtype, self.shape, self.dynamic, self.adds = dtype, shape, dynamic, shapes is not None
        self.gradients = {}

    def write(self, index, value):
        i = int(index)
        if self.dynamic:
            more = max(i + 1 - len(self.values), 0)
            self.values, self.shapes = self.values + [None] * more, self.shapes + [None] * more
        before = self.values[i]
        self.values[i], self.shapes[i] = before + value if self.adds and before is not None else value, value.shape
        return FLOW

    def read(self, index):
        value = self.values[int(index)]
        if value is None:
            shape = next(s for s in (self.shapes[int(index)], self.shape, *self.shapes) if s is not None)
            value = torch.zeros(shape, dtype=self.dtype)
        return value

    def gather(self, indices):
        found = [self.read(i) for i in indices]
        return torch.stack(found) if found else torch.zeros([0, *(self.shape or [])], dtype=self.dtype)

    def scatter(self, indices, value):
        for i, row in zip(indices, value):
            self.write(i, row)
        return FLOW

    def concat(self):
        found = [self.read(i) for i in range(len(self.values))]
        return torch.cat(found), torch.tensor([len(v) for v in found])

    def split(self, value, lengths):
        return self.scatter(range(len(lengths)), value.split(lengths.tolist()))

    def size(self):
        return torch.tensor(len(self.values), dtype=torch.int32)

    def gradient(self, source):
        if source not in self.gradients:
            self.gradients[source] = TensorArray(len(self.values), self.dtype, self.shape, self.dynamic, list(self.shapes))
        return self.gradients[source]'''

FUNCTIONS = {
    "axes": "def axes(x, axis):\n    axis = (axis,) if isinstance(axis, int) else tuple(axis)\n    return axis or tuple(range(x.ndim))",
    "total": "def total(x, axis, keep):\n    return x.sum(axes(x, axis), keep) if axis != () else x",
    "mean": "def mean(x, axis, keep):\n    return x.mean(axes(x, axis), keep) if axis != () else x",
    "spread_like": (
        "def spread_like(dy, x, axis, keep):\n    if not keep:\n        for a in sorted(a % x.ndim for a in axes(x, axis)):\n"
        "            dy = dy.unsqueeze(a)\n    return dy.expand(x.shape)"
    ),
    "matmul": "def matmul(a, b, transpose_a, transpose_b):\n    return (a.mT if transpose_a else a) @ (b.mT if transpose_b else b)",
    "padded": (
        "def padded(x, kernel, strides, padding, dilations, fill=0.0):\n"
        "    \"\"\"x (n, c, h, w) with TensorFlow's border: SAME may add one more behind.\"\"\"\n"
        "    if padding == 'VALID':\n        return x\n    borders = []\n    for n, k, s, d in zip(x.shape[2:], kernel, strides, dilations):\n"
        "        whole = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)\n        borders = [whole // 2, whole - whole // 2, *borders]\n"
        "    return F.pad(x, borders, value=fill)"
    ),
    "conv2d": (
        "def conv2d(x, w, strides, padding, dilations):\n    x, w = x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1)\n"
        "    x = padded(x, w.shape[2:], strides[1:3], padding, dilations[1:3])\n"
        "    return F.conv2d(x, w, None, strides[1:3], 0, dilations[1:3]).permute(0, 2, 3, 1)"
    ),
    "max_pool": (
        "def max_pool(x, ksize, strides, padding):\n    x = padded(x.permute(0, 3, 1, 2), ksize[1:3], strides[1:3], padding, (1, 1), float('-inf'))\n"
        "    return F.max_pool2d(x, ksize[1:3], strides[1:3]).permute(0, 2, 3, 1)"
    ),
    "avg_pool": (
        "def avg_pool(x, ksize, strides, padding):\n    x = x.permute(0, 3, 1, 2)\n"
        "    ones, x = (padded(v, ksize[1:3], strides[1:3], padding, (1, 1)) for v in (torch.ones_like(x), x))\n"
        "    mean = [F.avg_pool2d(v, ksize[1:3], strides[1:3]) for v in (x, ones)]\n    return (mean[0] / mean[1]).permute(0, 2, 3, 1)"
    ),
    "through": "def through(function, x, dy):\n    return torch.func.vjp(function, x)[1](dy)[0]",
    "back": "def back(function, shape, dy):\n    return through(function, torch.zeros(shape, dtype=dy.dtype), dy)",
    "squeeze": (
        "def squeeze(x, axis):\n    axis = [a % x.ndim for a in axis] or range(x.ndim)\n"
        "    return x.reshape([n for a, n in enumerate(x.shape) if n != 1 or a not in axis])"
    ),
    "select": (
        "def select(condition, x, y):\n"
        '    """A vector as condition chooses whole rows."""\n'
        "    return torch.where(condition[(..., *[None] * (x.ndim - condition.ndim))], x, y)"
    ),
    "gather": "def gather(x, indices, axis):\n    return x.index_select(axis, indices.flatten()).reshape(*x.shape[:axis], *indices.shape, *x.shape[axis:][1:])",
    "cut": "def cut(x, begin, size):\n    return x[tuple(slice(b, n if s < 0 else b + s) for b, s, n in zip(begin, size, x.shape))]",
    "arange": "def arange(start, limit, delta):\n    return torch.arange(start.item(), limit.item(), delta.item(), dtype=start.dtype)",
    "places": (
        "def places(shape, begin, end, strides, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask):\n"
        '    """Where the elements of a slice are in the flattened tensor."""\n'
        "    index = [slice(b, e, s) for b, e, s in zip(begin, end, strides)]\n    for i, b in enumerate(begin):\n        bit = 1 << i\n"
        "        index[i] = slice(None if begin_mask & bit else b, None if end_mask & bit else index[i].stop, index[i].step)\n"
        "        index[i] = ... if ellipsis_mask & bit else None if new_axis_mask & bit else b if shrink_axis_mask & bit else index[i]\n"
        "    at = np.arange(np.prod(shape, dtype=int)).reshape(tuple(shape))[tuple(index)]\n    return torch.from_numpy(np.array(at, order='C'))"
    ),
    "strided_slice": "def strided_slice(x, *index):\n    return x.flatten()[places(x.shape, *index)]",
    "strided_slice_grad": (
        "def strided_slice_grad(shape, dy, *index):\n    dx = torch.zeros(tuple(shape), dtype=dy.dtype)\n"
        "    dx.view(-1)[places(dx.shape, *index)] = dy\n    return dx"
    ),
    "TensorArray": _ARRAY,
    "push": "def push(stack, x):\n    stack.append(x)\n    return x",
    "softmax_xent": (
        "def softmax_xent(logits, labels):\n    log = torch.log_softmax(logits, -1)\n    return -(labels * log).sum(-1), torch.exp(log) - labels"
    ),
    "sparse_softmax_xent": (
        "def sparse_softmax_xent(logits, labels):\n    return softmax_xent(logits, F.one_hot(labels.long(), logits.shape[-1]).to(logits.dtype))"
    ),
    "momentum_step": (
        "def momentum_step(w, slot, rate, dw, momentum, nesterov):\n    slot = momentum * slot + dw\n"
        "    return w - rate * (dw + momentum * slot if nesterov else slot), slot"
    ),
    "adam_step": (
        "def adam_step(w, m, v, power1, power2, rate, beta1, beta2, epsilon, dw):\n    rate = rate * torch.sqrt(1 - power2) / (1 - power1)\n"
        "    m, v = m + (dw - m) * (1 - beta1), v + (dw * dw - v) * (1 - beta2)\n    return w - rate * m / (torch.sqrt(v) + epsilon), m, v"
    ),
}  # fmt: skip
_DTYPES = ("DstT", "out_type", "output_type", "dtype")
_NEEDS = {"total": ["axes"], "mean": ["axes"], "spread_like": ["axes"], "conv2d": ["padded"], "max_pool": ["padded"], "avg_pool": ["padded"],
          "back": ["through"], "sparse_softmax_xent": ["softmax_xent"], "strided_slice": ["places"], "strided_slice_grad": ["places"]}  # fmt: skip


def torch_script(session: Any, plan: Plan) -> Any:
    """The step as a PyTorch script. Raises ValueError that lists the ops without a counterpart."""
    from tfnb.engine.exporting import Script, packed, script_head

    plan = _apart(plan)
    program = plan.program
    if program.missing:
        raise ValueError(f"The placeholder {program.missing[0].name} is needed and not among the feeds.")
    missing = {i.op.type: i.op.name for i in program.instructions if not _has_counterpart(i.op)}
    if missing:
        raise ValueError("PyTorch has no counterpart here for " + ", ".join(f"{t} ({n})" for t, n in missing.items()) + ".")
    lines = _lines(plan)
    used = [n for n in FUNCTIONS if any(f"{n}(" in line for line in lines)]
    wanted = {*used, *(m for n in used for m in _NEEDS.get(n, ()))}
    arrays: dict[str, Any] = {}
    constants = [f"{n} = {_tensor(arrays, n, v)}" for n, v in program.constants.items() if any(n in line for line in lines) or n in plan.code.results]
    state = _state(session, plan, arrays)
    loaded, beside = packed(arrays)
    head = f"{script_head(plan, 'torch')}import numpy as np\nimport torch\nimport torch.nn.functional as F"
    functions = [FUNCTIONS[n] for n in FUNCTIONS if n in wanted]
    parts = [head, *functions, loaded, "\n".join(constants), _step(plan, lines), state, _run(plan)]
    return Script("\n\n\n".join(p for p in parts if p) + "\n", beside, "torch")


def _apart(plan: Plan) -> Plan:
    """The plan with values called otherwise than what the script itself calls something."""
    own = {*FUNCTIONS, "FLOW", "F", "torch", "data", "state", "step", "run", *dir(builtins)}
    apart = lambda name: f"{name}_value" if name in own else name
    program = plan.program
    names = {t: apart(n) for t, n in program.names.items()}
    constants = {apart(n): v for n, v in program.constants.items()}
    instructions = tuple(i._replace(names=tuple(map(apart, i.names))) for i in program.instructions)
    code = plan.code._replace(arguments=tuple(map(apart, plan.code.arguments)), results=tuple(map(apart, plan.code.results)))
    return plan._replace(program=program._replace(names=names, constants=constants, instructions=instructions), code=code)


def _has_counterpart(op: Operation) -> bool:
    if op.type in FLOW:
        return True
    return op.type in TABLE and op.attrs.get("data_format", "NHWC") in ("NHWC", b"NHWC") and not op.attrs.get("batch_dims")


def _lines(plan: Plan) -> list[str]:
    """A line for each instruction, and those of the branches and loops around them."""
    instructions = plan.program.instructions
    statements = [_statement(plan, ins) for ins in instructions]
    notes = [f"{i.op.name}: {', '.join(str(t.shape) for t in i.op.outputs[:2])}" for i in instructions]
    if plan.program.structured:
        return lay_out(statements, [i.path for i in instructions], notes, lambda t: value_name(plan.program, t)).text
    return [f"    {s}  # {note}" for s, note in zip(statements, notes, strict=True)]


def _statement(plan: Plan, ins: Instruction) -> str:
    node, d = ins.op, ins.op.definition
    if node.type in FLOW:
        value = value_name(plan.program, node.inputs[ins.arrival or 0])
        which = f", torch.tensor({ins.arrival}, dtype=torch.int32)" if len(ins.names) == 2 else ""
        return f"{', '.join(ins.names)} = {value}{which}"
    values: dict[str, str] = {k: _attribute(as_dtype(v) if k in _DTYPES else v) for k, v in node.attrs.items()}
    rest: list[str] = []
    for i, x in enumerate(node.inputs):
        p = d.param(i)
        text = _host(plan, x) if d.is_host(i) else value_name(plan.program, x)
        if p.many:
            rest.append(text)
            values[p.name] = f"[{', '.join(rest)}]"
        else:
            values[p.name] = text
    places = [plan.program.names[v.outputs[0]] for v in written(node)]
    targets = [*places, *ins.names, ""] if d.many_results and len(ins.names) == 1 and not places else [*places, *ins.names]
    text = TABLE[node.type].format(**values)
    return f"{', '.join(targets).rstrip()} = {text}" if targets else text


def _host(plan: Plan, x: Tensor) -> str:
    x = source(x, plan.program.feeds)
    if x.op.type == "Const" and x not in plan.program.feeds:
        return repr(ints(x.op.value))
    return f"{value_name(plan.program, x)}.tolist()"


def _attribute(value: Any) -> str:
    if hasattr(value, "base_dtype"):
        return f"torch.{value.base_dtype.name}"
    if isinstance(value, TensorShape):
        return repr(value.as_list() if value.is_fully_defined() else None)
    if isinstance(value, type) and issubclass(value, np.generic):
        return f"torch.{np.dtype(value).name}"
    return repr(value.decode() if isinstance(value, bytes) else value)


def _tensor(arrays: dict[str, Any], name: str, value: Any) -> str:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} is no array of numbers.")
    if array.size <= 16:
        return f"torch.tensor({array.tolist()!r}, dtype=torch.{array.dtype.name})".replace("inf", "float('inf')").replace("nan", "float('nan')")
    arrays[name] = array
    return f"torch.from_numpy(data[{name!r}])"


def _state(session: Any, plan: Plan, arrays: dict[str, Any]) -> str:
    names = plan.code.arguments[len(plan.program.feeds) :]
    kept = zip(names, plan.program.reads, map(session._backend.get, session.kept(plan.program)), strict=True)
    values = [(n, r.key, "None" if type(v).__name__ == "Missing" else _tensor(arrays, n, v)) for n, r, v in kept]
    return "\n".join(["state = {", *(f"    {n!r}: {text},  # {key}" for n, key, text in values), "}"])


def _step(plan: Plan, lines: list[str]) -> str:
    results = ", ".join(_result(plan, f) for f in plan.program.fetches if isinstance(f, Tensor))
    changed = ", ".join(plan.program.names[_variable(plan, w.key).outputs[0]] for w in plan.program.writes)
    return "\n".join([f"def step({', '.join(plan.code.arguments)}):", *lines, f"    return [{results}], [{changed}]"])


def _result(plan: Plan, fetched: Tensor) -> str:
    variable = variable_of(fetched) if fetched not in plan.program.feeds else None
    return plan.program.names[variable.outputs[0]] if variable is not None else value_name(plan.program, fetched)


def _variable(plan: Plan, key: str) -> Operation:
    return plan.program.graph.get_operation_by_name(key)


def _run(plan: Plan) -> str:
    fed = list(plan.code.arguments[: len(plan.program.feeds)])
    casts = [f"    {n} = torch.as_tensor(np.asarray({n}), dtype=torch.{t.dtype.base_dtype.name})" for n, t in zip(fed, plan.program.feeds, strict=True)]
    written_names = [plan.program.names[_variable(plan, w.key).outputs[0]] for w in plan.program.writes]
    return "\n".join([
        f"WRITTEN = {written_names!r}", "", "", f"def run({', '.join(fed)}):",
        '    """One run: the fetched values in order, each once; what it writes is in `state` for the next."""', *casts,
        "    with torch.no_grad():", f"        fetched, changed = step({', '.join([*fed, '*state.values()'])})",
        "    state.update((n, v) for n, v in zip(WRITTEN, changed) if n in state)", "    return [v.numpy() for v in fetched]",
    ])  # fmt: skip
