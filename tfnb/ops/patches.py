"""Image patches: each window of an image as one long row of numbers.

    extract_image_patches(x, [1, 3, 3, 1], [1, 1, 1, 1], [1, 1, 1, 1], "SAME")      (n, h, w, 3 * 3 * c)

Arrays are (n, h, w, c): n batch, h w space, c channels.
"""

from __future__ import annotations

from typing import Any

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import op
from tfnb.core.rules import Call, F, Host, R, ShapeError
from tfnb.core.shapes import TensorShape, unknown_shape
from tfnb.ops import arrays
from tfnb.ops.windows import Frame, columns, slid

__all__ = ["extract_image_patches"]


def _frame(space: Any, a: dict[str, Any]) -> Frame:
    return Frame.of(space, *(tuple(a[k])[1:3] for k in ("ksizes", "strides", "rates")), a["padding"])


def _patches(call: Call) -> list[TensorShape]:
    x, a = call.shapes[0].sizes, call.attrs
    if x is None:
        return [unknown_shape(4)]
    if len(x) != 4:
        raise ShapeError(f"Shape must be rank 4 but is rank {len(x)}")
    k = a["ksizes"][1] * a["ksizes"][2]
    space = [None if n is None else _frame((n, n), a).out[i] for i, n in enumerate(x[1:3])]
    return [TensorShape.of((x[0], *space, None if x[3] is None else x[3] * k))]


@op("ExtractImagePatches", shape=_patches)
def extract_image_patches_op(xp: Any, images: R, *, ksizes: Any, strides: Any, rates: Any, padding: str) -> R:
    """Each window of the images as one row of numbers, in reading order, channels innermost."""
    frame = _frame(
        images.shape[1:3], {"ksizes": ksizes, "strides": strides, "rates": rates, "padding": padding}
    )
    return xp.reshape(columns(xp, images, frame), (images.shape[0], *frame.out, -1))


@op(
    "ExtractImagePatchesGrad",
    shape=lambda call: [unknown_shape(4) if call.sizes(1) is None else TensorShape.of(call.sizes(1))],
)
def patches_grad(xp: Any, dy: F, sizes: Host, *, ksizes: Any, strides: Any, rates: Any, padding: str) -> F:
    """Each window's numbers added back to where they were seen."""
    frame = _frame(sizes[1:3], {"ksizes": ksizes, "strides": strides, "rates": rates, "padding": padding})
    parts = xp.split(dy, frame.kernel[0] * frame.kernel[1], axis=-1)
    return slid(xp, parts, frame)


@extract_image_patches_op.gradient
def patches_gradient(node: Operation, dy: Tensor) -> Tensor:
    return patches_grad(dy, arrays.shape(node.inputs[0]), **node.attrs)


@patches_grad.gradient
def patches_grad_gradient(node: Operation, dy: Tensor) -> Any:
    return extract_image_patches_op(dy, **node.attrs), None


def extract_image_patches(
    images: Any,
    ksizes: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    sizes: Any = None,
) -> Tensor:
    """Windows of `images` (n, h, w, c) as rows of numbers: shape (n, out h, out w, window h * window w * c).

    >>> tf.extract_image_patches(tf.zeros([1, 4, 4, 1]), [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID").shape
    TensorShape([Dimension(1), Dimension(2), Dimension(2), Dimension(4)])
    """
    ksizes = sizes if ksizes is None else ksizes
    lists = {"ksizes": ksizes, "strides": strides, "rates": rates}
    given = {k: [int(n) for n in v] for k, v in lists.items()}
    return extract_image_patches_op(images, **given, padding=padding, name=name)
