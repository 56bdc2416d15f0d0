# The verbs of OpenIOP. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory
# Without kept bytecode, each worker of a test run would compile every module again.
unexport DATABASE_URL PYTEST_ADDOPTS PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
CORES ?= 2
CHROMIUM := /usr/bin/chromium
CHECKED := --ignore=tests/house # these read the source alone, and `make check` has run them
STORIES := compgen -G 'tests/journeys/test_*.py' >/dev/null
# A stamp in .venv carries the hash of the requirements it was filled from: an unchanged file installs nothing.
stamp = .venv/.$(1)-$(shell sha256sum requirements/$(1).txt | cut -c1-16)

.PHONY: help
help: ## List the verbs
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: $(call stamp,base) ## Build the demo program, serve it on 127.0.0.1:8000, print who may sign in (SIZE=full: a large one)
	@OPENIOP_DEBUG=on OPENIOP_BIND=127.0.0.1 exec $(BIN)/python manage.py demo --size $(or $(SIZE),usual)

.PHONY: test
test: ## Everything: check, the suite on SQLite and PostgreSQL, twenty kills, the browser journeys
	@$(MAKE) check sqlite branches chromium postgres kills stories

.PHONY: check
check: $(call stamp,dev) ## Every gate, changing nothing: format, lint, types, floors, migrations, house checks
	@echo "Format, lint" && $(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@echo "Types" && OPENIOP_VAR=$(CURDIR)/var/check $(BIN)/mypy --no-error-summary
	@echo "Floors" && $(BIN)/lint-imports --no-logo 2>/dev/null
	@echo "Migrations" && OPENIOP_VAR=$(CURDIR)/var/check $(BIN)/python manage.py makemigrations --check --dry-run
	@echo "House checks" && OPENIOP_VAR=$(CURDIR)/var/check $(BIN)/python -m pytest -q tests/house

.PHONY: fix
fix: $(call stamp,dev) ## Everything a machine can fix: lint, format
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

.PHONY: journeys
journeys: $(call stamp,dev) chromium stories ## The browser stories alone

.PHONY: kills
kills: $(call stamp,dev) ## Server and worker killed twenty times under load
	@echo "Twenty kills"
	@OPENIOP_VAR=$(CURDIR)/var/check $(BIN)/python -m pytest -q tests/kills

.PHONY: tour
tour: $(call stamp,dev) chromium ## New pictures for docs/tour, from the story of one person's way
	@OPENIOP_TOUR=on OPENIOP_VAR=$(CURDIR)/var/check $(BIN)/python -m pytest -q tests/journeys/test_one_persons_way.py

.PHONY: bench
bench: $(call stamp,dev) ## The benchmarks, with a table as result
	@if [ -f benchmarks/run.py ]; then OPENIOP_VAR=$(CURDIR)/var/bench $(BIN)/python -m benchmarks.run; \
	else echo "No benchmarks yet."; fi

# --- parts of `make test` ---------------------------------------------------------------------------------------------

.PHONY: sqlite postgres branches chromium stories
sqlite:
	@echo "The suite on SQLite"
	@OPENIOP_VAR=$(CURDIR)/var/check $(BIN)/python -m pytest -q -n $(CORES) --dist worksteal --cov --cov-report= $(CHECKED)

branches:
	@echo "Branches of rules and actions that no test takes"
	@$(BIN)/coverage report --fail-under=100

postgres:
	@echo "The suite on PostgreSQL"
	@OPENIOP_VAR=$(CURDIR)/var/check $(BIN)/python tests/postgres.py $(BIN)/python -m pytest -q -n $(CORES) --dist worksteal $(CHECKED)

# Debian's Chromium, when this account may install it; otherwise the journeys are left out, and that is said.
chromium:
	@if ! $(STORIES) || [ -x $(CHROMIUM) ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Debian's Chromium for the browser journeys"; \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-core; } || true; fi; \
	[ -x $(CHROMIUM) ] || printf '\n%s\n%s\n\n' \
	  "SKIPPED: the browser journeys. There is no $(CHROMIUM), and this account may not install it." \
	  "         To run them:  sudo apt-get install -y chromium && make journeys"

stories:
	@if ! $(STORIES) || [ ! -x $(CHROMIUM) ]; then exit 0; fi; \
	echo "The browser journeys"; \
	OPENIOP_VAR=$(CURDIR)/var/check $(BIN)/python -m pytest -q -n $(CORES) --dist worksteal tests/journeys

# --- the environment --------------------------------------------------------------------------------------------------

.venv/.made:
	@[ -n "$(PYTHON)" ] && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "OpenIOP needs Python 3.11 or newer: sudo apt-get install -y python3"; exit 1; }
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Debian's python3-venv"; apt-get update -qq && apt-get install -y -qq python3-venv; \
	  else \
	    echo "Python's venv is missing; install it with: sudo apt-get install -y python3-venv"; exit 1; fi; fi
	@echo "Making .venv with $$($(PYTHON) --version)" && $(PYTHON) -m venv .venv && touch $@

.venv/.base-%: .venv/.made
	@$(call install,base)

.venv/.dev-%: .venv/.made
	@$(call install,dev) && rm -f .venv/.base-* && touch $(call stamp,base) # what tests need includes what runs

define install
echo "Installing requirements/$(1).txt" && \
$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --no-deps -r requirements/$(1).txt && \
rm -f .venv/.$(1)-* && touch $@
endef
