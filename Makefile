PYTHON ?= python3
FRONT := $(wildcard labextension/src/*.ts labextension/src/widgets/* labextension/style/* labextension/*.json)

.PHONY: lab test

lab: .venv/done
	.venv/bin/tfnb lab

test: .venv/done
	.venv/bin/python -m pytest -n auto --dist loadfile -m "not browser"
	.venv/bin/python -m pytest -m browser

# the lab extension and the widgets are built by hatch_build.py, inside pip install
.venv/done: pyproject.toml hatch_build.py $(FRONT)
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q -e ".[test]"
	.venv/bin/tfnb kernel
	touch $@
