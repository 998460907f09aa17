"""The command line, in this process."""

import json
import sys

import pytest

from tfnb import cli


def test_the_doctor_says_how_to_mend(capsys):
    cli.main(["doctor"])
    out = capsys.readouterr().out
    assert "numpy" in out and "cpu:numpy" in out
    for line in out.splitlines():
        assert line.startswith(("ok  ", "MEND", "       "))


def test_lessons_are_copied_once(tmp_path):
    first, *_ = cli.copy_lessons(tmp_path)
    first.write_text("mine")
    cli.copy_lessons(tmp_path)
    assert first.read_text() == "mine"


def test_the_kernel_starts_this_python(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    spec = json.loads((cli.install_kernel() / "kernel.json").read_text())
    assert spec["argv"][0] == sys.executable
    assert "tfnb.jupyter" in spec["argv"]


def test_an_unknown_command_is_refused():
    with pytest.raises(SystemExit):
        cli.main(["dance"])
