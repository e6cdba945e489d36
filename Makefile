# Targets that newcomers guess. `make run` and `make test` need Python 3.11+ and Go 1.21+, nothing else.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_COMPILE_BYTECODE = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
PIP := $(BIN)/python -m pip install --quiet --compile --require-hashes

.PHONY: help setup setup-test setup-engines run test test-full bench matrix lab-incidents lint docs new-rule tools-debian format catalogues lock clean

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.ready ## make .venv with the locked dependencies and gomend in it
	@$(BIN)/python -m compileall -q src

run: setup ## the example: it fails, gomend says why, mends it, proves it
	@$(BIN)/python examples/broken-shop/run.py

test: setup-test ## everything that must hold, on real tools (installs what it needs, and says so)
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal -m 'not full' tests

test-full: setup-engines ## make test, and the slow proofs on real projects
	@HYPOTHESIS_PROFILE=wide $(BIN)/python -m pytest -q -n 2 --dist worksteal tests

bench: setup-engines ## timings, as ratios against a peer in the same run
	@$(BIN)/python bench/run.py

matrix: setup-test ## build real cgo projects for every target and C library, and write docs/cgo-matrix.md (hours)
	@$(BIN)/python tools/matrix/run.py

lab-incidents: setup-test ## break a small Go shop for real and measure what gomend says of it (root; LAB="--only triple")
	@PYTHONPATH=. $(BIN)/python -m tools.incidents_lab.run $(LAB)

lint: setup-test ## ruff, mypy, basedpyright, import-linter, deptry, vulture
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports > /dev/null || { $(BIN)/lint-imports; exit 1; }
	@$(BIN)/deptry src
	@$(BIN)/vulture
	@echo "lint: clean"

docs: setup ## the pages of all rules, the tables and the schemas, into docs/generated
	@$(BIN)/python tools/docs.py

new-rule: setup ## write a new rule: make new-rule CODE=GM118 SLUG=proxy-tls
	@$(BIN)/python tools/new_rule.py "$(CODE)" "$(SLUG)"

format: setup-test ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

catalogues: setup ## bring the Chinese catalogues up to date and compile them
	@$(BIN)/python tools/catalogue.py; $(BIN)/python tools/hatch_catalogues.py

lock: ## write requirements/*.txt anew (needs uv)
	@tools/lock.sh

clean: ## remove what make made
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis docs/generated examples/broken-shop/.work

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "gomend needs Python 3.11 or newer: apt-get install python3 python3-venv"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "gomend needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V)"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3 -m venv does not work here: apt-get install python3-venv"; exit 2; }

$(VENV)/.ready: requirements/run.txt pyproject.toml tools/hatch_catalogues.py $(wildcard src/gomend/locale/*/*.po) | $(VENV)/bin/python
	@echo "setup: fetching gomend's dependencies from PyPI into $(VENV) (about 31 MB, pinned by hash)"
	@$(PIP) -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --no-index -e .
	@touch $@

setup-engines: setup-test $(VENV)/.ready-engines
	@bash tools/test_tools.sh engines

$(VENV)/.ready-engines: requirements/engines.txt $(VENV)/.ready-test
	@echo "setup: fetching peers and engines from PyPI (about 600 MB, pinned by hash: Spark, Polars, BARO)"
	@$(PIP) -r requirements/engines.txt
	@touch $@

$(VENV)/.ready-test: requirements/dev.txt $(VENV)/.ready tools/test_tools.sh
	@echo "setup: fetching what the tests need from PyPI (about 320 MB, pinned by hash: pytest, mypy, ruff, zig …)"
	@$(PIP) -r requirements/dev.txt
	@touch $@

setup-test: setup $(VENV)/.ready-test
	@bash tools/test_tools.sh
