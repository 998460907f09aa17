"""What programs of tests/tf1/alike/ give is what TensorFlow 1.15.5 gave."""

import json

import numpy as np
import pytest

import tfnb as tf
from tests.tf1.alike import ANSWERS, cases, plain

with open(ANSWERS, encoding="utf-8") as file:
    WANTED = json.load(file)


def compare(got, want, place=""):
    if isinstance(want, dict):
        assert sorted(got) == sorted(want), place
        for k in want:
            compare(got[k], want[k], f"{place}.{k}")
    elif isinstance(want, list):
        assert isinstance(got, list) and len(got) == len(want), (place, got, want)
        for i, (a, b) in enumerate(zip(got, want, strict=True)):
            compare(a, b, f"{place}[{i}]")
    elif isinstance(want, float) or isinstance(got, float):
        assert got == pytest.approx(want, rel=2e-4, abs=2e-5, nan_ok=True), place
    else:
        assert got == want, place


@pytest.mark.parametrize(("name", "case"), cases(), ids=[n for n, _ in cases()])
def test_case(name, case, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    tf.keras.backend.clear_session()
    tf.reset_default_graph()
    np.random.seed(0)
    compare(plain(case(tf)), WANTED[name])
