"""Training programs of the usual kinds: their losses step by step as TensorFlow 1.15.5 had them, from the same first weights.

Programs are in scripts/, what TensorFlow did in data/losses_*.npz, written by recorder.py. compare_losses.py does the same with
public teaching code; docs/conformance.md has its results.
"""

from pathlib import Path

import pytest

import tfnb as tf
from tests.tf1 import compare_losses, recorder

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE / "scripts").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_losses_are_tensorflows(script, capsys):
    recording = HERE / "data" / f"losses_{script.stem}.npz"
    theirs = recorder.load(recording)
    tf.reset_default_graph()
    ours = recorder.go("replay", recording, str(script), "tfnb")
    assert len(ours["losses"]) == len(theirs["losses"]) == 20
    assert sorted(ours["values"]) == sorted(theirs["values"])
    found = list(compare_losses.pairs(ours, theirs))
    assert len(found) >= 20
    assert max(compare_losses.difference(x, y) for x, y in found) < 1e-4


def test_a_difference_is_seen():
    recording = HERE / "data" / "losses_linear_regression.npz"
    theirs = recorder.load(recording)
    changed = {**theirs, "losses": [[x + 1e-3 for x in step] for step in theirs["losses"]]}
    assert max(compare_losses.difference(x, y) for x, y in compare_losses.pairs(changed, theirs)) > 1e-4
