# make demo and make test need nothing but Python 3.11 or newer: the first run makes .venv and
# installs what it needs, in the versions of requirements.lock; later runs start at once.

PYTHON ?= python3

BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--constraint requirements.lock

.PHONY: help demo test lint format outputs lock clean

help:
	@echo "make demo     do the whole job once on sample runs, into flora-demo/"
	@echo "make test     run the tests"
	@echo "make lint     check style, types and layers"
	@echo "make format   put the code in its usual form"
	@echo "make outputs  renew what the notebooks and the README show"
	@echo "make lock     renew requirements.lock"
	@echo "make clean    remove .venv and what tools left behind"

demo: .venv/core
	$(BIN)/flora-analytics demo

test: .venv/test
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: .venv/lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/lint
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

outputs: .venv/test
	$(BIN)/python tests/test_notebooks.py
	$(BIN)/python tests/test_readme.py

lock: .venv/lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
		--all-extras --group dev --group spark --no-header --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .hypothesis .*_cache

.venv/pip: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("flora-analytics needs Python 3.11 or newer: \
	make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(INSTALL) pip hatchling editables
	@touch $@

.venv/core: .venv/pip pyproject.toml
	$(INSTALL) --no-build-isolation --editable .
	@touch $@

.venv/test .venv/lint .venv/lock: .venv/core
	$(INSTALL) --group $(@F)
	@touch $@
