# Everything sets itself up: Python 3.11 or later and make are enough. The second run of a target starts at once.
# Nothing unlocked is ever fetched: exact versions with hashes, wheels only, no build isolation.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SITE   := src/pingpilot/console/site
ARGS   ?=

# Many tests wait for processes they started: one more worker than the two cores of a small machine, and work shared out anew.
PYTEST := $(BIN)/python -m pytest -n 3 --dist worksteal

INSTALL := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check
LOCKED  := $(INSTALL) --require-hashes --only-binary :all:
PROJECT := $(INSTALL) --no-index --no-deps --no-build-isolation --editable .
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help serve demo site test postgresql check lint format types contracts bench lab screenshots tour docs lock clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1	/' | expand -t 18

serve: $(VENV)/run.stamp $(SITE)/index.html ## run PingPilot here: make serve ARGS="--port 8000"
	@$(BIN)/pingpilot serve $(ARGS)

site: $(SITE)/index.html ## make the handbook of docs/, which the running instance shows under /docs

demo: $(VENV)/run.stamp $(SITE)/index.html ## show how a plan is bought: PingPilot beside a stand-in for Stripe, no account needed
	@$(BIN)/python -m tests.demo

test: $(VENV)/dev.stamp $(SITE)/index.html ## run every test, those of the store on PostgreSQL too; some: make test ARGS="-k retry"
	$(PYTEST) $(ARGS)
	$(if $(ARGS),,$(PYTEST) --postgresql tests/conformance/store)

postgresql: $(VENV)/dev.stamp ## run the HTTP contract and the use cases on PostgreSQL, too
	$(PYTEST) --postgresql tests/contract tests/unit/manage

check: lint types contracts test postgresql ## all that CI asks: format, lint, types, import contracts, tests

lint: $(VENV)/dev.stamp ## format check and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(VENV)/dev.stamp ## format, and fix what can be fixed
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

types: $(VENV)/dev.stamp ## mypy, strict
	$(BIN)/mypy

contracts: $(VENV)/dev.stamp ## who may import whom
	$(BIN)/lint-imports --no-logo

bench: $(VENV)/dev.stamp ## measure what this machine does with events; a part: make bench ARGS="--only growth"
	PYTHONPATH=clients/python/src $(BIN)/python -m tests.bench $(ARGS)

lab: $(VENV)/dev.stamp ## kill, starve and mislead it, and see whether every event comes through; a part: ARGS="--only kills"
	$(BIN)/python -m tests.lab $(ARGS)

screenshots: $(VENV)/dev.stamp $(SITE)/index.html ## take a picture of every page into artifacts/screens; only those of the README: ARGS=--readme
	$(BIN)/python -m tests.screenshots $(ARGS)

tour: ## print the path of an event through the source
	@$(PYTHON) -m tests.architecture.tour

docs: $(VENV)/dev.stamp ## write the generated reference pages
	$(BIN)/python -m tests.architecture.generated

lock: $(VENV)/dev.stamp ## lock again within pyproject's bounds; newest of everything: make lock ARGS=--upgrade
	$(COMPILE) $(ARGS) --group build --output-file requirements/build.txt
	$(COMPILE) $(ARGS) --output-file requirements/run.txt pyproject.toml
	$(COMPILE) $(ARGS) --extra mcp --constraints requirements/run.txt --output-file requirements/mcp.txt pyproject.toml
	$(COMPILE) $(ARGS) --extra otel --constraints requirements/run.txt --output-file requirements/otel.txt pyproject.toml
	$(COMPILE) $(ARGS) --group site --constraints requirements/run.txt --output-file requirements/site.txt
	$(COMPILE) $(ARGS) --group dev --constraints requirements/run.txt --constraints requirements/build.txt \
		--output-file requirements/dev.txt pyproject.toml

clean: ## remove the environment and every cache (never ./data)
	rm -rf $(VENV) $(SITE) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made.stamp:
	@command -v $(PYTHON) >/dev/null || { \
		echo "PingPilot needs Python 3.11 or later, and '$(PYTHON)' was not found. Try: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "PingPilot needs Python 3.11 or later; '$(PYTHON)' is older. Try: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "'$(PYTHON)' has no venv module. Install it (Debian: apt install python3-venv)."; exit 2; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/run.stamp: requirements/build.txt requirements/run.txt pyproject.toml | $(VENV)/made.stamp
	@echo "Installing the locked packages (first run, or they changed)"
	@$(LOCKED) -r requirements/build.txt -r requirements/run.txt
	@$(PROJECT)
	@touch $@

# Whole anew each time: a page that is gone leaves nothing behind. A warning, such as a link to nowhere, ends it.
$(SITE)/index.html: $(shell find docs -type f) $(wildcard clients/*/README.md) CHANGELOG.md SECURITY.md $(VENV)/site.stamp
	@echo "Making the handbook"
	@rm -rf $(SITE) && $(BIN)/python -m sphinx -q -W -b dirhtml -d $(VENV)/handbook docs $(SITE)
	@rm -rf $(SITE)/_sources $(SITE)/.buildinfo $(SITE)/objects.inv && touch $@

$(VENV)/site.stamp: requirements/site.txt $(VENV)/run.stamp
	@$(LOCKED) -r requirements/site.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@$(LOCKED) -r requirements/dev.txt
	@touch $@
