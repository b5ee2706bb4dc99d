# Two commands do everything: `make demo` (the main job, on real data) and `make test` (the whole suite).
.POSIX:
SHELL = /bin/sh
# Another seed for every training of the tests, and a .tflite file in the place of the int8 digits model: no test may depend on weights.
# `make fuzz` begins with SEED.
SEED =
DIGITS =
# The time of `make fuzz`, which its fuzzers share.
SECONDS_IN_ALL = 1800
# Bytecode is kept whatever the machine asks for: hundreds of commands start in the tests, and compiling the toolkit takes each half a second.
PYTEST = PYTHONDONTWRITEBYTECODE= MCU_TEST_SEED='$(SEED)' MCU_TEST_DIGITS='$(DIGITS)' .venv/bin/python -m pytest
WORKERS = 2

.PHONY: help setup setup-dev demo test check lint nightly fuzz bench format lock site wheel clean

help:
	@echo "make demo     set up, then train, quantize, validate, build, flash, verify on an emulated board"
	@echo "make test     set up, then lint and the whole test suite (less than half an hour on 2 idle cores)"
	@echo "make check    lint and the tests that are not marked slow"
	@echo "make setup    .venv with mcu in it, and the system packages the demo needs"
	@echo "make nightly  the long runs: many random models, every pair of operators on boards"
	@echo "make fuzz     every fuzzer with random cases, SECONDS_IN_ALL=1800 among them, from SEED=0; fails upon a finding"
	@echo "make wheel    both distributions, in dist/: mcu-toolkit and mcu-toolkit-core"
	@echo "make site     the documentation as a site in build/site, which opens without a server"
	@echo "make lock     write requirements/*.lock again (needs uv)"

setup:
	@scripts/setup.sh

setup-dev:
	@scripts/setup.sh --dev

demo: setup
	@.venv/bin/mcu demo -o build/demo

lint: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python scripts/check_c_format.py

test: lint
	$(PYTEST) -n $(WORKERS) --dist worksteal

check: lint
	$(PYTEST) -n $(WORKERS) --dist worksteal -m "not slow and not nightly and not fuzz"

nightly: setup-dev
	$(PYTEST) -n $(WORKERS) --dist worksteal -m nightly --timeout 7200

fuzz: setup-dev
	MCU_FUZZ_SECONDS='$(SECONDS_IN_ALL)' MCU_FUZZ_SEED='$(SEED)' .venv/bin/python -m pytest -n $(WORKERS) --dist worksteal -m fuzz \
	    --timeout $$(($(SECONDS_IN_ALL) + 900))

bench: demo
	.venv/bin/python -m benchmarks.run

format: setup-dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	.venv/bin/python scripts/check_c_format.py --fix

# The second file holds those lines of the first that mcu-toolkit-core needs.
lock:
	uv pip compile -q --universal --python-version 3.10 --generate-hashes --no-emit-index-url --group dev \
	    --no-emit-package mcu-toolkit-core \
	    -c requirements/constraints.txt pyproject.toml -o requirements/dev.lock --custom-compile-command "make lock"
	uv pip compile -q --universal --python-version 3.10 --generate-hashes --no-emit-index-url \
	    -c requirements/dev.lock packaging/core/pyproject.toml -o requirements/core.lock --custom-compile-command "make lock"

# Its theme would print that MkDocs 2 is another program.
site: setup-dev
	NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict

wheel: setup
	.venv/bin/python -m hatchling build -t wheel -d dist
	cd packaging/core && ../../.venv/bin/python -m hatchling build -t wheel -d ../../dist

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
