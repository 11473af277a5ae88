# The commands of this project. Each target sets up what it needs.
.DEFAULT_GOAL := help
.PHONY: help install demo chromium test quality peers model bench chaos soak commits lint format sample clean
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
MINUTES ?= 20
RATE ?= 10000
# Let uv trust the system's certificates, as pip does: behind a company's proxy, its bundled ones fail.
export UV_SYSTEM_CERTS := 1

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed ## Make .venv with the locked dependencies

# The lock lists everything; where a package asks for extras of another, older releases of pip do not see its pin.
.venv/.installed: requirements.lock
	@echo "Installing the locked dependencies into .venv (a minute or two)"
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Python 3.11 to 3.13 is needed, this is %d.%d: make PYTHON=python3.12 ..." % v)'
	@if command -v uv >/dev/null; then \
		uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" .venv && \
		uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock; \
	else \
		$(PYTHON) -m venv .venv && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock; \
	fi
	@touch $@

demo: install ## Play the sample (or ARGS="FILE…") through the whole pipeline, without Docker
	@$(BIN)/python -m local.demo $(ARGS)

chromium: ## Install Chromium for the tests of the dashboard (as root, from apt)
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		echo "Installing chromium for the tests of the dashboard" && \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
		echo "chromium is missing: the tests of the dashboard are skipped (as root: apt-get install chromium)"

test: install chromium ## Run all tests; the end-to-end tests use the embedded Kafka and Elasticsearch
	@$(BIN)/python -m pytest --numprocesses 2 $(ARGS)

quality: install ## Inject anomalies into streams (or ARGS="FILE…") and compare what this and other methods find
	@PYTHONPATH=.local/peers $(BIN)/python -m bench.quality $(ARGS)

peers: install ## Install the libraries to compare with (compiles isotree: takes minutes, needs a C++ compiler)
	@for peer in 'setuptools==80.9.0' 'river==0.26.1' 'rrcf==0.4.4' 'isotree==0.6.1.post10' 'treelite==4.8.1' \
			'onnxruntime==1.32.0' 'skl2onnx==1.20.0' 'onnx==1.23.2' 'ml_dtypes==0.6.0' 'flatbuffers==25.12.19'; do \
		echo "Installing $$peer into .local/peers"; \
		if command -v uv >/dev/null; then \
			uv pip install --quiet --python $(BIN)/python --no-deps --target .local/peers "$$peer"; \
		else \
			$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target .local/peers "$$peer"; \
		fi || echo "$$peer cannot be installed here and is left out of the comparison"; \
	done

model: install ## Retrain the shipped model on simulated sessions and FILES="…"
	@$(BIN)/python -m bench.quality.train $(FILES) --output detector/model

chaos: install ## Kill, pause and starve everything for 20 cycles (ARGS="--cycles 200"), then compare the documents
	@$(BIN)/python -m bench.chaos $(ARGS)

soak: install ## Publish RATE trades a second for MINUTES; print memory, lag and latency
	@$(BIN)/python -m bench.soak --minutes $(MINUTES) --rate $(RATE)

commits: install ## Measure the latency and throughput for several commit intervals of the detector
	@$(BIN)/python -m bench.commits $(ARGS)

bench: install ## Measure the kernel, the forest, back-tests and the stream (ARGS="--only kernel", ARGS="FILE…")
	@PYTHONPATH=.local/peers $(BIN)/python -m bench.speed $(ARGS)

lint: install ## Check formatting, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: install ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

sample: install ## Regenerate the sample session
	@$(BIN)/python -m nasdaq.generate

clean: ## Stop the embedded servers in the background; remove the environment and all generated files
	@if [ -e .local/stack.json ] && [ -x $(BIN)/python ]; then $(BIN)/python -m local down; fi
	rm -rf .venv .local state .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
