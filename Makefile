# On a fresh machine with Python 3.11+, pip and make: `make demo` and `make test` install what they need into .venv.

.DEFAULT_GOAL := help
.PHONY: help demo test chaos lint format lock image image-test clean

BIN := .venv/bin
UV := build/uv/bin/uv

# Words for the program that a target runs: make demo ARGS="--posts 3", make test ARGS="-k vault"
ARGS ?=
# One more than there are cores: many tests wait for servers.
WORKERS ?= $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 2) + 1)')
DOCKER ?= docker
IMAGE ?= firetime

CANDIDATES = $(or $(PYTHON),python3.13 python3.12 python3.11 python3)
FITS = import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
FOUND_PYTHON = $(shell for python in $(CANDIDATES); do \
	"$$python" -c '$(FITS)' >/dev/null 2>&1 && echo "$$python" && break; done)
NO_PYTHON = no Python 3.11 or newer with venv and pip among: $(CANDIDATES). Install one (Debian: apt-get install \
	python3-venv) or name it: make PYTHON=/path/to/python3

INSTALL = $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.demo-installed ## the whole of Firetime on this machine, with made-up customers; Ctrl-C stops it
	@exec $(BIN)/firetime demo $(ARGS)

test: .venv/.dev-installed ## all tests; one file: make test ARGS=tests/unit/test_project.py
	@exec $(BIN)/pytest --numprocesses=$(WORKERS) --maxprocesses=8 --dist=worksteal $(ARGS)

chaos: .venv/.dev-installed ## kill the daemon 200 times amid troubles (ten minutes); again: make chaos ARGS="--seed 7"
	@exec $(BIN)/python -m tests.chaos $(ARGS)

lint: .venv/.dev-installed ## style, types and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/.dev-installed ## let ruff mend what it can
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --annotation-style line --custom-compile-command "make lock" $(ARGS)

lock: $(UV) ## write requirements/*.txt anew; newer versions: make lock ARGS=--upgrade
	@$(LOCK) --all-extras -o requirements/dev.txt pyproject.toml requirements/build.in
	@$(LOCK) -c requirements/dev.txt -o requirements/build.txt requirements/build.in
	@$(LOCK) -c requirements/dev.txt --extra demo -o requirements/demo.txt pyproject.toml
	@$(LOCK) -c requirements/dev.txt --extra distributed -o requirements/image.txt pyproject.toml

image: ## the container image
	$(DOCKER) build --tag $(IMAGE) $(ARGS) .

image-test: ## build the image without a Docker engine and run it (Debian, root; two minutes)
	@exec tests/image/build-and-run

clean: ## remove what the other targets made (var/ holds your database and stays)
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find feeds scheduler tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

.venv/.made:
	@$(if $(FOUND_PYTHON),,$(error $(NO_PYTHON)))
	@$(FOUND_PYTHON) -m venv .venv
	@touch $@

.venv/.demo-installed: requirements/demo.txt requirements/build.txt pyproject.toml | .venv/.made
	@echo "Installing Firetime into .venv (about half a minute) ..."
	@$(INSTALL) --require-hashes -r requirements/demo.txt -r requirements/build.txt
	@$(INSTALL) --no-build-isolation --no-deps -e .
	@touch $@

.venv/.dev-installed: requirements/dev.txt pyproject.toml | .venv/.made
	@echo "Installing Firetime and its tools into .venv (about a minute) ..."
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@$(INSTALL) --no-build-isolation --no-deps -e .
	@touch $@ .venv/.demo-installed

$(UV): | .venv/.made
	@.venv/bin/python -m venv build/uv
	@build/uv/bin/python -m pip install --quiet --quiet --disable-pip-version-check uv==0.13.9
