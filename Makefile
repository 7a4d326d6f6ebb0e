# `make demo` trains a language model on real English; `make test` proves every gradient. Both need only Python 3.10+ with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable
# A stamp file per set of packages, so that an environment is made once and brought up to date when pyproject.toml changes.
BASE := $(VENV)/.base
DEV := $(VENV)/.dev
ORACLE := $(VENV)/.oracle

.PHONY: demo test test-gpu oracle lint bench docs-check wheel clean

$(BASE): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(INSTALL) ".[plot]"
	touch $@

$(DEV): $(BASE)
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

$(ORACLE): $(DEV)
	$(INSTALL) ".[plot,oracle]"
	$(BIN)/python -m pip install --quiet --group oracle
	touch $@

demo: $(BASE)
	$(BIN)/minitorch-nlp demo

# Two processes, each with one thread: BLAS threads that wait for a core cost more than they give.
test oracle: export OMP_NUM_THREADS := 1
test oracle: export OPENBLAS_NUM_THREADS := 1

test: $(DEV)
	$(BIN)/python -m pytest -n 2 --ignore=tests/oracle
	MINITORCH_NLP_KERNELS=0 $(BIN)/python -m pytest -n 2 tests/autograd tests/functional tests/nn tests/optim  # now without kernels

test-gpu: $(DEV)
	$(BIN)/python -m pytest -m gpu -rs tests/gpu

oracle: $(ORACLE)
	$(BIN)/python -m pytest -n 2 tests/oracle

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

docs-check: $(DEV)
	$(BIN)/python -m pytest tests/docs

bench: $(ORACLE)
	$(BIN)/python -m benchmarks

wheel: $(DEV)
	$(BIN)/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist .

clean:
	rm -rf $(VENV) dist build *.egg-info .pytest_cache .ruff_cache
