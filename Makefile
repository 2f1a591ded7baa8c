SHELL := /bin/bash
# -E: the caller's PYTHON… variables are another project's.
PY := .venv/bin/python -E
.DEFAULT_GOAL := help
.PHONY: help setup demo dashboards dashboards-export preset reports down sql published rebuild check test bench bench-all redshift-smoke pins image-test astro-rehearsal ec2-test aws-rehearsal lint format lock

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: ## Install pinned packages into .venv
	@local/bootstrap.sh

demo: setup ## Run the main job on real parts: FROM=2024-01-01 TO=2024-06-30 RECORDINGS=folder DASHBOARDS=0, all optional
	@$(PY) -m local demo $(if $(FROM),--from "$(FROM)") $(if $(TO),--to "$(TO)") $(if $(RECORDINGS),--recordings "$(RECORDINGS)") \
		$(if $(filter 0,$(DASHBOARDS)),--no-dashboards)

dashboards: setup ## Start Superset beside the stack that is up, with the dashboards of include/superset
	@$(PY) -m local dashboards

dashboards-export: setup ## Bring what was changed in Superset's editor back into include/superset
	@$(PY) -m local dashboards-export

preset: setup ## Push include/superset to a Preset workspace; says what the environment lacks
	@$(PY) -m local preset

reports: setup ## E-mail the overview every Monday, for as long as this runs; says what the environment lacks
	@$(PY) -m local reports

down: setup ## Stop what `make demo` left running; the data stays
	@$(PY) -m local down

export Q
sql: setup ## Print a query on the local warehouse as CSV: Q="select …"
	@$(PY) -m local sql

published: setup ## Say up to which day is published; exit code 1 if yesterday is late
	@$(PY) -m local published

rebuild: setup ## Load every capture of the lake into the warehouse again
	@$(PY) -m local rebuild

# Tests of one group share their servers and run in one worker (tests/conftest.py).
WORKERS ?= 2
PYTEST := $(PY) -m pytest --numprocesses $(WORKERS) --dist loadgroup --no-loadscope-reorder
WITHOUT_SERVERS := tests/unit tests/security tests/aws tests/ec2/test_compose.py tests/dags

check: setup ## Lint, and run the tests that need no server: the loop while writing
	@$(MAKE) --no-print-directory lint
	@$(PYTEST) $(WITHOUT_SERVERS)

test: setup ## Run all tests: unit, DAG, dbt on both targets, the whole pipeline on real servers, the dashboards in Chromium
	@tests/browser/setup.sh
	@$(PYTEST) $(WITHOUT_SERVERS) tests/dbt tests/redshift tests/stack tests/browser

bench: setup ## Compare what is fast with what it is held against: the short comparisons (9 min)
	@$(PY) -m benchmarks.short

bench-all: bench ## And the long ones: whole runs, 20 years of history, make demo (55 min)
	@$(PY) -m benchmarks.whole
	@$(PY) -m benchmarks.morning_of_dag
	@$(PY) -m benchmarks.morning_of_dbt
	@$(PY) -m benchmarks.lake_20_years
	@$(PY) -m benchmarks.demo

redshift-smoke: setup ## Ask a real Redshift what the tests' stand-in cannot prove; reads the Airflow connections of the environment
	@$(PY) deploy/redshift_smoke.py

pins: setup ## Check the pins on Python 3.12, and against what Airflow's image holds: CONSTRAINTS=constraints-3.12.txt of apache/airflow
	@$(PY) -m local.pins $(if $(CONSTRAINTS),"$(CONSTRAINTS)")

image-test: setup ## Build the Dockerfile on a stand-in of the Runtime and run the image without a network, on a Docker Engine (root, Debian, 3 min)
	@$(PY) -m pytest tests/image

astro-rehearsal: setup ## Do what `astro dev start` does, on a Docker Engine and stand-ins of the images (root, Debian, 4 to 9 min)
	@$(PY) -m pytest --capture=no tests/astro

