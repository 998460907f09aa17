PYTHON ?= python3

.venv/done: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q -e ".[test]"
	touch $@

.PHONY: test
test: .venv/done
	.venv/bin/python -m pytest
