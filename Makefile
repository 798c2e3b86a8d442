# OmegaOffice: `make help` says what there is.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PORT ?= 8000
PROFILE = fuzz

.DEFAULT_GOAL := help
.PHONY: help run demo test test-browser chromium test-long test-mutants test-independent fuzz lint types bench requirements messages clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## ?/\1\t/' | expand -t 16

$(VENV)/run.stamp: requirements-local.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the office needs…"
	@$(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check --require-hashes -r requirements-local.txt
	@touch $@

$(VENV)/test.stamp: requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the tests need…"
	@$(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp

$(VENV)/bench.stamp: requirements-bench.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the benchmarks need…"
	@$(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@ $(VENV)/run.stamp $(VENV)/test.stamp

run: $(VENV)/run.stamp messages ## set up, make demo people and data, serve on PORT until Ctrl-C
	@$(BIN)/python manage.py up --demo

demo: $(VENV)/run.stamp messages ## walk the whole story without a browser and leave its artefacts
	@$(BIN)/python manage.py demo

test: $(VENV)/test.stamp messages ## all tests that need no system package
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q -m "not browser and not long and not independent"

test-browser: $(VENV)/test.stamp messages chromium ## browser journeys in Debian's Chromium, installed where it may be
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q -m "browser and not long" tests/browser

chromium:
	@command -v chromium >/dev/null || (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-core)
	@test -f var/npm/node_modules/axe-core/axe.min.js || npm install --no-audit --no-fund --silent --prefix var/npm axe-core@4.14.1

test-long: $(VENV)/test.stamp messages chromium ## what takes longer: a million entries, kill -9 in rounds, mutants, fuzzing, all of Debian's
	@$(BIN)/python -m pytest -q -m long
	@$(MAKE) --no-print-directory fuzz
	@.ci/debian all

test-mutants: $(VENV)/test.stamp messages ## weaken the gate, triggers, policies and sweeps one by one: the suite must notice
	@$(BIN)/python -m pytest -q -m mutants tests/mutants

test-independent: $(VENV)/test.stamp messages ## the log's proofs by Go's own library and OpenSSL, installed where they may be
	@test -d /usr/share/gocode/src/golang.org/x/mod && command -v go >/dev/null && command -v openssl >/dev/null || (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends golang-go golang-golang-x-mod-dev openssl)
	@$(BIN)/python -m pytest -q -m independent tests/independent

fuzz: $(VENV)/test.stamp ## property tests with more examples; PROFILE=short for a quarter of them
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q -m "not django_db and not browser and not long" --hypothesis-profile=$(PROFILE) tests -k hypothesis

lint: $(VENV)/test.stamp ## linters, formatter, import contracts, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=.:requests $(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint omegaoffice accounts requests

types: $(VENV)/test.stamp ## mypy, strict
	OFFICE_ENV=test $(BIN)/mypy omegaoffice accounts requests

bench: $(VENV)/bench.stamp messages ## the benchmarks, with their figures and what they are measured against
	@for each in bench/*.py; do $(BIN)/python $$each || exit 1; done

requirements: ## pin what pyproject.toml asks for
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --custom-compile-command "make requirements" pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --custom-compile-command "make requirements" --extra local pyproject.toml -o requirements-local.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --custom-compile-command "make requirements" --extra local --extra dev pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --custom-compile-command "make requirements" --extra local --extra dev --extra bench pyproject.toml -o requirements-bench.txt

messages: ## compile the translations
	@test ! -d locale || $(BIN)/pybabel --quiet compile -d locale -D django

clean: ## remove the environment and everything that runs made, demo data included
	rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache .hypothesis
