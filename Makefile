# Needs GNU make, a network and Python 3.11 or newer with its venv module; everything else goes into $(VENV).
#   make test PYTHON=python3.13       another interpreter (the environment is made anew when it changes)
#   make test VENV=build/venv313      another environment
#   make test ARGS="-k pacer -x"      arguments for pytest
#   make lock LOCK_ARGS=--upgrade     newer versions, not only what pyproject.toml now asks for

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

VENV ?= .venv
ARGS ?=
LOCK_ARGS ?=
WORKERS ?= auto

# Every path is relative, so that a checkout whose own path has spaces works too.
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
# The tests start hundreds of interpreters; each would compile the launcher again.
export PYTHONDONTWRITEBYTECODE :=

# Trying `-c` and not only `command -v`: a version manager's shim is on the PATH for versions that it does not have.
CANDIDATES := python3 python3.13 python3.12 python3.11 python3.14 python
SUITABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for name in $(CANDIDATES); do \
	if "$$name" -c '$(SUITABLE)' >/dev/null 2>&1; then echo "$$name"; break; fi; done)
endif

space := $(subst ,, )
MADE := $(VENV)/.made-by-$(subst /,-,$(subst $(space),-,$(PYTHON)))
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed

.PHONY: help
help: ## Say what can be made
	@echo "make TARGET, with TARGET one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' Makefile
	@sed -n '2,/^$$/s/^#  */  /p' Makefile

.PHONY: demo
demo: $(RUNTIME) ## Launch the example's campaigns against a stand-in for the API; nothing leaves this machine
	@code=0; $(BIN)/launcher run campaigns.yaml.example --sandbox=demo || code=$$?; \
	case "$$code" in \
	0) ;; \
	1|3) echo "Exit code $$code, as a cron job would see it: the demo has faults on purpose." ;; \
	*) exit "$$code" ;; \
	esac

.PHONY: test
test: $(DEVELOPMENT) ## Run the tests, without the soak
	$(PYTEST) $(ARGS)

.PHONY: lint
lint: $(DEVELOPMENT) ## Format check, ruff, mypy, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: check
check: lint ## All that CI runs: lint, then the tests
	$(PYTEST) $(ARGS)

.PHONY: soak
soak: $(DEVELOPMENT) ## Longer sweeps, and every property with many more examples
	$(PYTEST) -m "soak or hypothesis" --hypothesis-profile=soak -o timeout=1800 $(ARGS)

.PHONY: bench
bench: $(DEVELOPMENT) ## Measure side by side with what one would use instead
	$(BIN)/python bench/run.py $(ARGS)

.PHONY: format
format: $(DEVELOPMENT) ## Format the code, and mend what ruff can mend safely
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# No hashes: a registry's mirror may serve wheels that it built itself, and a lock with hashes would refuse them.
# Nor index addresses: where packages come from is the machine's configuration. One lock holds for every supported
# Python (--universal); the second is held to the first, so that what is tested is what is installed.
.PHONY: lock
lock: $(VENV)/.uv-installed ## Resolve pyproject.toml's dependencies into the two lock files
	$(COMPILE) -o requirements.lock pyproject.toml $(LOCK_ARGS)
	$(COMPILE) -o requirements-dev.lock -c requirements.lock --group dev pyproject.toml $(LOCK_ARGS)

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
	--custom-compile-command "make lock"

.PHONY: clean
clean: ## Remove the environment, caches and build products
	@if [ ! -e $(VENV)/pyvenv.cfg ]; then echo "no environment in $(VENV)"; else rm -rf $(VENV); fi
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@if [ -z "$(PYTHON)" ]; then \
	echo "No Python 3.11 or newer with its venv module was found (looked for: $(CANDIDATES))." >&2; \
	echo "Install one, or say where it is: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; fi
	@if ! "$(PYTHON)" -c '$(SUITABLE)' >/dev/null 2>&1; then \
	echo "$(PYTHON) is not a Python 3.11 or newer with its venv module (on Debian: apt install python3-venv)." >&2; \
	exit 1; fi
	@if [ -e $(VENV) ] && [ ! -e $(VENV)/pyvenv.cfg ]; then \
	echo "$(VENV) is there and is no virtual environment; nothing was changed." >&2; exit 1; fi
	"$(PYTHON)" -m venv --clear $(VENV)
	@touch $@

$(RUNTIME): $(MADE) pyproject.toml requirements.lock
	$(PIP) install -r requirements.lock
	$(PIP) install --no-deps -e .
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements-dev.lock
	$(PIP) install -r requirements-dev.lock
	@touch $@

$(VENV)/.uv-installed: $(MADE)
	$(PIP) install "uv>=0.13,<1"
	@touch $@
