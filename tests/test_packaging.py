"""conda's list of packages is pip's, under conda's names; no file names a registry's address."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONDA = {"matplotlib": "matplotlib-base", "graphviz": "python-graphviz"}
PIP_ONLY = {"graphviz-pure"}  # conda brings dot itself


def names_and_bounds(requirement):
    name, bounds = re.match(r"([A-Za-z0-9_.-]+)\s*([^;#]*)", requirement).groups()
    return name, bounds.strip()


def test_environment_equals_pyproject():
    yaml = pytest.importorskip("yaml")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    pip = {CONDA.get(n, n): b for n, b in map(names_and_bounds, wanted) if n not in PIP_ONLY}
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = dict(names_and_bounds(d) for d in listed if isinstance(d, str))
    for extra in ("python", "pip", "graphviz"):
        conda.pop(extra)
    assert conda == pip


def test_no_registry_address():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    hosts = re.compile("https?://[a-z.]*(py" + "pi.org|npm" + "js.org|pythonhosted" + ".org)")
    found = [f for f in listed.stdout.split() if not f.endswith(".png") and hosts.search((ROOT / f).read_text(errors="ignore"))]
    assert found == []
