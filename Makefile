# The commands of this project; .ci/run calls the same ones. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CODE := sidecar tests dev
DATABASES ?= h2 postgres mariadb

# What is measured runs in an interpreter as the image has it, built with profile-guided optimization: so are those of
# the distributions, but not what pyenv compiles, and that takes a third more time.
BENCH_PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' \
  2>/dev/null && echo /usr/bin/python3 || echo $(PYTHON))

.DEFAULT_GOAL := help
.PHONY: help up test test-databases test-cluster test-directories test-proxies test-versions matrix bench check format jar lock clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(READY) ## Start Keycloak and the sidecar, do the main job once, stay until Ctrl-C
	@exec $(BIN)/python -u -m dev.up

test: $(READY) ## Run all tests, the integration tests on a real Keycloak, with coverage
	@set -e; \
	agent="$$($(BIN)/python -m dev.java_coverage agent)"; \
	mvn -B --no-transfer-progress -f keycloak-mapper verify -DargLine="$$agent"; \
	JAVA_OPTS_APPEND="$$agent" $(BIN)/pytest --cov --cov-report=term $(ARGS); \
	$(BIN)/python -m dev.java_coverage report

test-databases: $(READY) ## Run the tests of what a database could get wrong, on each one of DATABASES="h2 postgres mariadb"
	@set -e; for database in $(DATABASES); do \
	  echo "== $$database"; \
	  $(BIN)/pytest --database="$$database" -m databases $(ARGS) \
	    tests/integration $$(test "$$database" = h2 || echo tests/databases); \
	done

test-cluster: $(READY) ## Run the tests of a cluster: two nodes on a PostgreSQL, and what happens when a part of it fails
	$(BIN)/pytest tests/cluster $(ARGS)

test-directories: $(READY) ## Run the tests with users of an LDAP directory, which they start themselves
	$(BIN)/pytest tests/directories $(ARGS)

test-proxies: $(READY) ## Run the tests with the sidecar and applications behind nginx, which they start themselves
	$(BIN)/pytest tests/proxies $(ARGS)

test-versions: $(READY) ## Run the matrix of Keycloak releases and Javas, and the upgrades between them, on PostgreSQL and H2
	$(BIN)/python -u -m tests.versions.matrix
	$(BIN)/pytest tests/versions $(ARGS)

matrix: $(READY) ## Write the table in the README anew, from the last make test-versions
	$(BIN)/python -m tests.versions.matrix table

bench: ## Measure, on a machine left alone for it: make bench CASES="reads writes" ARGS="--rounds 3"
	@$(MAKE) --no-print-directory PYTHON="$(BENCH_PYTHON)" VENV=.dev/bench-venv .dev/bench-venv/.ready
	@.dev/bench-venv/bin/python -u -m tests.benchmarks $(CASES) $(ARGS)

check: $(READY) ## Check format, lint, security, types, imports, and that the Java code compiles without a warning
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml sidecar dev
	$(BIN)/mypy
	$(BIN)/lint-imports
	mvn -B -q --no-transfer-progress -f keycloak-mapper test-compile

format: $(READY) ## Format the Python code and mend what ruff can mend
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

jar: $(READY) ## Build the Keycloak extension: keycloak-mapper/target/keycloak-user-metadata.jar
	@$(BIN)/python -u -m dev.extension

lock: ## Write requirements.txt anew: the newest versions that pyproject.toml allows, with hashes
	@test -x $(BIN)/uv || $(MAKE) $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev --generate-hashes --no-strip-extras \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --upgrade \
	  --output-file requirements.txt pyproject.toml

clean: ## Delete everything that was built, fetched or stored here, the demonstration's data too
	rm -rf $(VENV) .dev keycloak-mapper/target build dist .coverage htmlcov
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is older or missing. Name another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Preparing the virtual environment $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@
