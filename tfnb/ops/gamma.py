"""The error function, the gamma function and their kin, from sums short enough to read.

    erf(x)       share of a normal distribution: 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x
    lgamma(x)    logarithm of |gamma(x)|, and gamma(n) = (n-1)!

Formulas after Press et al., Numerical Recipes (3rd edition), chapter 6. All are computed in float64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tfnb.core.graph import Operation, Tensor
from tfnb.core.op import convert_to_tensor, op
from tfnb.core.rules import F
from tfnb.core.scopes import name_scope
from tfnb.ops import reduce
from tfnb.ops import special as functions
from tfnb.ops.elementwise import add_v2, multiply, negative, subtract, unbroadcast
from tfnb.ops.powers import square

__all__ = ["betainc", "digamma", "erf", "erfc", "igamma", "igammac", "lbeta", "lgamma", "polygamma", "zeta"]

ERFC = (
    -1.3026537197817094, 6.4196979235649026e-1, 1.9476473204185836e-2, -9.561514786808631e-3,
    -9.46595344482036e-4, 3.66839497852761e-4, 4.2523324806907e-5, -2.0278578112534e-5, -1.624290004647e-6,
    1.303655835580e-6, 1.5626441722e-8, -8.5238095915e-8, 6.529054439e-9, 5.059343495e-9, -9.91364156e-10,
    -2.27365122e-10, 9.6467911e-11, 2.394038e-12, -6.886027e-12, 8.94487e-13, 3.13092e-13, -1.12708e-13,
    3.81e-16, 7.106e-15, -1.523e-15, -9.4e-17, 1.21e-16, -2.8e-17,
)  # fmt: skip
LANCZOS = (
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
)  # fmt: skip
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
ROUNDS = 120


# -- sums ----------------------------------------------------------------------------------------------------
def erfc_sum(xp: Any, x: Any) -> Any:
    """erfc by a Chebyshev sum for x >= 0, and by erfc(-x) = 2 - erfc(x)."""
    z = xp.abs(x)
    t = 2 / (2 + z)
    slope = 4 * t - 2
    last = before = xp.zeros_like(z)
    for c in ERFC[:0:-1]:
        last, before = slope * last - before + c, last
    y = t * xp.exp(-z * z + 0.5 * (ERFC[0] + slope * last) - before)
    return xp.where(x < 0, 2 - y, y)


def lgamma_sum(xp: Any, x: Any) -> Any:
    """log|gamma(x)| by Lanczos' sum, and by gamma(x) gamma(1 - x) = pi / sin(pi x) below 1/2."""
    low = x < 0.5
    z = xp.where(low, 1 - x, x) - 1
    total = LANCZOS[0] + sum(c / (z + i) for i, c in enumerate(LANCZOS[1:], 1))
    t = z + 7.5
    y = 0.5 * math.log(2 * math.pi) + (z + 0.5) * xp.log(t) - t + xp.log(total)
    y = xp.where(low, math.log(math.pi) - xp.log(xp.abs(xp.sin(math.pi * x))) - y, y)
    return xp.where(xp.isinf(x), math.inf, y)


def digamma_sum(xp: Any, x: Any) -> Any:
    """The derivative of log gamma: moved up by ten, where a short series is exact."""
    low = x <= 0
    z = xp.where(low, 1 - x, x)
    top = z + 10
    y = xp.log(top) - 0.5 / top - sum(b / (2 * k * top ** (2 * k)) for k, b in enumerate(BERNOULLI, 1))
    y = y - sum(1 / (z + i) for i in range(10))
    return xp.where(low, y - math.pi / xp.tan(math.pi * x), y)


def zeta_sum(xp: Any, s: Any, q: Any) -> Any:
    """Hurwitz' zeta, the sum of (q + k)^-s, by Euler and Maclaurin."""
    n = 12
    top = q + n
    y = sum((q + k) ** -s for k in range(n)) + top ** (1 - s) / (s - 1) + 0.5 * top**-s
    factor = s * top ** (-s - 1)
    for k, b in enumerate(BERNOULLI, 1):
        y = y + b / math.factorial(2 * k) * factor
        factor = factor * (s + 2 * k - 1) * (s + 2 * k) / (top * top)
    return y