ec2-test: setup ## Run the template's user data, then the runbook's commands for the machine, on a Docker Engine (root, Debian, 6 to 9 min)
	@$(PY) -m pytest --capture=no tests/ec2/test_running.py

aws-rehearsal: setup ## Run all of docs/runbook.md that needs no account, in order, and say what did not run (root, Debian, 12 min)
	@$(PY) -m tests.aws.rehearsal

LINTERS := python types sql dbt dialect yaml compose connections image template
lint: setup ## Check style, types, SQL, the dbt project and the deployment files; what is as it was when it passed is passed over
	@$(MAKE) --no-print-directory --jobs 2 --output-sync $(addprefix .local/lint/,$(LINTERS))

# Each check leaves a stamp when it passed, and runs again when a file that it reads is newer, or the tools are.
TRACKED = $(wildcard $(shell git ls-files --cached --others --exclude-standard -- $(1)))
MODELS := $(call TRACKED,'include/dbt/models/*.sql')
PASSED = @mkdir -p $(@D) && touch $@
$(addprefix .local/lint/,$(LINTERS)): local/requirements.lock Makefile

.local/lint/python: pyproject.toml $(call TRACKED,'*.py')
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(PASSED)

.local/lint/types: pyproject.toml $(call TRACKED,'*.py')
	.venv/bin/mypy include/kofic include/pipeline include/kofic_simulator local deploy tests/redshift/dialect tests/redshift/standin tests/docker tests/astro
	$(PASSED)

.local/lint/sql: include/dbt/.sqlfluff $(MODELS)
	.venv/bin/sqlfluff lint --config include/dbt/.sqlfluff $(if $(filter-out $(MODELS),$?),include/dbt/models,$?)
	$(PASSED)

.local/lint/dbt: $(call TRACKED,include/dbt)
	.venv/bin/dbt --quiet --warn-error parse --no-partial-parse --project-dir include/dbt --profiles-dir include/dbt
	$(PASSED)

.local/lint/dialect: $(call TRACKED,include/dbt tests/redshift/dialect)
	$(PY) -m tests.redshift.dialect
	$(PASSED)

.local/lint/yaml: .yamllint $(call TRACKED,'*.yml' '*.yaml')
	.venv/bin/yamllint --strict .
	.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yaml
	$(PASSED)

.local/lint/compose: docker-compose.override.yml deploy/ec2/compose.yaml
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.override.yml deploy/ec2/compose.yaml
	$(PASSED)

.local/lint/connections: local/airflow_settings.schema.json airflow_settings.yaml
	.venv/bin/check-jsonschema --schemafile local/airflow_settings.schema.json airflow_settings.yaml
	$(PASSED)

DOCKERFILES := Dockerfile $(call TRACKED,'tests/docker/*/Dockerfile')
.local/lint/image: $(DOCKERFILES)
	.venv/bin/hadolint $(DOCKERFILES)
	$(PASSED)

.local/lint/template: deploy/aws/box-office.yaml
	.venv/bin/cfn-lint deploy/aws/box-office.yaml
	$(PASSED)

format: setup ## Bring Python and SQL into the project's style
	.venv/bin/ruff check --fix --quiet .
	.venv/bin/ruff format .
	.venv/bin/sqlfluff fix --config include/dbt/.sqlfluff include/dbt/models

lock: setup ## Write local/requirements.lock anew from requirements.txt and local/requirements.in
	.local/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet \
		--custom-compile-command "make lock" local/requirements.in -o local/requirements.lock
	.local/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet \
		--custom-compile-command "make lock" benchmarks/requirements.in -o benchmarks/requirements.lock
	.local/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet \
		--exclude-newer 2026-05-25 --exclude-newer-package preset-cli=2026-11-01 \
		--custom-compile-command "make lock" local/requirements-superset.in -o local/requirements-superset.lock
