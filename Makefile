# Everything a developer types. `make run` and `make test` work on a fresh clone
# with nothing but Python 3.11+ and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run llm test test-slow check lint advisories format lock clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: $(VENV)/.installed  ## Install, start database, web, live and worker; Ctrl-C stops
	@$(BIN)/python manage.py up

llm: $(VENV)/.installed  ## Install what it takes to ask a language model (LLM_BASE_URL, see .env.example)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --only-binary :all: -r requirements-llm.txt

test: $(VENV)/.installed-dev  ## Run the tests
	@$(BIN)/python -m pytest -m "not long" $(ARGS)

test-slow: $(VENV)/.installed-dev  ## Run the tests that take minutes
	@$(BIN)/python -m pytest -m long $(ARGS)

# The site as it would stand on the open net; nothing is started and nothing is reached.
AS_IF_PUBLIC = ENV_FILE=/dev/null VAR_DIR=$(VENV)/deploy-check PUBLIC_URL=https://agents.test LIVE_URL=https://agents.test/live \
	ALLOWED_HOSTS=agents.test BEHIND_TLS_PROXY=true DATABASE_URL=postgresql://nobody@nowhere.test/agentsite \
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')

check: lint advisories test test-slow  ## Everything CI checks

lint: $(VENV)/.installed-dev  ## Format, lint, types, import contracts, migrations, templates, security
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run --skip-checks
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --target-version 5.2 --check
	$(BIN)/bandit -q -c pyproject.toml -r agentsite runs manage.py
	@$(AS_IF_PUBLIC) $(BIN)/python manage.py check --deploy --fail-level WARNING

advisories: $(VENV)/.installed-dev  ## Ask whether vulnerabilities are known of the pinned packages
	@$(BIN)/python .ci/advisories.py

format: $(VENV)/.installed-dev  ## Put the code into the common form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --target-version 5.2

lock: $(VENV)/.installed-dev  ## Pin the newest allowed versions of all dependencies
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --no-header pyproject.toml --group dev \
		-c requirements.txt -o requirements-dev.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header pyproject.toml --extra llm \
		-c requirements-dev.txt -o requirements-llm.txt

clean:  ## Remove the virtual environment and caches; var/ (the data) stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage

# --- Installing ---------------------------------------------------------------------
# Only ready-made wheels are taken, so that a missing compiler never matters.

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or later is needed; name it, for example: make run PYTHON=python3.12"; exit 1; }
	@echo "Making the virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.installed: requirements.txt $(VENV)/.python
	@echo "Installing dependencies ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --only-binary :all: -r requirements.txt || \
		{ echo "A dependency could not be installed: see above (no network, or no wheel for this platform)."; exit 1; }
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing the developers' tools ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --only-binary :all: -r requirements-dev.txt || \
		{ echo "A dependency could not be installed: see above (no network, or no wheel for this platform)."; exit 1; }
	@touch $@