def igamma_sum(xp: Any, a: Any, x: Any) -> Any:
    """The lower incomplete gamma function: a series below a + 1, a continued fraction above."""
    scale = xp.exp(-x + a * xp.log(xp.where(x > 0, x, 1)) - lgamma_sum(xp, a))
    term = total = 1 / a
    for k in range(1, ROUNDS):
        term = term * xp.minimum(x, a + 1) / (a + k)
        total = total + term
    z = xp.maximum(x, a + 1)
    b = z + 1 - a
    c, d = 1e300, 1 / b
    h = d
    for k in range(1, ROUNDS):
        an, b = -k * (k - a), b + 2
        d = 1 / (an * d + b)
        c = b + an / c
        h = h * d * c
    return xp.where(x <= 0, 0, xp.where(x < a + 1, scale * total, 1 - scale * h))


def betainc_sum(xp: Any, a: Any, b: Any, x: Any) -> Any:
    """The incomplete beta function by a continued fraction, turned round where that converges faster."""
    turned = x > (a + 1) / (a + b + 2)
    p, q, z = xp.where(turned, b, a), xp.where(turned, a, b), xp.where(turned, 1 - x, x)
    inside = xp.where((z > 0) & (z < 1), z, 0.5)
    log_front = (
        lgamma_sum(xp, p + q)
        - lgamma_sum(xp, p)
        - lgamma_sum(xp, q)
        + p * xp.log(inside)
        + q * xp.log1p(-inside)
    )
    c, d = 1.0, 1 / (1 - (p + q) * inside / (p + 1))
    h = d
    for m in range(1, ROUNDS):
        for an in (m * (q - m) * inside / ((p - 1 + 2 * m) * (p + 2 * m)),
                   -(p + m) * (p + q + m) * inside / ((p + 2 * m) * (p + 1 + 2 * m))):  # fmt: skip
            d = 1 / (1 + an * d)
            c = 1 + an / c
            h = h * d * c
    y = xp.where(z <= 0, 0, xp.where(z >= 1, 1, xp.exp(log_front) * h / p))
    return xp.where(turned, 1 - y, y)


def _in_double(xp: Any, formula: Any, *inputs: Any) -> Any:
    """The formula in float64, and its result in the inputs' dtype."""
    with np.errstate(all="ignore"):
        return formula(xp, *(x.astype(np.float64) for x in inputs)).astype(inputs[0].dtype)


# -- the ops -------------------------------------------------------------------------------------------------
@op("Erf")
def erf(xp: Any, x: F) -> F:
    """Error function: 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.

    >>> print(tf.erf([0.0, 1.0]).eval())
    [0.     0.8427]
    """
    return _in_double(xp, lambda xp, x: 1 - erfc_sum(xp, x), x)


@op("Erfc")
def erfc(xp: Any, x: F) -> F:
    """1 - erf(x), exact for large x.

    >>> print(tf.erfc([0.0, 1.0]).eval())
    [1.     0.1573]
    """
    return _in_double(xp, erfc_sum, x)


@op("Lgamma")
def lgamma(xp: Any, x: F) -> F:
    """Logarithm of |gamma(x)|; gamma(n) is (n-1)!.

    >>> print(tf.lgamma([3.0, 5.0]).eval())
    [0.6931 3.1781]
    """
    return _in_double(xp, lgamma_sum, x)


@op("Digamma")
def digamma(xp: Any, x: F) -> F:
    """Derivative of lgamma.

    >>> print(tf.digamma([1.0, 2.0]).eval())
    [-0.5772  0.4228]
    """
    return _in_double(xp, digamma_sum, x)


@op("Zeta", shape="broadcast")
def zeta(xp: Any, x: F, q: F) -> F:
    """Hurwitz' zeta function: the sum of (q + k)^-x over k = 0, 1, 2 ...

    >>> print(tf.zeta([2.0], [1.0]).eval())
    [1.6449]
    """
    return _in_double(xp, zeta_sum, x, q)


@op("Polygamma", shape="broadcast")
def polygamma(xp: Any, a: F, x: F) -> F:
    """The derivative of order a of digamma.

    >>> print(tf.polygamma(1.0, [1.0, 2.0]).eval())
    [1.6449 0.6449]
    """
    return _in_double(xp, polygamma_sum, a, x)


def polygamma_sum(xp: Any, a: Any, x: Any) -> Any:
    """Only whole orders have a derivative: nan for the others."""
    sign = xp.where(a % 2 == 0, -1, 1)
    higher = sign * xp.exp(lgamma_sum(xp, a + 1)) * zeta_sum(xp, xp.where(a == 0, 2, a + 1), x)
    return xp.where(a == 0, digamma_sum(xp, x), xp.where(a == xp.floor(a), higher, xp.nan))


