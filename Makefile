# KL30. `make run` and `make test` are all a newcomer needs; both set up what they use in .venv.
# Needs Python 3.11 or newer with venv, and make. Nothing here needs root.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST_ARGS ?= -n auto --dist worksteal

.PHONY: help run example test check format lint types architecture vm fuzz benchmark sweep sweep-more mutants mutants-generic lock clean

help:
	@echo 'make run        a simulated car, the real appliance, the page on http://127.0.0.1:8030'
	@echo 'make example    the bulletin as a signed repository, ready for a stick'
	@echo 'make test       the test suite'
	@echo 'make check      format, lint, types, architecture, then the tests'
	@echo 'make vm         the appliance on a real kernel in a virtual machine, the plug pulled (docs/virtual-machine.md)'
	@echo 'make fuzz       every reader of foreign input, ten minutes (KL30_FUZZ_SECONDS), guided if atheris is installed'
	@echo 'make benchmark  the share of the wire a transfer reaches; what the forecast buys (docs/power.md)'
	@echo 'make sweep      every cut at every point of a job, any number of cuts, pairs (docs/survival.md)'
	@echo 'make sweep-more every fault at every place, and two control units side by side'
	@echo 'make mutants    deliberate bugs, one at a time: does the suite notice each of them?'

run: $(VENV)/runtime.stamp
	@$(BIN)/kl30 bench $(BENCH_ARGS)

# The bulletin's campaign with synthetic firmware, published as a workshop would (docs/campaigns.md): build/example.
example: $(VENV)/runtime.stamp
	@rm -rf build/example && mkdir -p build/example
	@cd build/example && kl30=$(CURDIR)/$(BIN)/kl30 && set -x \
		&& $$kl30 publish keys keys --author anna \
		&& $$kl30 publish init repository --keys keys \
		&& $$kl30 publish author repository anna --keys keys \
		&& $$kl30 publish new --example \
		&& $$kl30 publish check service-action-dme.toml --synthetic \
		&& $$kl30 publish add repository service-action-dme.toml --keys keys
	@echo 'a signed repository, ready for a stick: build/example/repository'

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: format lint types architecture test

format: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .

types: $(VENV)/dev.stamp
	$(BIN)/mypy

architecture: $(VENV)/dev.stamp
	$(BIN)/lint-imports

# Bounded by KL30_FUZZ_SECONDS for the readers, and by KL30_FUZZ (inputs) for the journal, whose files are slower.
fuzz: $(VENV)/dev.stamp
	$(BIN)/python -m tests.fuzz
	KL30_FUZZ=$${KL30_FUZZ:-2000} $(BIN)/python -m pytest -n auto tests/fuzz/test_journal_corruption.py

# A virtual machine with a real CAN kernel; needs root, qemu and mmdebstrap. VM_ARGS="--only bus": a part of it.
vm: $(VENV)/dev.stamp
	$(BIN)/python -m tests.vm $(VM_ARGS)

benchmark: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks.overview
	$(BIN)/python -m benchmarks.lanes
	$(BIN)/python -m benchmarks.power
	$(BIN)/python -m benchmarks.charger_test
	$(BIN)/python -m benchmarks.reaction

# Every cut, any number of cuts, and 20,000 pairs; writes docs/survival.md. SWEEP_ARGS="--share 0.5": half of the pairs.
sweep: $(VENV)/dev.stamp
	$(BIN)/python -m tests.survival.sweep all --write $(SWEEP_ARGS)

# Every fault at every place of a job; and cuts with two control units side by side.
sweep-more: $(VENV)/dev.stamp
	$(BIN)/python -m tests.survival.sweep more

# Deliberate bugs (docs/mutants.md): each must be noticed by a test. The second one takes half an hour; GENERIC_ARGS.
mutants: $(VENV)/dev.stamp
	$(BIN)/python -m mutants $(MUTANTS_ARGS)

mutants-generic: $(VENV)/dev.stamp
	$(BIN)/python -m mutants.generic $(GENERIC_ARGS)

# The locks hold every version and hash; only this target looks for newer ones.
lock: $(VENV)/dev.stamp
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --group dev --extra publish pyproject.toml -o requirements-dev.lock

clean:
	rm -rf --one-file-system $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "KL30 needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "this Python has no venv; on Debian and Raspberry Pi OS: sudo apt install python3-venv"; exit 2; }

$(VENV)/runtime.stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo 'setting up (once)'
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/runtime.stamp
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@
