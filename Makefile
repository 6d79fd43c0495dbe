# Each target makes its own virtual environment; nothing needs to be installed beforehand but Python 3.11 or newer and make.
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
SITE ?= .

.PHONY: run test test-durability check bench clean

run: $(VENV)/.installed
	$(BIN)/kartotek run --site $(SITE)

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n 4 --dist worksteal $(PYTEST_ARGS)

# What is promised about data that were acknowledged: killed, out of room, damaged, restored, with the figures at the end.
test-durability: $(VENV)/.installed-test
	KARTOTEK_TEST_LONG=1 $(BIN)/python -m pytest -m durability $(PYTEST_ARGS)

check: $(VENV)/.installed
	$(BIN)/kartotek check --site $(SITE)

bench: $(VENV)/.installed
	$(BIN)/python bench/measure.py

clean:
	rm -rf $(VENV) build dist

$(BIN)/python:
	@set -e; found=""; \
	for one in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found="$$one"; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Kartotek needs Python 3.11 or newer (make PYTHON=/path/to/python3)." >&2; exit 1; fi; \
	if ! "$$found" -c 'import ensurepip' 2>/dev/null; then \
	  echo "This Python cannot make a virtual environment: on Debian and Ubuntu, apt-get install python3-venv." >&2; exit 1; fi; \
	"$$found" -m venv $(VENV)

# The stamps are newer than setup.cfg once what it asks for is in.
$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.installed