@op("Igamma", shape="broadcast")
def igamma(xp: Any, a: F, x: F) -> F:
    """Lower incomplete gamma function, as a share of the whole.

    >>> print(tf.igamma(1.0, [1.0, 2.0]).eval())
    [0.6321 0.8647]
    """
    return _in_double(xp, igamma_sum, a, x)


@op("Igammac", shape="broadcast")
def igammac(xp: Any, a: F, x: F) -> F:
    """Upper incomplete gamma function: 1 - igamma(a, x).

    >>> print(tf.igammac(1.0, [1.0, 2.0]).eval())
    [0.3679 0.1353]
    """
    return _in_double(xp, lambda xp, a, x: 1 - igamma_sum(xp, a, x), a, x)


@op("IgammaGradA", shape="broadcast")
def igamma_grad_a(xp: Any, a: F, x: F) -> F:
    """Derivative of igamma by its first argument, from a difference."""
    return _in_double(
        xp,
        lambda xp, a, x: (igamma_sum(xp, a * 1.00001, x) - igamma_sum(xp, a * 0.99999, x)) / (a * 2e-5),
        a,
        x,
    )


@op("Betainc", shape="broadcast")
def betainc(xp: Any, a: F, b: F, x: F) -> F:
    """Incomplete beta function, as a share of the whole.

    >>> print(tf.betainc(1.0, 2.0, 0.5).eval())
    0.75
    """
    return _in_double(xp, betainc_sum, a, b, x)


# -- gradients -----------------------------------------------------------------------------------------------
@erf.gradient
def erf_gradient(node: Operation, dy: Tensor) -> Tensor:
    slope = multiply(2 / math.sqrt(math.pi), functions.exp(negative(square(node.inputs[0]))))
    return multiply(dy, slope, name="mul")


@erfc.gradient
def erfc_gradient(node: Operation, dy: Tensor) -> Tensor:
    slope = multiply(-2 / math.sqrt(math.pi), functions.exp(negative(square(node.inputs[0]))))
    return multiply(dy, slope, name="mul")


@lgamma.gradient
def lgamma_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, digamma(node.inputs[0]), name="mul")


@digamma.gradient
def digamma_gradient(node: Operation, dy: Tensor) -> Tensor:
    return multiply(dy, polygamma(1.0, node.inputs[0]), name="mul")


@polygamma.gradient
def polygamma_gradient(node: Operation, dy: Tensor) -> Any:
    n, x = node.inputs
    return None, unbroadcast(multiply(dy, polygamma(add_v2(n, 1.0), x)), x)


@zeta.gradient
def zeta_gradient(node: Operation, dy: Tensor) -> Any:
    x, q = node.inputs
    return None, unbroadcast(multiply(dy, multiply(negative(x), zeta(add_v2(x, 1.0), q))), q)


def _igamma_slopes(node: Operation, dy: Tensor) -> Any:
    a, x = node.inputs
    slope = functions.exp(
        subtract(add_v2(negative(x), multiply(subtract(a, 1.0), functions.log(x))), lgamma(a))
    )
    return unbroadcast(multiply(igamma_grad_a(a, x), dy), a), unbroadcast(multiply(slope, dy), x)


@igamma.gradient
def igamma_gradient(node: Operation, dy: Tensor) -> Any:
    return _igamma_slopes(node, dy)


@igammac.gradient
def igammac_gradient(node: Operation, dy: Tensor) -> Any:
    return [negative(g) for g in _igamma_slopes(node, dy)]


@betainc.gradient
def betainc_gradient(node: Operation, dy: Tensor) -> Any:
    a, b, x = node.inputs
    log_beta = subtract(add_v2(lgamma(a), lgamma(b)), lgamma(add_v2(a, b)))
    power = add_v2(
        multiply(subtract(b, 1.0), functions.log1p(negative(x))), multiply(subtract(a, 1.0), functions.log(x))
    )
    return None, None, unbroadcast(multiply(dy, functions.exp(subtract(power, log_beta))), x)


def lbeta(x: Any, name: str | None = None) -> Tensor:
    """Logarithm of |beta| along the last axis: sum of lgamma(x) less lgamma of the sum.

    >>> print(tf.lbeta([1.0, 2.0]).eval())
    -0.6931472
    """
    with name_scope(name, "lbeta", [x]):
        x = convert_to_tensor(x, name="x")
        apart = reduce.reduce_sum(lgamma(x), axis=[-1])
        return subtract(apart, lgamma(reduce.reduce_sum(x, axis=[-1])), name="sub")
