# Six verbs. `make demo` and `make test` need nothing but Python 3.11+, make and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_HOME := .earned/demo

.PHONY: demo test test-slow evals lint bench docs clean

demo: $(VENV)/.installed  ## the whole product on the sample book, offline
	$(BIN)/earned demo --home $(DEMO_HOME)

test: $(VENV)/.dev  ## the tests, but for the slow ones
	$(BIN)/python -m pytest -q -m "not slow"

test-slow: $(VENV)/.dev  ## the rest: terminals, servers with faults, kills, whole runs over labelled accounts
	$(BIN)/python -m pytest -q -m slow $(SLOW)

evals: $(VENV)/.dev  ## metrics, statistics, the whole kit, and the gate against the committed baseline with injections: two minutes
	$(BIN)/python -m pytest -q tests/evals --ignore=tests/evals/bench --ignore=tests/evals/test_prompt_gate.py
	$(BIN)/earned eval gate --injections

lint: $(VENV)/.dev  ## style, types, and which room may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## figures that are measured, never asserted in tests
	$(BIN)/python -m evals.offline
	$(BIN)/python -m evals.bench.verifier_mutations

docs: $(VENV)/.dev demo  ## write the generated parts of the README again: figures, and pictures of the demo home
	$(BIN)/python -m evals.readme
	$(BIN)/python -m review_tui.picture $(DEMO_HOME)

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "earned needs Python 3.11 to 3.13: make PYTHON=python3.12 demo")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

clean:  ## remove what the verbs above made
	rm -rf $(VENV) .earned .mypy_cache .ruff_cache .pytest_cache .hypothesis
