# Every command a developer needs. On a bare machine it wants python3 (3.11 or later) and make; it makes its own .venv.

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
UV      := $(BIN)/uv
READY   := $(VENV)/.ready
UV_PIN  := uv==0.13.9
TREE    := src tests tools $(wildcard benchmarks)

# uv looks for indexes in the environment; nothing here may depend on the developer's own uv
export UV_NO_CONFIG := 1
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup fmt check test test-browser test-sdks test-ci test-all demo bench docs wheel lock clean

help:  ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name says; do printf '  make %-9s %s\n' "$$name" "$$says"; done

setup: $(READY)  ## make .venv from requirements.lock; nothing to do if it is made

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Comptoir wants Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version). Try: make setup PYTHON=python3.12" >&2; exit 1; }
	@echo "making $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "$(PYTHON) has no venv. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install -qq '$(UV_PIN)'

$(READY): $(UV) requirements.lock pyproject.toml
	@$(UV) --version | grep -qF '$(subst ==, ,$(UV_PIN))' || $(BIN)/python -m pip install -qq '$(UV_PIN)'
	@echo "installing what requirements.lock says"
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install -qq --no-deps --editable .
	@$(BIN)/python -m compileall -q src  # a process starts in half the time, also where Python may write no bytecode
	@touch $@

fmt: $(READY)  ## format, and mend what ruff can mend
	@$(BIN)/ruff check --quiet --fix-only $(TREE)
	@$(BIN)/ruff format $(TREE)

check: $(READY)  ## format, lint, types, floors, docstrings, docs up to date; prints sizes
	@$(BIN)/python tools/check.py

test: $(READY)  ## everything that is quick: unit, contract, story, web, docs, in one order; faults are make test-ci
	@$(BIN)/python -m pytest -p no:randomly --ignore=tests/fault -n 2 --dist loadfile --no-loadscope-reorder -m "not slow and not speed and not browser"

test-browser: $(READY)  ## the site's script and every screen in a real Chromium (tools/install_browser.sh)
	@$(BIN)/python -m pytest -m "$(or $(PICK),browser)"

test-sdks: $(READY)  ## the real clients of Segment, RudderStack, PostHog and others against a door (tools/install_sdks.sh)
	@tools/install_sdks.sh || echo "the clients cannot be fetched: tests of those that are missing skip"
	@$(BIN)/python -m pytest -p no:randomly tests/conformance -m "sdk" $(if $(PICK),-k "$(PICK)")

# three workers on two cores: more than half of what these tests do is wait for processes that start, die and come back
test-ci: $(READY)  ## faults: kills, full disks, races, through 20 seeds (COMPTOIR_SEEDS=n for more)
	@if [ -d tests/fault ]; then COMPTOIR_SEEDS=$${COMPTOIR_SEEDS:-20} $(BIN)/python -m pytest tests/fault -n 3 --dist loadgroup -m "not speed and not browser"; \
		else echo "no fault tests yet: tests/fault is not there"; fi

test-all: $(READY)  ## all tests, in an order of chance, more seeds, new hypothesis examples, ten minutes of fuzzing
	@HYPOTHESIS_PROFILE=search COMPTOIR_SEEDS=$${COMPTOIR_SEEDS:-200} COMPTOIR_FUZZ_SECONDS=$${COMPTOIR_FUZZ_SECONDS:-600} \
		COMPTOIR_GREAT_SEND=$${COMPTOIR_GREAT_SEND:-100000} \
		API_EXAMPLES=$${API_EXAMPLES:-60} $(BIN)/python -m pytest -m "not speed and not browser"

demo: $(READY)  ## the main job, offline, told in the terminal: visit, abandoned basket, message, order, euro
	@$(BIN)/comptoir demo

bench: $(READY)  ## benchmarks, each against a reference measured in the same run
	@set -e; for script in $$(ls benchmarks/[a-z]*.py); do echo "== $$script"; $(BIN)/python $$script; done

docs: $(READY)  ## write the generated parts of docs/reference, and the pictures if there are a browser and a demo
	@$(BIN)/python tools/sync_docs.py
	@if command -v chromium >/dev/null && [ -s comptoir-home/demo/demo ]; then $(BIN)/python tools/screenshots.py; \
		else echo "no pictures taken: they want chromium (tools/install_browser.sh) and a shop (make demo)"; fi

wheel: $(READY)  ## build dist/*.whl and dist/*.tar.gz
	@rm -rf dist
	@$(UV) build --quiet --python $(BIN)/python
	@ls -l dist

lock: $(UV)  ## renew requirements.lock after a change of dependencies; `make lock UPGRADE=1` takes the newest of all
	@$(UV) pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --quiet $(if $(UPGRADE),--upgrade) --output-file requirements.lock
	@if grep -nE '://|^-' requirements.lock; then echo "requirements.lock names a host" >&2; exit 1; fi
	@echo "requirements.lock: $$(grep -c '==' requirements.lock) packages"

clean:  ## remove all that make has made
	@rm -rf $(VENV) dist build .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find src tests tools -name __pycache__ -prune -exec rm -rf {} +
