"""Smoothing as TensorBoard's, and curves that stay small."""

import math

from tfnb.views.curves import KEPT, Scalars, smoothed


def test_smoothing_is_corrected_for_its_start():
    assert smoothed([1.0, 0.0], 0.5) == [1.0, 0.5 * 1.0 * 0.5 / 0.75]


def test_a_constant_curve_stays_itself():
    assert smoothed([2.0, 2.0, 2.0], 0.9) == [2.0, 2.0, 2.0]


def test_no_number_stays_itself_and_harms_nothing():
    out = smoothed([1.0, math.nan, 3.0], 0.5)
    assert math.isnan(out[1]) and out[0] == 1.0 and math.isfinite(out[2])


def test_long_curves_are_thinned():
    scalars = Scalars()
    for i in range(10 * KEPT):
        scalars.add("", "loss", i, 1.0 / (i + 1))
    curve = scalars.curve("", "loss")
    assert len(curve) <= KEPT
    assert curve[-1][0] > 9 * KEPT


def test_a_step_that_goes_back_begins_anew():
    scalars = Scalars()
    for step in (1, 2, 3, 1):
        scalars.add("", "loss", step, float(step))
    assert scalars.curve("", "loss") == [(1.0, 1.0)] or scalars.curve("", "loss") == [(1, 1.0)]


def test_the_figure_is_drawn():
    scalars = Scalars()
    scalars.add("a", "loss", 1, 2.0)
    scalars.add("a", "accuracy", 1, 0.5)
    assert scalars.svg(["loss"]).startswith("<svg")
    assert "loss of a: 2 at step 1" in scalars.text()
