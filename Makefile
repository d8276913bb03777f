# deskpulse. `make` lists what can be made. Works with GNU make 3.81 and newer.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest -q
# Half of the time of tests is waiting for other programs: twice as many at once as there are cores.
AT_ONCE = "$$($(BIN)/python -c 'import os; print(2 * (os.cpu_count() or 1))')"
# Where Python is told to keep nothing, every program of every test would compile all modules anew.
export PYTHONDONTWRITEBYTECODE :=
LOCK   := --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --quiet

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-long bench bench-volume lint types imports collected format lock docs peers up down clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

demo: $(VENV)/.runtime ## A virtual helpdesk, polled and published on this machine: nothing to configure
	@$(BIN)/deskpulse demo

test: ## Everything that must hold: style, types, import rules, all tests but the slow ones
	@$(MAKE) --no-print-directory -j2 peers $(VENV)/.test
	@$(MAKE) --no-print-directory -j2 types collected lint imports
	@$(PYTEST) -n $(AT_ONCE) --dist worksteal

test-long: peers $(VENV)/.test ## The tests, the slow ones included
	@$(PYTEST) -n $(AT_ONCE) --dist worksteal -m "not benchmark"

# Every worker would compile all test modules by itself, all at the same time.
collected: $(VENV)/.test
	@$(PYTEST) --collect-only > $(VENV)/collected.log 2>&1 || { tail -50 $(VENV)/collected.log; exit 1; }

bench: $(VENV)/.test ## Measure speed and print it
	@$(PYTEST) -s -m benchmark tests/benchmarks

bench-volume: $(VENV)/.test ## Measure how well spikes and drops are told in real arrivals; SEEDS=3: quicker
	@$(BIN)/python -m tests.benchmarks.volume --seeds $(or $(SEEDS),30)

lint: $(VENV)/.test ## Style, and whether what is imported is declared
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --diff .
	@$(BIN)/deptry --no-ansi . > $(VENV)/deptry.log 2>&1 || { cat $(VENV)/deptry.log; exit 1; }

types: $(VENV)/.test ## Types, strictly
	@$(BIN)/mypy --no-error-summary

imports: $(VENV)/.test ## Who may import whom
	@$(BIN)/lint-imports --no-logo > $(VENV)/imports.log 2>&1 || { cat $(VENV)/imports.log; exit 1; }

format: $(VENV)/.test ## Mend the style of the code
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

docs: $(VENV)/.runtime ## Write anew what is built: docs/metrics.md, the table of vendors, dashboards, rules
	@$(BIN)/python -m exporter.reference > docs/metrics.md.new
	@mv docs/metrics.md.new docs/metrics.md
	@$(BIN)/python -m exporter.certify.table README.md
	@$(BIN)/python -m dashboards build
	@$(BIN)/python -m alerts build

lock: ## Resolve the dependencies anew into requirements*.lock (needs uv)
	@uv="$$(command -v uv || echo $(BIN)/uv)"; \
	"$$uv" --version > /dev/null 2>&1 || { echo "make lock needs uv: $(BIN)/pip install uv" >&2; exit 2; }; \
	"$$uv" pip compile pyproject.toml --extra postgres --group build $(LOCK) --output-file requirements.lock $(LOCK_FLAGS) && \
	"$$uv" pip compile pyproject.toml --extra postgres --extra parquet --group build --group test $(LOCK) --constraints requirements.lock \
	  --output-file requirements-test.lock $(LOCK_FLAGS)

# Request Tracker and Redmine are heavy, and VictoriaMetrics few have, so that only a CI installs them by
# itself; elsewhere what is tried on them is skipped until `CI=true make peers` was asked for.
MORE = $(if $(filter true,$(CI)),request-tracker5 rt5-db-sqlite rt5-standalone redmine redmine-sqlite ruby-webrick victoria-metrics)

peers: ## Install Prometheus, Alertmanager, PostgreSQL and Chromium, where this is Debian and root; CI=true: Request Tracker, Redmine and VictoriaMetrics too
	@missing=; \
	command -v promtool > /dev/null || missing="prometheus"; \
	command -v initdb > /dev/null || ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v amtool > /dev/null || missing="$$missing prometheus-alertmanager"; \
	command -v chromium > /dev/null || command -v chromium-browser > /dev/null \
	  || command -v google-chrome > /dev/null || missing="$$missing chromium"; \
	for one in $(MORE); do \
	  dpkg -s $$one > /dev/null 2>&1 || missing="$$missing $$one"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; \
	  { apt-get -qq update && apt-get -qq install -y --no-install-recommends $$missing; } > /dev/null && exit 0; \
	fi; \
	echo "not installed: $$missing; install it with your system's package manager" >&2; \
	[ "$$CI" != true ]

COMPOSE = $(if $(DEMO),DESKPULSE_ALERTS=./alerts DESKPULSE_RULES=demo )docker compose$(if $(DEMO), --project-name deskpulse-demo)

up: ## deskpulse, Prometheus, Alertmanager and Grafana in containers; DEMO=1: with a virtual helpdesk
	@[ -n "$(DEMO)" ] || [ -f deskpulse.yaml ] || { \
	  echo "there is no deskpulse.yaml: write one with deskpulse init, or try make up DEMO=1" >&2; exit 2; }
	@sh compose/password
	@$(COMPOSE) up --build --detach --wait $(if $(DEMO),demo)
	@echo "Grafana is at http://127.0.0.1:3000/"
	@echo "Alerts are shown at http://127.0.0.1:9093/; who is told of them: docs/alerting.md"

down: ## End what make up started and keep its data; DEMO=1: end the demo and forget it
	@GRAFANA_ADMIN_PASSWORD=unused $(COMPOSE) --profile demo down $(if $(DEMO),--volumes)

clean: ## Take away what was made here, the virtual environment included
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The stamps say what the virtual environment holds; the test lock is the runtime lock and more.

$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(call install,requirements.lock)
	@touch $@

$(VENV)/.test: requirements-test.lock pyproject.toml
	@$(call install,requirements-test.lock)
	@touch $@ $(VENV)/.runtime

define install
set -e; \
command -v "$(PYTHON)" > /dev/null || { \
  echo "there is no $(PYTHON) here: deskpulse needs Python 3.11 or newer; name it: PYTHON=python3.12 make $(MAKECMDGOALS)" >&2; exit 2; }; \
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
  found=$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
  echo "deskpulse needs Python 3.11 or newer; found $$found: PYTHON=python3.12 make $(MAKECMDGOALS)" >&2; exit 2; }; \
$(BIN)/python -m pip --version > /dev/null 2>&1 || { \
  "$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || { \
    echo "$(PYTHON) cannot make virtual environments: apt install python3-venv (Debian, Ubuntu)" >&2; exit 2; }; \
  "$(PYTHON)" -m venv --clear $(VENV); }; \
echo "Installing into $(VENV) from $(1) ..."; \
$(PIP) install --require-hashes --requirement $(1); \
$(PIP) install --no-deps --no-build-isolation --editable .
endef
