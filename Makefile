# make setup | make chat | make test; everything goes into .venv and the user's cache folder.
# The first of these that runs: what a version manager puts on the path may be there and not run.
PYTHON ?= $(or $(shell for v in 3.11 3.12 3.13 3.14; do python$$v -c "" 2>/dev/null && echo python$$v && break; done),python3)
CORPUS ?=
export ASKNOTES_CORPUS := $(or $(CORPUS),$(ASKNOTES_CORPUS))
ifeq ($(ASKNOTES_CORPUS),)
unexport ASKNOTES_CORPUS
endif
RUN := .venv/bin/python
# Threads of the local model sleep while they wait, so that a busy machine does not starve it.
export OMP_WAIT_POLICY ?= passive
# glibc gives each thread a place of its own to take memory from, and what lies free in one is of no use to another.
export MALLOC_ARENA_MAX ?= 2

.PHONY: help setup formats index chat test test-slow fuzz eval soak docs docs-site train-finder train-checker train-writer lint check clean
help:
	@echo "make setup       install into .venv and get the default models"
	@echo "make chat        build the index when notes changed, then start the page on http://127.0.0.1:8501"
	@echo "make formats     read Word and PDF files and spreadsheets too"
	@echo "make check       lint, types and the fast tests, without model and browser"
	@echo "make test        all tests but the slow ones, as CI runs them"
	@echo "CORPUS=/path/to/notes make chat    the same over your own notes"

.venv/bin/python:
	@$(PYTHON) -c "" 2>/dev/null || { echo "error: $(PYTHON) does not run; install Python 3.11, 3.12, 3.13 or 3.14, or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) tools/bootstrap.py venv

setup: .venv/bin/python
	@$(RUN) tools/bootstrap.py install
	@$(RUN) -m ingest.models

# Word and PDF files and spreadsheets are read through libraries that not everybody needs.
formats: setup
	@$(RUN) tools/bootstrap.py install --formats

index: setup
	@$(RUN) -m ingest

chat: index
	@$(RUN) -m streamlit run app.py

setup-dev: .venv/bin/python
	@$(RUN) tools/bootstrap.py install --dev
	@$(RUN) -m ingest.models

lint: setup-dev
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

# While working: what needs no model and no browser.
check: lint
	@$(RUN) -m pytest -n 2 -m "not slow and not model and not llm and not browser"

# What needs the cores to itself comes after what does not.
test: check
	@$(RUN) -m pytest -m "(model or llm or browser) and not slow"

test-slow: setup-dev
	@$(RUN) -m pytest -m slow

# Fuzzing by Atheris, which has wheels for fewer machines than the rest: SECONDS for each of the six targets.
SECONDS ?= 1800
fuzz: setup-dev
	@$(RUN) -m pip install --quiet -c constraints.txt atheris
	@for target in note answer text block manifest files; do echo "$$target"; $(RUN) -m tools.fuzz $$target $(SECONDS) || exit 1; done

eval: setup-dev
	@$(RUN) -m benchmarks.retrieval

# Whether the page holds more and more, under questions, rebuilds and tabs that leave: MINUTES=15 make soak
soak: setup-dev
	@$(RUN) -m benchmarks.soak --minutes $(or $(MINUTES),60)

# What the docs take from the code: the picture of the architecture, the help of the commands, the table of settings, the licences.
docs: setup-dev
	@$(RUN) -m tools.draw_architecture
	@$(RUN) -m tools.write_cli_docs
	@$(RUN) -m tools.write_settings_docs
	@$(RUN) -m tools.write_licences

SITE_PACKAGES := mkdocs-material mkdocs-static-i18n
# docs/ as a site in site/, to be opened from the disk. Its packages (100 MB) need none of ours, and have a place of their own.
docs-site:
	@test -x .venv-docs/bin/mkdocs || { $(PYTHON) -m venv .venv-docs && .venv-docs/bin/pip install --quiet -c constraints.txt $(SITE_PACKAGES); }
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet
	@echo "site/index.html; with its search: .venv-docs/bin/python -m http.server --bind 127.0.0.1 -d site"

# On a machine with a GPU: MODEL is the unpacked folder of the embedding model without its finder.
train-finder: setup-dev
	@$(RUN) -m training.finder_data $(or $(OUT),runs/finder)
	@$(RUN) -m training.finder $(or $(OUT),runs/finder) $(or $(OUT),runs/finder) --model $(MODEL)

clean:
	rm -rf .venv .venv-docs index build site *.egg-info

train-checker: setup-dev
	@$(RUN) -m training.checker_data $(or $(OUT),runs/checker)
	@$(RUN) -m training.checker $(or $(OUT),runs/checker) $(or $(OUT),runs/checker) --model $(MODEL)

# MODEL is the GGUF file of the default language model.
train-writer: setup-dev
	@$(RUN) -m training.writer_data $(or $(OUT),runs/writer)
	@$(RUN) -m training.writer $(or $(OUT),runs/writer) $(or $(OUT),runs/writer) --gguf $(MODEL)
