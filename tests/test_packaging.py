"""conda's list of packages is pip's, under conda's names; no file names a registry's address."""

import json
import os
import re
import runpy
import subprocess
import tomllib
from pathlib import Path

import pytest

import tfnb
from tfnb.views import style

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


@pytest.mark.parametrize("folder", ["labextension", "tests/browser/hosts"])
def test_the_lock_file_names_no_registry(folder):
    lock, package = (json.loads((ROOT / folder / name).read_text()) for name in ("package-lock.json", "package.json"))
    assert [name for name, locked in lock["packages"].items() if "resolved" in locked] == []
    for kind in ("dependencies", "devDependencies"):
        assert lock["packages"][""].get(kind) == package.get(kind)


def test_front_end_and_package_have_one_version():
    package = json.loads((ROOT / "labextension" / "package.json").read_text())
    assert package["version"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == tfnb.__version__.partition("+tfnb.")[2]


def test_the_page_draws_in_the_colours_of_the_pictures():
    text = (ROOT / "labextension" / "style" / "graph.css").read_text()
    page = {name: pair for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", text)}
    for kind in (*style.FORMS, *style.PAINTS, "scope", "added", "removed", "changed"):
        assert page[kind] == [style.LIGHT[kind][0].lower(), style.DARK[kind][0].lower()], kind
    for kind in (*style.FORMS, "scope", "mark", "added", "removed", "changed"):
        assert page[kind + "-line"] == [style.LIGHT[kind][1].lower(), style.DARK[kind][1].lower()], kind


def test_the_front_end_is_built_when_its_sources_are_newer(tmp_path):
    hook = pytest.importorskip("hatchling") and runpy.run_path(str(ROOT / "hatch_build.py"))
    (tmp_path / "src").mkdir()
    source, built = tmp_path / "src" / "index.ts", tmp_path / "built.json"
    source.write_text("1")
    assert hook["_is_old"](built, tmp_path)
    built.write_text("{}")
    later = source.stat().st_mtime + 10
    os.utime(built, (later, later))
    assert not hook["_is_old"](built, tmp_path)
    os.utime(source, (later + 10, later + 10))
    assert hook["_is_old"](built, tmp_path)
