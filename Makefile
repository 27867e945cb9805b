# README has one line for each: demo, test, faults, check, bench, screenshots, readme, build, sbom, audit, lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
TOOLS := $(VENV)/tools
JOBS ?= 2
SIZE ?= release
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: setup tools demo test faults check lint types unit bench screenshots readme build sbom audit audited bill lock clean

setup: $(READY)

$(READY): requirements/build.txt requirements/run.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Cata Bridge needs Python 3.11 or newer.")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-compile --require-hashes -r requirements/build.txt -r requirements/run.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	sh installer/linux/qt_libraries.sh $(BIN)/python
	sh installer/linux/fonts.sh $(BIN)/python
	touch $@

tools: $(TOOLS)

$(TOOLS): $(READY) requirements/dev.txt
	$(BIN)/pip install --quiet --no-compile --require-hashes -r requirements/dev.txt
	sh installer/linux/fault_tools.sh
	touch $@

demo: setup
	$(BIN)/cata-bridge demo

test: tools
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup tests

faults: tools
	CATA_BRIDGE_FAULTS=$(SIZE) $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --timeout 14400 tests/faults

check: lint types bill audited unit

lint: tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: tools
	$(BIN)/mypy

bill: tools
	$(BIN)/python -m installer.locks
	$(BIN)/python -m installer.sbom --check

audited: tools
	$(BIN)/python -m installer.audit --where-reachable

unit: tools
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --ignore=tests/faults tests --cov --cov-report= -q
	$(BIN)/coverage report --fail-under=90
	$(BIN)/coverage report --include='agent/core/*' --fail-under=100
	$(BIN)/coverage report --include='agent/db/*' --fail-under=100

bench: tools
	$(BIN)/python -m tests.bench

screenshots: tools
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.gui.gallery build/screenshots

readme: tools
	$(BIN)/python docs/readme.py

build: tools
	$(BIN)/python -m installer.build

sbom: tools
	$(BIN)/python -m installer.sbom build/sbom.cdx.json

audit: tools
	$(BIN)/python -m installer.audit

lock:
	uv pip compile --universal --generate-hashes --python-version 3.11 requirements/build.in -o requirements/build.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 pyproject.toml -o requirements/run.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 --extra dev pyproject.toml -o requirements/dev.txt

clean:
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage*
