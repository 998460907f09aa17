PYTHON ?= python3

.PHONY: lab test

lab: .venv/done
	.venv/bin/tfnb lab lessons

test: .venv/done
	.venv/bin/python -m pytest

.venv/done: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q -e ".[test]"
	.venv/bin/tfnb kernel
	touch $@
