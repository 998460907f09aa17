"""One line an op: what to call it with. tests/test_ops.py asks every one of them the same questions.

("MatMul", "2 3, 3 4")                   two inputs of these shapes, uniform in [-1, 1]
("Log", "2 3", {"low": 0.1, "high": 2})  in another range
("Sum", "2 3", [1])                      further inputs by value; keywords that are no range are attributes
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """An op with inputs to differentiate by (`shapes`), further inputs (`rest`), attributes, and the range of the first."""

    type: str
    shapes: tuple[tuple[int, ...], ...]
    rest: tuple[Any, ...]
    attrs: dict[str, Any]
    low: float
    high: float
    smooth: bool  # whether a gradient can be checked by differences

    @property
    def name(self) -> str:
        return f"{self.type}-{'-'.join('x'.join(map(str, s)) or '0' for s in self.shapes)}" + "".join(
            f"-{v}" for v in self.attrs.values()
        )


def case(type: str, shapes: str, *more: Any) -> Case:
    attrs = dict(more[-1]) if more and isinstance(more[-1], dict) else {}
    rest = tuple(more[:-1] if attrs else more)
    low, high, smooth = attrs.pop("low", -1.0), attrs.pop("high", 1.0), attrs.pop("smooth", True)
    parsed = tuple(tuple(map(int, part.split())) for part in shapes.split(",")) if shapes else ()
    return Case(type, parsed, rest, attrs, low, high, smooth)


def _each(types: str, shapes: str, *more: Any) -> list[Case]:
    return [case(t, shapes, *more) for t in types.split()]


I32 = np.int32
_IMAGE = {"strides": (1, 2, 1, 1), "padding": "SAME"}
_CONV = {**_IMAGE, "data_format": "NHWC", "dilations": (1, 1, 1, 1)}
_VOLUME = {
    "strides": (1, 1, 2, 1, 1),
    "padding": "VALID",
    "data_format": "NDHWC",
    "dilations": (1, 1, 1, 1, 1),
}
_POOL = {"ksize": (1, 2, 2, 1), **_IMAGE}
_CUBE = {"ksize": (1, 2, 2, 2, 1), "strides": (1, 1, 2, 1, 1), "padding": "SAME"}
_DILATE = {"strides": (1, 1, 1, 1), "rates": (1, 2, 1, 1), "padding": "SAME"}
_PATCH = {"ksizes": (1, 2, 2, 1), "strides": (1, 1, 2, 1), "rates": (1, 1, 1, 1), "padding": "SAME"}

CASES: list[Case] = [
    # -- element by element
    *_each("Identity Neg Square Sigmoid Tanh Sin Cos Tan Sinh Cosh Asinh Atan Exp Expm1 Erf Erfc Relu LeakyRelu Elu Selu Softplus Softsign", "2 3"),
    *_each("Relu6 Abs BesselI0e BesselI1e Softmax LogSoftmax L2Loss", "2 3"),
    *_each("Asin Acos Atanh", "2 3", {"low": -0.9, "high": 0.9}),
    *_each("Sqrt Rsqrt Reciprocal Log Log1p Lgamma Digamma", "2 3", {"low": 0.3, "high": 3.0}),
    case("Acosh", "2 3", {"low": 1.2, "high": 3.0}),
    *_each("Floor Ceil Rint Round Sign ZerosLike IsNan IsInf IsFinite Shape Size Rank StopGradient", "2 3", {"smooth": False}),
    *_each("Add AddV2 Sub Mul Maximum Minimum SquaredDifference MulNoNan", "2 3, 3"),
    *_each("Add AddV2 Sub Mul", "2 1 3, 4 1"),
    *_each("RealDiv Div DivNoNan Xdivy Xlogy Pow Atan2", "2 3, 3", {"low": 0.3, "high": 2.0}),
    *_each("FloorDiv FloorMod TruncateMod", "2 3, 3", {"low": 0.3, "high": 2.0, "smooth": False}),
    *_each("Equal NotEqual Less LessEqual Greater GreaterEqual", "2 3, 3", {"smooth": False}),
    case("AddN", "2 3, 2 3, 2 3"), case("Select", "", np.array([[True, False, True]] * 2), np.ones((2, 3)), np.zeros((2, 3))),
    case("Cast", "2 3", {"DstT": "float32", "smooth": False}), case("CheckNumerics", "2 3", {"message": "bad"}),
    case("BiasAdd", "2 4 3, 3"), case("BiasAddGrad", "2 4 3"), case("LRN", "1 2 2 5", {"depth_radius": 2}),
    # -- matrices
    case("MatMul", "2 3, 3 4"), case("MatMul", "3 2, 4 3", {"transpose_a": True, "transpose_b": True}), case("BatchMatMulV2", "5 2 3, 3 4"),
    case("Cross", "2 3, 2 3"), *_each("MatrixDiag MatrixDiagPart", "3 3"), *_each("Diag DiagPart", "3 3"),
    case("MatrixInverse", "3 3", {"low": 0.0, "high": 1.0}), case("MatrixDeterminant", "3 3"), case("MatrixSetDiag", "3 3, 3"),
    case("TridiagonalSolve", "3 4, 4 2", {"low": 2.0, "high": 3.0}), case("ConjugateTranspose", "3 4", np.array([1, 0])),
    case("MatrixSolve", "3 3, 3 2"), case("MatrixBandPart", "3 4", np.int64(1), np.int64(0)),
    # -- shapes
    case("Reshape", "2 6", [3, -1]), case("ExpandDims", "2 3", 1), case("Squeeze", "2 1 3"), case("Transpose", "2 3 4", [2, 0, 1]),
    case("BroadcastTo", "3 1", [2, 3, 4]), case("Pack", "2 3, 2 3", {"axis": 1}), case("Unpack", "2 3", {"num": 3, "axis": 1}),
    case("Slice", "3 4", [1, 0], [2, -1]), case("ReverseV2", "2 3", [1]), case("Roll", "2 3", [1], [1]), case("Tile", "2 3", [2, 1]),
    case("Pad", "2 3", [[1, 0], [0, 2]]), case("MirrorPad", "3 4", [[1, 2], [0, 3]], {"mode": "SYMMETRIC"}),
    case("MirrorPadGrad", "6 7", [[1, 2], [0, 3]], {"mode": "REFLECT"}), case("SplitV", "5 2", [2, -1], 0, {"num": 2}),
    # -- rows by index
    case("GatherV2", "4 3", [[0, 2], [3, 3]], 0), case("GatherV2", "2 4 3", [[0, 2], [3, 3]], 1), case("GatherNd", "3 4", [[0, 2], [2, 3]]),
    case("GatherV2", "2 4 3", [[0, 2], [3, 3]], 1, {"batch_dims": 1}),
    *_each("UnsortedSegmentSum UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd", "5 2", [1, 0, 1, 2, 0], 3),
    *_each("SegmentSum SegmentMean SegmentMax SegmentMin", "5 2", [0, 0, 1, 2, 2]),
    case("ReverseSequence", "3 4", [2, 0, 4], {"seq_dim": 1}), case("DynamicPartition", "4 2", np.array([0, 1, 1, 0], I32), {"num": 2}),
    *_each("TensorScatterUpdate TensorScatterAdd TensorScatterSub", "3 2", [[1], [2]], np.ones((2, 2))),
    # -- sums
    *_each("Sum Mean Prod Max Min", "2 3 4", [0, 2]), *_each("Sum Mean Max", "2 3 4", [1], {"keep_dims": True}),
    *_each("ArgMax ArgMin", "2 3", 1, {"smooth": False}), *_each("Cumsum Cumprod", "2 3", 1, {"exclusive": True}),
    case("CumulativeLogsumexp", "2 3", 1, {"reverse": True}),
    case("TopKV2", "2 5", 3),
    # -- networks
    case("Conv2D", "2 5 4 2, 3 2 2 3", _CONV), case("Conv3D", "1 3 4 3 2, 2 2 2 2 3", _VOLUME), case("DepthwiseConv2dNative", "2 5 4 2, 3 2 2 2", {
        "strides": (1, 1, 1, 1), "padding": "VALID", "data_format": "NHWC", "dilations": (1, 1, 1, 1)}),
    *_each("MaxPool AvgPool", "2 5 4 2", _POOL), *_each("MaxPool3D AvgPool3D", "1 3 4 3 2", _CUBE), case("Dilation2D", "1 5 4 2, 2 2 2", _DILATE),
    case("ExtractImagePatches", "1 5 4 2", _PATCH), case("SoftmaxCrossEntropyWithLogits", "3 4", np.full((3, 4), 0.25)),
    case("SparseSoftmaxCrossEntropyWithLogits", "3 4", np.array([1, 0, 3], I32)), case("SpaceToDepth", "1 4 4 2", {"block_size": 2}),
    case("DepthToSpace", "1 2 2 8", {"block_size": 2}), case("SpaceToBatchND", "1 4 3 2", [2, 1], [[0, 0], [1, 0]]),
    case("BatchToSpaceND", "2 2 3 2", [2, 1], [[1, 0], [0, 0]]),
    # -- images
    *_each("ResizeBilinear ResizeNearestNeighbor ResizeBicubic", "1 4 5 2", [3, 7], {"smooth": False}), case("RGBToHSV", "2 2 3", {"low": 0.1}),
    case("ResizeArea", "1 4 5 2", [3, 7], {"smooth": False}), case("HSVToRGB", "2 2 3", {"low": 0.1, "smooth": False}),
    case("AdjustContrastv2", "2 3 3", np.float32(0.5), {"smooth": False}), case("AdjustHue", "2 3 3", np.float32(0.2), {"low": 0.1, "smooth": False}),
]  # fmt: skip
